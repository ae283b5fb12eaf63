import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { Instance } from './instance.ts';

/** A backup of a data folder of an earlier version, with its API responses. */
export const oldData = {
  archive: resolve(import.meta.dirname, '../fixtures/data-folder-v1.tar.gz'),
  answers: resolve(import.meta.dirname, '../fixtures/data-folder-v1.json'),
};

/** Access to a report: its number, its tracking token, and the idempotency key of its submission. */
export type Filed = { number: string; token: string; key: string };
export type OldData = {
  /** The instant of the backup, as functions saw it. */
  takenAt: string;
  /** By a name for their state. */
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
 * All API responses about these reports, by request, without what depends on the current time: the used and
 * remaining time of running clocks, and the delay of alerts; photo URLs are replaced by what they return.
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
  /** Requests all pages of a list. */
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

/** The same without what depends on the current time. */
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

/** Whether this is the explanation of a running clock. */
function isRunning(value: Record<string, unknown>): value is { clock: unknown; lines: Line[] } {
  return Array.isArray(value['lines']) && (value['lines'] as Line[]).some(saysHowMuch);
}

/** Whether the line has used and remaining time. */
function saysHowMuch({ zh }: Line): boolean {
  return zh.startsWith('已用');
}

async function contentOf(address: string): Promise<string> {
  const response = await fetch(address);
  const bytes = Buffer.from(await response.arrayBuffer());
  if (!response.ok) throw new Error(`${response.status} for a photo`);
  return `sha256 ${createHash('sha256').update(bytes).digest('hex')}`;
}
