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
 * One heap a function, and one allocator for twenty threads: left alone, both keep far more than they use. Measured
 * over the demo day: at most 650 MB resident with these, 830 MB without, at the same speed.
 *
 * V8 compiles and collects beside all of those heaps, on four threads that no priority holds back, ahead of those who
 * answer; one is enough. Together with the workers' stepping back it took p50 of submitting from 30 ms to 21.
 */
const leanFlags = [
  '--max-semi-space-size=2',
  '--max-old-space-size=512',
  '--v8-pool-size=1',
  '--disable-warning=ExperimentalWarning',
];
const leanAllocator = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};

try {
  becomeLean();
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
  // Looked at before time goes into a build, and taken again by what starts then.
  takeDataFolder(settings.dataDir).release();
  await checkPort(settings.port);

  const templatesDir = join(settings.dataDir, 'cdk.out');
  console.log('随手报：正在构建与合成 … / building and synthesizing …');
  // Together with the rest of the engines' code, which is read from disk meanwhile.
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
    // Asked twice: at once. Nothing is lost by it either.
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
 * Goes on as a process with small pools of memory for its many threads, which have to be set before a process begins;
 * and in UTC, as Lambda's functions are. Where a process cannot be replaced by another, it is simply larger.
 */
function becomeLean(): void {
  const { execArgv, execPath, argv } = process;
  if (execArgv.includes(leanFlags[0] ?? '')) return;
  process.env['TZ'] = 'UTC';
  if (typeof process.execve !== 'function' || process.platform === 'win32') return;
  process.execve(execPath, [execPath, ...leanFlags, ...execArgv, ...argv.slice(1)], {
    ...process.env,
    ...leanAllocator,
  });
}

/** Builds and synthesizes, unless the same was done before. */
async function synthesize(templatesDir: string): Promise<void> {
  const record = join(templatesDir, 'fingerprint.txt');
  const wanted = buildFingerprint(process.env['CITY_FILE']);
  if (existsSync(record) && readFileSync(record, 'utf8') === wanted) return;
  // Whatever is there now will not be what the record says.
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
