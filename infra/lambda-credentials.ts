/**
 * Stands in for the SDK's chain of credential sources when functions are bundled: Lambda, and the embedded cloud after
 * it, put a role's credentials into the environment. The rest of the chain (profiles, single sign-on, metadata
 * services) would be a hundred kilobytes in each bundle that nothing ever calls.
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
