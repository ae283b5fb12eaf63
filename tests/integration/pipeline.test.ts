import { randomUUID } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { main as ops } from '../../infra/ops/main.ts';
import { eventually } from '../support/eventually.ts';
import { Instance } from '../support/instance.ts';

/** The product as its users run it: the process of `npm start`, called over HTTP only. */
const dataDir = mkdtempSync(join(tmpdir(), 'suishoubao-pipeline-'));
let instance: Instance;

beforeAll(async () => {
  instance = await Instance.start(dataDir);
});
afterAll(async () => {
  await instance.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

type Filed = { number: string; token: string; key: string };
const report = { description: '三号楼二单元楼道水管爆裂，一直漏水 🚰', location: { area: 'tinglan-court' } };

async function submit(body: object = report, key: string = randomUUID()): Promise<Filed> {
  const { status, json } = await instance.call('POST', '/api/reports', { key, body });
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(json)}`);
  return { number: String(json['number']), token: String(json['trackingToken']), key };
}

async function follow({ number, token }: Filed): Promise<Record<string, unknown>> {
  const { status, json } = await instance.call('GET', `/api/reports/${number}`, { token });
  expect(status).toBe(200);
  return json;
}

const stateOf = (view: Record<string, unknown>): string => (view['status'] as { code: string }).code;

async function untilState(filed: Filed, state: string): Promise<Record<string, unknown>> {
  return eventually(async () => {
    const view = await follow(filed);
    return stateOf(view) === state ? view : undefined;
  });
}

/** Uploads files as a browser does, each with a form posted directly to the bucket. */
async function upload(key: string, files: Uint8Array[]): Promise<string[]> {
  const photos = files.map((file) => ({ contentType: 'image/jpeg', size: file.length }));
  const { status, json } = await instance.call('POST', '/api/uploads', { key, body: { photos } });
  expect(status).toBe(201);
  const uploads = json['uploads'] as { key: string; url: string; fields: Record<string, string> }[];
  for (const [index, { url, fields }] of uploads.entries()) {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob([Buffer.from(files[index] ?? '')], { type: 'image/jpeg' }), 'photo.jpg');
    const response = await fetch(url, { method: 'POST', body: form });
    expect(response.status, await response.text()).toBeLessThan(300);
  }
  return uploads.map((form) => form.key);
}

async function jpeg(width: number, height: number, orientation = 1): Promise<Uint8Array> {
  return sharp({
    create: {
      width,
      height,
      channels: 3,
      background: '#27a',
      noise: { type: 'gaussian', mean: 120, sigma: 30 },
    },
  })
    .withExif({ IFD0: { Model: 'Phone 9' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '35/1 56/1 0/1' } })
    .withMetadata({ orientation, exif: { IFD0: { Model: 'Phone 9' } } })
    .jpeg()
    .toBuffer();
}

async function desk(
  user: string,
): Promise<(filed: Filed, command: object, key?: string) => Promise<Record<string, unknown>>> {
  const token = await instance.tokenOf(user);
  return async ({ number }, command, key) => {
    const path = `/api/desk/reports/${number}`;
    const { json: seen } = await instance.call('GET', path, { token });
    const body = { ...command, version: seen['version'] };
    const { status, json } = await instance.call('POST', `${path}/commands`, {
      token,
      body,
      ...(key !== undefined && { key }),
    });
    expect(status, JSON.stringify(json)).toBe(200);
    return json;
  };
}

describe('a resident’s photo', () => {
  it('becomes a ticket that is resolved, rated, reopened and resolved again', async () => {
    const key = randomUUID();
    const photos = await upload(key, [await jpeg(2400, 1600, 6), await jpeg(640, 480)]);
    const filed = await submit({ ...report, photos, contact: { name: '王女士', phone: '13800001234' } }, key);

    const view = await eventually(async () => {
      const seen = await untilState(filed, 'assigned');
      const all = seen['photos'] as { status: string }[];
      return all.every((photo) => photo.status === 'ready') ? seen : undefined;
    });
    const [first] = view['photos'] as { url: string; width: number; height: number }[];
    expect(first).toMatchObject({ width: 1365, height: 2048 });
    const bytes = Buffer.from(await (await fetch(first?.url ?? '')).arrayBuffer());
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'jpeg', width: 1365, height: 2048 });
    expect(bytes.includes('Phone 9')).toBe(false);
    // Without its signature the link is refused.
    expect((await fetch(String(first?.url).split('?')[0] ?? '')).status).toBe(403);

    const { id } = view['department'] as { id: string };
    const admin = await instance.tokenOf('admin');
    const inbox = await instance.call('GET', `/api/desk/reports?department=${id}`, { token: admin });
    expect((inbox.json['items'] as { number: string }[]).map(({ number }) => number)).toContain(filed.number);

    const act = await desk('admin');
    await act(filed, { type: 'acknowledge' });
    await act(filed, { type: 'start' });
    const afterKey = randomUUID();
    const result = await upload(afterKey, [await jpeg(800, 600)]);
    await act(filed, { type: 'resolve', text: '已更换水管', photos: result }, afterKey);
    const give = (body: object) =>
      instance.call('POST', `/api/reports/${filed.number}/commands`, { token: filed.token, body });
    expect((await give({ type: 'rate', score: 2, comment: '还在滴水' })).status).toBe(200);
    expect((await give({ type: 'reopen', reason: '接口仍在滴水' })).status).toBe(200);
    await act(filed, { type: 'resolve', text: '换了新阀门' });
    const last = await give({ type: 'rate', score: 5 });
    expect(last.json).toMatchObject({ status: { code: 'closed' }, rating: { score: 5 }, round: 1 });

    await instance.idle();
    const { json } = await instance.call('GET', `/local/outbox?number=${filed.number}&limit=100`);
    const messages = json['messages'] as {
      id: string;
      to: { kind: string; phone?: string };
      subject: string;
    }[];
    const told = messages
      .filter(({ to }) => to.kind === 'resident')
      .map(({ subject }) => subject.split(' ')[0]);
    expect(told.sort()).toEqual(
      ['已提交', '已派单', '已派单', '已签收', '已签收', '办理中', '已办结', '已办结'].sort(),
    );
    expect(new Set(messages.map((message) => message.id)).size).toBe(messages.length);

    const stats = await instance.call('GET', '/api/desk/stats?by=department', { token: admin });
    const row = (stats.json['rows'] as { key: string; figures: object }[]).find((each) => each.key === id);
    expect(row?.figures).toMatchObject({
      assigned: 2,
      routed: 1,
      resolved: 2,
      rated: 2,
      satisfied: 1,
      reopened: 1,
    });
  });

  it('waits in triage, when its report is not classified, until staff classify it', async () => {
    const filed = await submit({ description: '你好，麻烦看一下', location: { area: 'tinglan-court' } });
    const view = await untilState(filed, 'triage');
    const { id } = view['department'] as { id: string };
    const token = await instance.tokenOf('admin');
    const inbox = await instance.call('GET', `/api/desk/reports?department=${id}&view=triage`, { token });
    expect((inbox.json['items'] as { number: string }[]).map(({ number }) => number)).toContain(filed.number);
    const sorted = await (await desk('admin'))(filed, { type: 'classify', category: 'utility.water' });
    expect(sorted).toMatchObject({ status: { code: 'assigned' }, department: { id: 'water' } });
  });

  it('belongs to an overdue report, with alerts, when the department does nothing', async () => {
    const filed = await submit();
    await untilState(filed, 'assigned');
    const moved = await instance.call('POST', '/local/clock', { body: { advance: 'PT72H' } });
    expect(moved.status).toBe(200);
    const view = await eventually(async () => {
      const seen = await follow(filed);
      const entries = seen['timeline'] as { type: string }[];
      return entries.filter(({ type }) => type === 'clock-breached.v1').length === 2 ? seen : undefined;
    });
    expect(stateOf(view)).toBe('assigned');
    // Breaches are sent in the digest of the next minute.
    await instance.idle();
    await instance.call('POST', '/local/clock', { body: { advance: 'PT1M' } });
    await instance.idle();
    const { json } = await instance.call('GET', `/local/outbox?number=${filed.number}&limit=100`);
    const told = json['messages'] as { subject: string; to: { kind: string }; numbers?: string[] }[];
    const digests = told.filter(({ numbers }) => numbers?.includes(filed.number));
    // One message with both clocks for the department, its head, and each of the three levels above.
    expect(digests.map(({ to }) => to.kind).sort()).toEqual(['area', 'area', 'area', 'department', 'head']);
    for (const { subject } of digests) expect(subject).toMatch(/^提醒 \d+ 件：(超时|提级) \d+/);
  });
});

describe('the logs', () => {
  it('trace a report through all functions, and contain no personal data', async () => {
    const personal = {
      name: '欧阳不寻常',
      phone: '13800009876',
      address: '云鹤路十九弄七号',
      words: '厨房顶棚渗水滴到冰箱',
    };
    const { name, phone, address, words } = personal;
    const body = {
      description: words,
      location: { area: 'tinglan-court', address },
      contact: { name, phone },
    };
    const filed = await submit(body);
    await untilState(filed, 'assigned');
    const { status } = await instance.call('POST', '/api/reports', {
      key: randomUUID(),
      body: { ...body, category: `${words} ${phone}` },
    });
    expect(status).toBe(422);
    await instance.call('GET', '/local/idle');

    const lines: string[] = [];
    const print = vi.spyOn(console, 'log').mockImplementation((line: string) => lines.push(line));
    await ops(['trace', filed.number, '--data', dataDir], {});
    print.mockRestore();
    // Each request has a block, including those that only read the report.
    const blocks = lines.join('\n').split(/^correlationId /m);
    const submission = blocks.find((block) => block.includes('request-received  POST /api/reports')) ?? '';
    for (const step of [
      'submit +request-answered',
      'relay +change-published',
      'classify +message-handled',
      'notify +message-handled',
      'stats +message-handled',
      'deliver +message-handled',
    ])
      expect(submission).toMatch(new RegExp(step));

    const logs = globSync(join(dataDir, 'logs', '*.log')).map((path) => readFileSync(path, 'utf8'));
    for (const text of [...Object.values(personal), filed.token]) expect(logs.join('')).not.toContain(text);
  });
});

describe('the HTTP endpoints', () => {
  it('refuse invalid tokens', async () => {
    for (const token of [undefined, 'x', 'eyJhbGciOiJub25lIn0.eyJ1c2VybmFtZSI6ImFkbWluIn0.']) {
      const { status } = await instance.call('GET', '/api/desk/me', token === undefined ? {} : { token });
      expect(status).toBe(401);
    }
    const wang = await instance.tokenOf('wang-wuye');
    expect((await instance.call('GET', '/api/desk/me', { token: wang })).json).toMatchObject({
      username: 'wang-wuye',
      role: 'handler',
    });
    expect((await instance.call('GET', '/api/desk/reports?department=gas', { token: wang })).status).toBe(
      403,
    );
  });

  it('refuse photos that their form does not allow', async () => {
    const key = randomUUID();
    const file = await jpeg(64, 64);
    const { json } = await instance.call('POST', '/api/uploads', {
      key,
      body: { photos: [{ contentType: 'image/jpeg', size: file.length }] },
    });
    const [form] = json['uploads'] as { url: string; fields: Record<string, string> }[];
    const post = async (change: Record<string, string>, bytes: Uint8Array): Promise<number> => {
      const data = new FormData();
      for (const [name, value] of Object.entries({ ...form?.fields, ...change })) data.append(name, value);
      data.append('file', new Blob([Buffer.from(bytes)]), 'x.jpg');
      return (await fetch(form?.url ?? '', { method: 'POST', body: data })).status;
    };
    expect(await post({}, Buffer.concat([file, file]))).toBe(400);
    expect(await post({ key: 'photos/elsewhere' }, file)).toBe(403);
    expect(await post({ 'Content-Type': 'text/html' }, file)).toBe(403);
    expect(await post({}, file)).toBeLessThan(300);
  });

  it('serve the page, and no files outside its folder', async () => {
    const page = await fetch(instance.url);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await page.text()).toContain('<html lang="zh');
    expect((await fetch(`${instance.url}/../package.json`)).status).not.toBe(200);
    expect((await fetch(`${instance.url}/%2e%2e/package.json`)).status).not.toBe(200);
  });
});

describe('the product', () => {
  it('stops cleanly on SIGINT', async () => {
    expect(await instance.kill('SIGINT')).toBe(0);
    await expect(fetch(instance.url)).rejects.toThrow();
  });
});
