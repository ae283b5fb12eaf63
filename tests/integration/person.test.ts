import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { main } from '../../infra/ops/main.ts';
import { eventually } from '../support/eventually.ts';
import { Instance } from '../support/instance.ts';
import { copyTemplates } from '../support/templates.ts';

/** Personal data in a product started as by its users: its files, its links, and the operator's command. */
const dataDir = mkdtempSync(join(tmpdir(), 'suishoubao-person-'));
const contact = { name: '欧阳小明', phone: '139 8765 4321' };
const description = '楼道水管漏水，我住五零一';
let instance: Instance;
beforeAll(async () => {
  copyTemplates(dataDir);
  instance = await Instance.start(dataDir);
});
afterAll(async () => {
  await instance.kill('SIGTERM');
  rmSync(dataDir, { recursive: true, force: true });
});

type Filed = { number: string; token: string };

async function file(phone = contact.phone): Promise<Filed> {
  const key = randomUUID();
  const photo = await sharp({ create: { width: 60, height: 40, channels: 3, background: '#396' } })
    .jpeg()
    .toBuffer();
  const asked = await instance.call('POST', '/api/uploads', {
    key,
    body: { photos: [{ contentType: 'image/jpeg', size: photo.length }] },
  });
  const [upload] = asked.json['uploads'] as { key: string; url: string; fields: Record<string, string> }[];
  const form = new FormData();
  for (const [name, value] of Object.entries(upload?.fields ?? {})) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(photo)], { type: 'image/jpeg' }), 'photo.jpg');
  expect((await fetch(upload?.url ?? '', { method: 'POST', body: form })).ok).toBe(true);
  const { status, json } = await instance.call('POST', '/api/reports', {
    key,
    body: {
      description,
      location: { area: 'tinglan-court' },
      contact: { ...contact, phone },
      photos: [upload?.key],
    },
  });
  expect(status).toBe(201);
  const filed = { number: String(json['number']), token: String(json['trackingToken']) };
  await eventually(async () => ((await photosOf(filed))[0]?.url === undefined ? undefined : true));
  await instance.idle();
  return filed;
}

async function photosOf({ number, token }: Filed): Promise<{ url?: string; thumbnailUrl?: string }[]> {
  const { json } = await instance.call('GET', `/api/reports/${number}`, { token });
  return json['photos'] as { url?: string; thumbnailUrl?: string }[];
}

/** Runs the operator's command, and returns its output. */
async function ops(...args: string[]): Promise<string> {
  const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    await main([...args, '--data', dataDir], {});
    return printed.mock.calls.flat().join('\n');
  } finally {
    printed.mockRestore();
  }
}

/** The paths, within the data folder, of the files that contain the text. */
function filesWith(text: string): string[] {
  return readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text))
    .map((path) => path.slice(dataDir.length + 1));
}

describe('personal data', () => {
  it('is not in plain text in any table or log', async () => {
    await file();
    const [name, phone] = [filesWith(contact.name), filesWith(contact.phone)];
    expect(filesWith(description).length).toBeGreaterThan(0);
    expect(name).toEqual([]);
    // Messages to SMS gateways contain it and are stored locally instead.
    expect(phone.filter((path) => !/^(messages|outbox|queues|fauxqs)/.test(path))).toEqual([]);
    expect(statSync(join(dataDir, 'kms-keys.json')).mode & 0o777).toBe(0o600);
  });

  it('includes photos that open only with a signed link, for ten minutes', async () => {
    const filed = await file();
    const [{ url = '', thumbnailUrl = '' } = {}] = await photosOf(filed);
    for (const link of [url, thumbnailUrl]) {
      expect((await fetch(link)).status).toBe(200);
      const bare = new URL(link);
      expect(Number(bare.searchParams.get('X-Amz-Expires'))).toBeLessThanOrEqual(600);
      bare.searchParams.set('X-Amz-Expires', '86400');
      expect((await fetch(bare)).status).toBe(403);
      bare.search = '';
      expect((await fetch(bare)).status).toBe(403);
      const other = link.replace(/\/(full|thumb)\.jpg/, '/other.jpg');
      expect((await fetch(other)).status).toBe(403);
    }
    await instance.call('POST', '/local/clock', { body: { advance: 'PT11M' } });
    expect((await fetch(url)).status).toBe(403);
  });

  it('is exported by telephone number, and each export is recorded', async () => {
    const phone = '13700001111';
    const [first, second] = [await file(phone), await file('+86 137 0000 1111')];
    const folder = join(dataDir, 'export');
    expect(await ops('person', 'export', phone, '--to', folder)).toContain('2 reports and 2 photos');
    const { reports } = JSON.parse(readFileSync(join(folder, 'reports.json'), 'utf8')) as {
      reports: Record<string, unknown>[];
    };
    expect(reports.map(({ number }) => number)).toEqual([first.number, second.number]);
    expect(reports[0]).toMatchObject({ description, contact: { name: contact.name, phone } });
    for (const name of reports[0]?.['photos'] as string[]) {
      expect((await sharp(join(folder, name)).metadata()).width).toBe(60);
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    }
    const token = await instance.tokenOf('admin');
    const { json } = await instance.call('GET', `/api/desk/reports/${first.number}`, { token });
    expect(json['timeline']).toContainEqual(
      expect.objectContaining({ type: 'contact-revealed.v1', actor: { kind: 'system', name: 'operator' } }),
    );
  });

  it('is deleted after confirmation, of open reports the contact only', async () => {
    const phone = '13700002222';
    const [open, ended, other] = [await file(phone), await file(phone), await file('13700003333')];
    await instance.call('POST', `/api/reports/${ended.number}/commands`, {
      token: ended.token,
      body: { type: 'withdraw' },
    });
    const [{ url = '' } = {}] = await photosOf(ended);
    expect(await ops('person', 'erase', phone)).toContain('nothing has been deleted');
    expect(await ops('person', 'erase', phone, '--yes')).toContain('Personal data deleted in 2 reports');
    await instance.idle();
    expect(await ops('person', 'erase', phone)).toContain('There is no report with this telephone number');

    const seen = async ({ number, token }: Filed): Promise<Record<string, unknown>> =>
      (await instance.call('GET', `/api/reports/${number}`, { token })).json;
    expect((await seen(open))['description']).toBe(description);
    expect((await seen(ended))['description']).not.toBe(description);
    expect((await seen(ended))['photos']).toEqual([]);
    // S3 denies access to a missing object without permission to list.
    expect((await fetch(url)).status).toBe(403);
    expect(await ops('person', 'erase', '13700003333')).toContain(other.number);
  });

  it('is not changed by mistyped commands', async () => {
    for (const typed of [
      ['person'],
      ['person', 'erase'],
      ['person', 'erase', 'abc', '--yes'],
      ['person', 'forget', '13700002222'],
    ])
      await expect(ops(...typed), typed.join(' ')).rejects.toThrow('person erase PHONE');
  });
});
