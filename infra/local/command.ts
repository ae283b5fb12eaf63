import { readSettings } from './settings.ts';
import { StartRefused } from './start-refused.ts';

/** Runs a command and prints a refusal without a stack trace; the exit code is 1 after any error. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    console.error(error instanceof StartRefused ? error.message : error);
    process.exitCode = 1;
  }
}

/** Requests a path of the instance on PORT. @throws StartRefused if nothing answers. */
export async function fetchLocal(path: string, init?: RequestInit): Promise<unknown> {
  const url = `http://127.0.0.1:${readSettings(process.env).port}${path}`;
  const response = await fetch(url, init).catch((cause: unknown) => {
    throw new StartRefused(
      `${url} 没有应答，请先运行 npm start（或设置相同的 PORT）。`,
      `Nothing answers at ${url}: run npm start first, or set the same PORT.`,
      { cause },
    );
  });
  return response.json();
}
