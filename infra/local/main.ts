import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { takeDataFolder } from './data-folder.ts';
import { checkPort } from './free-port.ts';
import { buildFingerprint } from './build-fingerprint.ts';
import { readSettings } from './settings.ts';
import { StartRefused } from './start-refused.ts';

/** `npm start`: builds, synthesizes and runs the whole product on this machine. */

const startedAt = performance.now();
const seconds = (): string => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;

/**
 * By default V8 (one heap per function) and the allocator (some twenty threads) keep far more memory than they use.
 * Measured over the demo day: at most 650 MB resident with these, 830 MB without, at the same speed.
 *
 * V8's four platform threads compile and collect garbage at normal priority and slow down requests; one is enough.
 * With the workers' lower priority, this reduced the p50 of submitting from 30 ms to 21.
 */
const memoryFlags = [
  '--max-semi-space-size=2',
  '--max-old-space-size=512',
  '--v8-pool-size=1',
  '--disable-warning=ExperimentalWarning',
];
const allocatorSettings = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};

try {
  restartWithLessMemory();
  await run();
} catch (error) {
  console.error(error instanceof StartRefused ? error.message : error);
  process.exit(1);
}

async function run(): Promise<void> {
  if (Number(process.versions.node.split('.', 1)[0]) < 24)
    throw new StartRefused(
      `需要 Node 24，现在是 ${process.version}。请用 npm start 启动，它会使用随依赖安装的 Node 24。`,
      `This needs Node 24, not ${process.version}. Start it with npm start, which uses the Node 24 that comes with the dependencies.`,
    );
  const settings = readSettings(process.env);
  // Checked before the build, which takes time; `startCloud` locks the folder again.
  takeDataFolder(settings.dataDir).release();
  await checkPort(settings.port);

  const templatesDir = join(settings.dataDir, 'cdk.out');
  console.log('随手报：正在构建与合成 … / building and synthesizing …');
  // Loads the engines' code from disk meanwhile.
  const [{ startCloud }] = await Promise.all([import('./cloud.ts'), synthesize(templatesDir)]);
  console.log(`已合成，正在启动 … / synthesized, starting … (${seconds()})`);
  const cloud = await startCloud({
    ...settings,
    templatesDir,
    report: (line) => {
      console.error(line);
    },
  });

  console.log(`
随手报已就绪 / ready (${seconds()})

  居民页面 pages      ${cloud.url}/
  工作台 desk         ${cloud.url}/desk/  （点选人员即可登录 / sign in with one click）
  看板 board          ${cloud.url}/board/
  人员令牌 token      npm run -s token -- USER
  演示 demo           npm run demo
  数据 data           ${relative(process.cwd(), settings.dataDir) || '.'}

按 Ctrl-C 停止。 / Ctrl-C stops it.`);

  let stopping = false;
  const stop = (): void => {
    // A second signal stops at once, which loses no data.
    if (stopping) process.exit(130);
    stopping = true;
    console.log('\n正在停止 … / stopping …');
    cloud.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

/**
 * Replaces this process by one with less memory per thread, which can only be set at the start of a process, and in UTC
 * as on Lambda. Where execve is not available, the process just uses more memory.
 */
function restartWithLessMemory(): void {
  const { execArgv, execPath, argv } = process;
  if (execArgv.includes(memoryFlags[0] ?? '')) return;
  process.env['TZ'] = 'UTC';
  if (typeof process.execve !== 'function' || process.platform === 'win32') return;
  process.execve(execPath, [execPath, ...memoryFlags, ...execArgv, ...argv.slice(1)], {
    ...process.env,
    ...allocatorSettings,
  });
}

/** Builds and synthesizes, unless nothing has changed since the last time. */
async function synthesize(templatesDir: string): Promise<void> {
  const record = join(templatesDir, 'fingerprint.txt');
  const wanted = buildFingerprint(process.env['CITY_FILE']);
  if (existsSync(record) && readFileSync(record, 'utf8') === wanted) return;
  // The record must not outlive the output that it describes.
  rmSync(record, { force: true });

  const script = fileURLToPath(new URL('./synthesis.ts', import.meta.url));
  const child = spawn(process.execPath, [script, templatesDir], { stdio: ['ignore', 'inherit', 'inherit'] });
  const code = await new Promise<number | null>((done, fail) => {
    child.once('error', fail);
    child.once('exit', done);
  });
  if (code !== 0)
    throw new StartRefused(
      '构建或合成没有成功，原因见上。',
      'Building or synthesizing did not work; the reason is above.',
    );
  writeFileSync(record, wanted);
}
