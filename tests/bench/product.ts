import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { functionNames } from '../../infra/build.ts';
import { eventually } from '../support/eventually.ts';
import { Instance } from '../support/instance.ts';
import { quantile } from './quantile.ts';

/**
 * Measures the embedded cloud on this machine, with a new instance and empty data, and prints each figure with its goal.
 */
const submits = 500;
const watched = 60;

const dataDir = mkdtempSync(join(tmpdir(), 'suishoubao-bench-'));
const rows: [figure: string, value: string, goal: string][] = [];
const milliseconds = (value: number): string => `${value.toFixed(1)} ms`;

const instance = await Instance.start(dataDir);
try {
  rows.push(['ready after npm start, built', `${(instance.readyAfter / 1000).toFixed(1)} s`, '≤ 8 s']);

  /** A new phone number for each report, since reports per number and day are limited. */
  let people = 0;
  const submit = async (): Promise<{ number: string; took: number }> => {
    const phone = `138${String((people += 1)).padStart(8, '0')}`;
    const began = performance.now();
    const { status, json } = await instance.call('POST', '/api/reports', {
      key: randomUUID(),
      body: {
        description: '三号楼二单元楼道水管漏水',
        location: { area: 'tinglan-court' },
        contact: { name: '王小明', phone },
      },
    });
    if (status !== 201) throw new Error(`submit answered ${status}: ${JSON.stringify(json)}`);
    return { number: String(json['number']), took: performance.now() - began };
  };
  for (let i = 0; i < 20; i += 1) await submit();

  const took: number[] = [];
  for (let i = 0; i < submits; i += 1) took.push((await submit()).took);
  rows.push([`submit, p50 of ${submits}`, milliseconds(quantile(took, 0.5)), '≤ 15 ms']);
  rows.push([`submit, p95 of ${submits}`, milliseconds(quantile(took, 0.95)), '≤ 40 ms']);
  await instance.call('GET', '/local/idle');

  const token = await instance.tokenOf('admin');
  const visible: number[] = [];
  for (let i = 0; i < watched; i += 1) {
    const began = performance.now();
    const { number } = await submit();
    await eventually(async () => {
      const { json } = await instance.call('GET', `/api/desk/reports/${number}`, { token });
      const department = json['department'] as { id: string } | undefined;
      if (!department || (json['status'] as { code: string }).code !== 'assigned') return undefined;
      return (await listed(department.id, number, token)) ? true : undefined;
    });
    visible.push(performance.now() - began);
  }
  rows.push([`submitted → in the inbox, p50 of ${watched}`, milliseconds(quantile(visible, 0.5)), '']);
  rows.push([
    `submitted → in the inbox, p95 of ${watched}`,
    milliseconds(quantile(visible, 0.95)),
    '≤ 2000 ms',
  ]);
  rows.push([
    'resident memory, all processes',
    `${residentMegabytes(instance.process.pid ?? 0)} MB`,
    '≤ 700 MB',
  ]);
} finally {
  await instance.kill('SIGINT');
  rmSync(dataDir, { recursive: true, force: true });
}

const root = resolve(import.meta.dirname, '..', '..');
const sizes = functionNames.map((name) => ({
  name,
  bytes: statSync(join(root, 'dist', 'functions', name, 'index.mjs')).size,
}));
const largest = sizes.reduce((a, b) => (a.bytes > b.bytes ? a : b));
rows.push([`largest function bundle (${largest.name})`, `${Math.ceil(largest.bytes / 1024)} KB`, '≤ 600 KB']);

for (const [figure, value, goal] of rows) console.log(`${figure.padEnd(42)} ${value.padStart(12)}   ${goal}`);

/** Reads all pages: the newest report has the latest due time and is at the end of the list. */
async function listed(department: string, number: string, token: string): Promise<boolean> {
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({ department, view: 'open', ...(cursor !== undefined && { cursor }) });
    const { json } = await instance.call('GET', `/api/desk/reports?${query.toString()}`, { token });
    if ((json['items'] as { number: string }[]).some((item) => item.number === number)) return true;
    cursor = json['cursor'] as string | undefined;
  } while (cursor !== undefined);
  return false;
}

/** The resident memory of the process and its descendants. */
function residentMegabytes(pid: number): number {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const processIds = new Set([pid]);
  for (let grown = true; grown;) {
    const before = processIds.size;
    for (const [child = 0, parent = 0] of table) if (processIds.has(parent)) processIds.add(child);
    grown = processIds.size > before;
  }
  const kilobytes = table.reduce((sum, [child = 0, , rss = 0]) => sum + (processIds.has(child) ? rss : 0), 0);
  return Math.round(kilobytes / 1024);
}
