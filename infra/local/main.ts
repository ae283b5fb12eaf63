import { spawn } from 'node:child_process';
import { join, relative, resolve } from 'node:path';
import { takeDataFolder } from './data-folder.ts';
import { readSettings } from './settings.ts';
import { StartRefused } from './start-refused.ts';

/** `npm start`: builds, synthesizes and runs the whole product on this machine. */

const startedAt = performance.now();
const seconds = (): string => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;

/** Measured over a hundred reports: 500 MB resident with these, 610 MB without. */
const leanFlags = ['--max-semi-space-size=2', '--disable-warning=ExperimentalWarning'];

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
  // Looked at before minutes may go into a build, and taken again by what starts then.
  takeDataFolder(settings.dataDir).release();

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
  process.execve(execPath, [execPath, ...leanFlags, ...argv.slice(1)], {
    ...process.env,
    MALLOC_ARENA_MAX: '2',
  });
}

async function synthesize(templatesDir: string): Promise<void> {
  const script = resolve(import.meta.dirname, 'synthesis.ts');
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
}
