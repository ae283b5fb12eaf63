import { createServer, type AddressInfo } from 'node:net';
import { StartRefused } from './start-refused.ts';

/** A port of the loopback interface that nothing listens on at this moment. */
export async function findFreePort(): Promise<number> {
  return listenBriefly(0);
}

/** @throws StartRefused if the port cannot be listened on. */
export async function checkPort(port: number): Promise<void> {
  try {
    await listenBriefly(port);
  } catch (cause) {
    throw cause instanceof Error ? portRefused(port, cause) : cause;
  }
}

/** A StartRefused if listening failed because of the port, otherwise the cause. */
export function portRefused(port: number, cause: NodeJS.ErrnoException): Error {
  const { code } = cause;
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return cause;
  return new StartRefused(
    `端口 ${port} 不可用（已被占用或没有权限）。请用 PORT 指定别的端口，例如 PORT=3001 npm start。`,
    `Port ${port} cannot be used: it is taken, or needs permission. Name another one with PORT, for example PORT=3001 npm start.`,
    { cause },
  );
}

async function listenBriefly(port: number): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(port, '127.0.0.1', done);
  });
  const { port: assigned } = server.address() as AddressInfo;
  await new Promise<void>((done) => {
    server.close(() => {
      done();
    });
  });
  return assigned;
}
