import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { writeDurably } from '../data-folder.ts';
import { findFreePort } from '../free-port.ts';
import { StartRefused } from '../start-refused.ts';

export type DatabaseProcess = { endpoint: string; databaseFile: string; stop: () => Promise<void> };

const host = '127.0.0.1';
/** After more exits than this within a minute, restarts are delayed. */
const maxExitsPerMinute = 5;

/**
 * Runs the DynamoDB engine as a child process with its data on disk, and restarts it on the same port when it ends. An
 * engine left running by an earlier, killed process is ended first.
 */
export async function startDatabase(
  dataDir: string,
  report: (line: string) => void,
): Promise<DatabaseProcess> {
  const binary = findBinary();
  const folder = join(dataDir, 'dynamodb');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const databaseFile = join(folder, 'tables.db');
  const record = join(folder, 'process.json');
  await endOrphan(record, databaseFile);

  let port = 0;
  let running: { child: ChildProcess; ended: Promise<string> } | undefined;
  let stopping = false;
  const exits: number[] = [];

  const launch = async (): Promise<void> => {
    const started = spawn(binary, ['--host', host, '--port', String(port), '--db-path', databaseFile], {
      stdio: ['ignore', 'ignore', 'pipe'],
      // In its own process group, so that Ctrl-C does not reach the engine, which must end last.
      detached: true,
    });
    let stderrTail = '';
    started.stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (stderrTail = (stderrTail + text).slice(-2000)));
    const ended = new Promise<string>((done) => {
      started.once('error', (error) => {
        done(error.message);
      });
      started.once('exit', (code, signal) => {
        done(`${signal ?? `exit ${code}`} ${stderrTail.trim()}`);
      });
    });
    running = { child: started, ended };
    if (started.pid !== undefined) writeDurably(record, JSON.stringify({ pid: started.pid }));
    const failure = await Promise.race([ended, waitUntilListening(port)]);
    if (failure !== undefined) throw new Error(`the DynamoDB engine did not start: ${failure}`);
    void ended.then((how) => {
      if (stopping || running?.child !== started) return;
      report(`the DynamoDB engine ended (${how}); starting it again`);
      void restart();
    });
  };
  const restart = async (): Promise<void> => {
    for (;;) {
      exits.push(Date.now());
      if (exits.filter((at) => at > Date.now() - 60_000).length > maxExitsPerMinute) await wait(5_000);
      try {
        if (!stopping) await launch();
        return;
      } catch (error) {
        report(String(error));
      }
    }
  };

  // Another process may take the free port before the engine does.
  for (let attempt = 1; ; attempt++) {
    port = await findFreePort();
    try {
      await launch();
      break;
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }

  return {
    endpoint: `http://${host}:${port}`,
    databaseFile,
    async stop() {
      stopping = true;
      if (running) {
        running.child.kill('SIGTERM');
        await Promise.race([running.ended, wait(3_000, undefined, { ref: false })]);
        // No effect if it has ended.
        running.child.kill('SIGKILL');
        await running.ended;
      }
      rmSync(record, { force: true });
    },
  };
}

function findBinary(): string {
  const name = `@dynoxide/${process.platform}-${process.arch}`;
  try {
    const binary = join(createRequire(import.meta.url).resolve(`${name}/package.json`), '..', 'dynoxide');
    if (existsSync(binary)) return binary;
  } catch {
    // Reported below.
  }
  throw new StartRefused(
    `这台机器（${process.platform}-${process.arch}）没有安装内置的 DynamoDB 引擎（${name}）。请运行 DynamoDB Local（加上 -sharedDb）等引擎，并设置 DYNAMODB_ENDPOINT，例如 http://127.0.0.1:8000。`,
    `This machine (${process.platform}-${process.arch}) lacks the DynamoDB engine (${name}). Run another one, such as DynamoDB Local with -sharedDb, and set DYNAMODB_ENDPOINT, for example to http://127.0.0.1:8000.`,
  );
}

async function waitUntilListening(port: number): Promise<undefined> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const connected = await new Promise<boolean>((done) => {
      const socket = connect(port, host, () => {
        socket.destroy();
        done(true);
      });
      socket.once('error', () => {
        done(false);
      });
    });
    if (connected) return undefined;
    if (Date.now() > deadline) throw new Error('the DynamoDB engine does not listen after ten seconds');
    await wait(10);
  }
}

async function endOrphan(record: string, databaseFile: string): Promise<void> {
  if (!existsSync(record)) return;
  const pid = pidIn(record);
  // The pid may have been reused: end only a process that serves this database file.
  if (pid !== undefined && commandOf(pid).includes(databaseFile)) {
    process.kill(pid, 'SIGKILL');
    for (let tries = 0; tries < 300 && commandOf(pid).includes(databaseFile); tries++) await wait(10);
  }
  rmSync(record, { force: true });
}

function pidIn(record: string): number | undefined {
  try {
    const { pid } = JSON.parse(readFileSync(record, 'utf8')) as { pid?: unknown };
    return typeof pid === 'number' && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** The command line of a running process; empty when there is none. */
function commandOf(pid: number): string {
  try {
    if (process.platform === 'linux')
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-p', String(pid), '-o', 'command='], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return '';
  }
}
