import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restoreBackup } from '../../infra/local/backup.ts';
import { Instance } from '../support/instance.ts';
import { answersOf, oldData, type Filed, type OldData } from '../support/old-data.ts';
import { copyTemplates } from '../support/templates.ts';
import { temporaryFolder } from './local-tiny-cloud.ts';

type View = Record<string, unknown>;

/**
 * Data of an earlier version. The clock continues from the instant of the backup, so that nothing has
 * become due since.
 */
const { takenAt, reports, answers } = JSON.parse(readFileSync(oldData.answers, 'utf8')) as OldData;
const { path: folder, remove } = temporaryFolder();
let instance: Instance;
let admin: string;

beforeAll(async () => {
  const backup = join(folder, 'backup');
  mkdirSync(backup);
  execFileSync('tar', ['-xzf', oldData.archive, '-C', backup]);
  const dataDir = join(folder, 'data');
  restoreBackup(backup, dataDir);
  const offsetMilliseconds = Date.parse(takenAt) - Date.now();
  writeFileSync(join(dataDir, 'clock.json'), JSON.stringify({ offsetMilliseconds }));
  copyTemplates(dataDir);
  instance = await Instance.start(dataDir);
  admin = await instance.tokenOf('admin');
});
afterAll(async () => {
  await instance.kill('SIGTERM');
  remove();
});

function of(name: string): Filed {
  const filed = reports[name];
  if (!filed) throw new Error(`no report ${name}`);
  return filed;
}

const stateOf = (view: View): string => (view['status'] as { code: string }).code;

async function follow(name: string): Promise<View> {
  const { number, token } = of(name);
  const { status, json } = await instance.call('GET', `/api/reports/${number}`, { token });
  expect(status).toBe(200);
  return json;
}

async function give(name: string, command: { type: string } & View): Promise<View> {
  const path = `/api/desk/reports/${of(name).number}`;
  const seen = await instance.call('GET', path, { token: admin });
  const body = { ...command, version: seen.json['version'] };
  const { status, json } = await instance.call('POST', `${path}/commands`, { token: admin, body });
  expect(status, JSON.stringify(json)).toBe(200);
  return json;
}

/**
 * A response with sorted commands. The version that wrote the folder offered `revoke-link` on parts, where
 * it was always refused; it is left out.
 */
function comparable(request: string, answer: unknown): unknown {
  if (request.startsWith('GET /api/desk/counts')) return counted(answer);
  const { commands, items, ...rest } = answer as { commands?: string[]; items?: Listed[] };
  if (items) return { ...rest, items: items.map(listed) };
  if (!commands) return answer;
  const isPart = /-[1-9]$/.test(request);
  const offered = commands.filter((command) => !(isPart && command === 'revoke-link'));
  return { ...rest, commands: offered.sort() };
}

/** Leaves out the product's own texts, which change between versions. */
function withoutWords(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer), (key, value: unknown) =>
    key === 'zh' || key === 'en' ? undefined : value,
  ) as unknown;
}

/** Counts once were objects that also said whether they exceeded 200. */
function counted(answer: unknown): unknown {
  const { counts, ...rest } = answer as { counts: Record<string, number | { count: number }> };
  const plain = Object.entries(counts).map(([view, count]) => [
    view,
    typeof count === 'number' ? count : count.count,
  ]);
  return { ...rest, counts: Object.fromEntries(plain) as unknown };
}

type Listed = { number: string; version?: number; address?: string; overdue?: boolean };

/** List entries now have address and overdue; their version no longer counts background events. */
function listed({ address: _address, overdue: _overdue, version, ...line }: Listed): unknown {
  return { ...line, hasVersion: version !== undefined };
}

describe('a data folder of an earlier version', () => {
  it('is unchanged: every report, photo, list, alert and figure', async () => {
    await instance.idle();
    const found = await answersOf(instance, reports);
    expect(Object.keys(found)).toEqual(Object.keys(answers));
    for (const [request, answer] of Object.entries(answers))
      expect(withoutWords(comparable(request, found[request])), request).toEqual(
        withoutWords(comparable(request, answer)),
      );
  });

  it('has working tracking links, which the submitting device can retrieve', async () => {
    for (const [name, { number, token, key }] of Object.entries(reports)) {
      const { status, json } = await instance.call('POST', `/api/reports/${number}/link`, { key, body: {} });
      expect([name, status, json['trackingToken']]).toEqual([name, 200, token]);
    }
    const { number } = of('assigned');
    const wrong = await instance.call('GET', `/api/reports/${number}`, { token: of('working').token });
    expect(wrong.status).toBe(404);
  });

  it('lists a valid version for commands, the address, and whether a report is overdue', async () => {
    const list = async (view: string): Promise<Listed[]> => {
      const path = `/api/desk/reports?view=${view}&department=property-kangning`;
      return (await instance.call('GET', path, { token: admin })).json['items'] as Listed[];
    };
    const late = (await list('overdue')).map(({ number }) => number);
    const open = await list('open');
    expect([open.length, late.length]).toEqual([5, 2]);
    for (const { number, version, address, overdue } of open) {
      const { json } = await instance.call('GET', `/api/desk/reports/${number}`, { token: admin });
      expect(version).toBeLessThanOrEqual(json['version'] as number);
      expect([number, address]).toEqual([number, (json['location'] as Partial<Listed>).address]);
      expect([number, overdue === true]).toEqual([number, late.includes(number)]);
    }
  });

  it('accepts commands', async () => {
    expect(stateOf(await give('assigned', { type: 'start' }))).toBe('in-progress');
    expect(stateOf(await give('assigned', { type: 'resolve', text: '已修剪' }))).toBe('resolved');
    expect(await give('overdue', { type: 'reveal', reason: '核实地址' })).toMatchObject({
      contact: { name: '王女士', phone: '138 0000 1234' },
    });
    expect(stateOf(await give('rated', { type: 'follow-up', outcome: 'satisfied', text: '已清理' }))).toBe(
      'closed',
    );
    const granted = await give('acknowledged', { type: 'grant' });
    expect(granted['clocks']).toMatchObject({ resolve: { extensions: [2] } });
    const part = `/api/desk/reports/${of('supported').number}-1`;
    const { json: seen } = await instance.call('GET', part, { token: admin });
    const answered = await instance.call('POST', `${part}/commands`, {
      token: admin,
      body: { type: 'resolve', text: '已调解', version: seen['version'] },
    });
    expect(answered.status, JSON.stringify(answered.json)).toBe(200);
    const { number, token } = of('suspended');
    const body = { type: 'note', text: '是二单元' };
    const noted = await instance.call('POST', `/api/reports/${number}/commands`, { token, body });
    expect([noted.status, stateOf(noted.json)]).toEqual([200, 'assigned']);
    await instance.idle();
    const whole = await instance.call('GET', `/api/desk/reports/${of('supported').number}`, { token: admin });
    expect(whole.json['support']).toMatchObject([
      { number: `${of('supported').number}-1`, state: 'resolved' },
    ]);
  });

  it('has running clocks', async () => {
    const { status } = await instance.call('POST', '/local/clock', { body: { advance: 'P8D' } });
    expect(status).toBe(200);
    await instance.idle();
    const breached = await follow('acknowledged');
    expect(breached['clocks']).toMatchObject({ resolve: { breachedAt: expect.any(String) } });
    expect(stateOf(await follow('resolved'))).toBe('closed');
  });
});
