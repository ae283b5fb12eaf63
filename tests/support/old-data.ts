import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { Instance } from './instance.ts';

/** A backup of a data folder as an earlier version wrote it, and what the API answered then. */
export const oldData = {
  archive: resolve(import.meta.dirname, '../fixtures/data-folder-v1.tar.gz'),
  answers: resolve(import.meta.dirname, '../fixtures/data-folder-v1.json'),
};

/** How to open a report: its number, its link's token, and the idempotency key it was sent with. */
export type Filed = { number: string; token: string; key: string };
export type OldData = {
  /** The instant of the backup, as functions saw it. */
  takenAt: string;
  /** By what was done to them. */
  reports: Record<string, Filed>;
  answers: Record<string, unknown>;
};

const departments = [
  'property-kangning',
  'grid-liuan',
  'grid-yunting',
  'order-qilu',
  'sanitation',
  'police',
  'water',
];
const views = ['triage', 'open', 'overdue', 'suspended', 'done'];

/**
 * All that the API says of these reports, by request, without what moves with the present: of a clock that runs, how
 * much is used and left; by how much an alert is late; addresses of photos, in whose place stands what is there.
 */
export async function answersOf(
  instance: Instance,
  reports: Record<string, Filed>,
): Promise<Record<string, unknown>> {
  const admin = await instance.tokenOf('admin');
  const answers: Record<string, unknown> = {};
  const get = async (path: string, token?: string, body?: unknown): Promise<Record<string, unknown>> => {
    const { status, json } = await instance.call(body === undefined ? 'GET' : 'POST', path, {
      ...(token !== undefined && { token }),
      body,
    });
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(json)}`);
    return (await steadied(json)) as Record<string, unknown>;
  };
  const ask = async (path: string, token?: string): Promise<Record<string, unknown>> =>
    (answers[`GET ${path}`] = await get(path, token));
  /** All pages of it. */
  const list = async (path: string): Promise<void> => {
    const items: unknown[] = [];
    for (let cursor = ''; ;) {
      const { items: more, cursor: next, ...rest } = await get(path + cursor, admin);
      items.push(...(more as unknown[]));
      if (next === undefined) {
        answers[`GET ${path}`] = { ...rest, items };
        return;
      }
      cursor = `${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(next as string)}`;
    }
  };

  for (const { number, token } of Object.values(reports)) {
    await ask(`/api/reports/${number}`, token);
    const { support } = await ask(`/api/desk/reports/${number}`, admin);
    for (const part of support as { number: string }[]) await ask(`/api/desk/reports/${part.number}`, admin);
  }
  for (const department of departments) {
    for (const view of views) await list(`/api/desk/reports?view=${view}&department=${department}`);
    await ask(`/api/desk/counts?department=${department}`, admin);
  }
  await list('/api/desk/reports?view=open&area=liuan');
  await list('/api/desk/alerts');
  answers['POST /api/desk/search'] = await get('/api/desk/search', admin, { phone: '13800001234' });
  for (const by of ['department', 'category', 'area', 'hour'])
    await ask(`/api/desk/stats?from=2026-11-18&to=2026-11-21&by=${by}`, admin);
  await ask('/api/reports?area=tinglan-court');
  return answers;
}

/** The same without what moves with the present. */
async function steadied(value: unknown): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map(steadied));
  if (typeof value !== 'object' || value === null) return value;
  const { lateSeconds: _, ...rest } = value as Record<string, unknown>;
  const steady: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(rest)) steady[name] = await steadied(part);
  for (const name of ['url', 'thumbnailUrl', 'blurredUrl']) {
    const address = steady[name];
    if (typeof address === 'string') steady[name] = await contentOf(address);
  }
  return isRunning(steady)
    ? { clock: steady.clock, lines: steady.lines.filter((line) => !saysHowMuch(line)) }
    : steady;
}

type Line = { zh: string };

/** The account of a clock that has not stopped. */
function isRunning(value: Record<string, unknown>): value is { clock: unknown; lines: Line[] } {
  return Array.isArray(value['lines']) && (value['lines'] as Line[]).some(saysHowMuch);
}

/** How much is used, and left. */
function saysHowMuch({ zh }: Line): boolean {
  return zh.startsWith('已用');
}

async function contentOf(address: string): Promise<string> {
  const response = await fetch(address);
  const bytes = Buffer.from(await response.arrayBuffer());
  if (!response.ok) throw new Error(`${response.status} for a photo`);
  return `sha256 ${createHash('sha256').update(bytes).digest('hex')}`;
}
