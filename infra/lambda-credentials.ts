/**
 * Replaces the SDK's credential provider chain in the bundles. Lambda and the embedded cloud pass a role's credentials
 * in the environment; the rest of the chain (profiles, single sign-on, metadata services) would add 100 KB of unused
 * code to each bundle.
 */
export const defaultProvider = () => (): Promise<Credentials> => {
  const accessKeyId = process.env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = process.env['AWS_SECRET_ACCESS_KEY'];
  const sessionToken = process.env['AWS_SESSION_TOKEN'];
  if (!accessKeyId || !secretAccessKey)
    return Promise.reject(new Error('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set'));
  return Promise.resolve({ accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) });
};

type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
