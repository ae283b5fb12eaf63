import { resolve } from 'node:path';
import { StartRefused } from './start-refused.ts';

export type Settings = {
  port: number;
  dataDir: string;
  /** Undefined: the loopback address with the port. */
  publicUrl: string | undefined;
  /** Undefined: the embedded engine. */
  dynamodbEndpoint: string | undefined;
};

/** Reads PORT, DATA_DIR, PUBLIC_URL and DYNAMODB_ENDPOINT. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const port = Number(env['PORT'] ?? 3000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new StartRefused(
      `PORT 应为 0–65535 的整数，现在是 ${env['PORT']}。`,
      `PORT must be a whole number from 0 to 65535; it is ${env['PORT']}.`,
    );
  return {
    port,
    dataDir: resolve(env['DATA_DIR'] ?? '.data'),
    publicUrl: address('PUBLIC_URL', env['PUBLIC_URL']),
    dynamodbEndpoint: address('DYNAMODB_ENDPOINT', env['DYNAMODB_ENDPOINT']),
  };
}

/** An http or https origin without a path; undefined if not set. */
function address(name: string, text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '')
    throw new StartRefused(
      `${name} 应为不带路径的 http(s) 地址，例如 http://192.168.1.5:3000，现在是 ${text}。`,
      `${name} must be an http(s) address without a path, such as http://192.168.1.5:3000; it is ${text}.`,
    );
  return url.origin;
}
