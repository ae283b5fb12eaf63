import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cloud } from '../../infra/local/cloud.ts';
import type { Grants, GrantUse } from '../../infra/local/iam/access-control.ts';
import type { Template } from '../../infra/local/template/assembly.ts';
import { main } from '../../infra/ops/main.ts';
import { eventually } from './local-tiny-cloud.ts';
import { Product, withoutGrant, withoutResource, type Change } from '../support/product.ts';

/** A simulated day that uses every feature once, and the grants of the template that it left unused. */

/** Long, as other tests may run at the same time. */

let product: Product;
let webhook: Server;
let jpeg: Uint8Array;

beforeAll(async () => {
  webhook = createServer((request, response) => {
    request.resume();
    response.writeHead(204).end();
  });
  await new Promise<void>((listening) => webhook.listen(0, '127.0.0.1', listening));
  const { port } = webhook.address() as AddressInfo;
  [product, jpeg] = await Promise.all([
    Product.make((city) => {
      const [department] = city['departments'] as Record<string, unknown>[];
      Object.assign(department ?? {}, { webhook: { url: `http://127.0.0.1:${port}/`, intranet: true } });
    }),
    sharp({ create: { width: 64, height: 48, channels: 3, background: '#285' } })
      .jpeg()
      .toBuffer(),
  ]);
});
afterAll(() => {
  webhook.close();
  product.remove();
});

/** Headers as sent by a page and CloudFront, with an invented proof. */
const viewer = {
  'x-device': 'the-device-of-one-resident',
  'x-viewer-address': '203.0.113.7',
  'x-site-proof': 'made up',
};

type Json = Record<string, unknown>;
type Asked = { token?: string; key?: string; body?: unknown };
type Filed = { number: string; token: string };

/** Every action of residents and staff, once each. */
class Day {
  readonly #cloud: Cloud;
  readonly #admin: string;

  private constructor(cloud: Cloud, admin: string) {
    this.#cloud = cloud;
    this.#admin = admin;
  }

  static async of(cloud: Cloud): Promise<Day> {
    return new Day(cloud, await cloud.token('admin'));
  }

  async call(method: 'GET' | 'POST', path: string, { token, key, body }: Asked = {}): Promise<Json> {
    const response = await fetch(this.#cloud.url + path, {
      method,
      headers: {
        ...viewer,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Json;
  }

  desk(method: 'GET' | 'POST', path: string, asked: Omit<Asked, 'token'> = {}): Promise<Json> {
    return this.call(method, `/api/desk${path}`, { ...asked, token: this.#admin });
  }

  async file(words: string, more: Json = {}, key: string = randomUUID()): Promise<Filed> {
    const body = { description: words, location: { area: 'tinglan-court' }, ...more };
    const answer = await this.call('POST', '/api/reports', { key, body });
    return { number: String(answer['number']), token: String(answer['trackingToken']) };
  }

  async command(number: string, command: Json, key?: string): Promise<Json> {
    const { version } = await this.desk('GET', `/reports/${number}`);
    const body = { ...command, version };
    return this.desk('POST', `/reports/${number}/commands`, { body, ...(key !== undefined && { key }) });
  }

  async stateOf({ number }: Filed): Promise<string> {
    return ((await this.desk('GET', `/reports/${number}`))['status'] as { code: string }).code;
  }

  async upload(key: string): Promise<string[]> {
    const photo = { contentType: 'image/jpeg', size: jpeg.length };
    // Only one upload is used. Counts are written in steps of a hundredth of the limit, five for uploads by
    // a device: this many are always counted, fewer only by chance.
    const photos = Array.from({ length: 5 }, () => photo);
    const { uploads } = await this.call('POST', '/api/uploads', { key, body: { photos } });
    const forms = (uploads as { key: string; url: string; fields: Record<string, string> }[]).slice(0, 1);
    for (const { url, fields } of forms) {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append('file', new Blob([Buffer.from(jpeg)], { type: 'image/jpeg' }), 'photo.jpg');
      const response = await fetch(url, { method: 'POST', body: form });
      expect(response.status, await response.text()).toBeLessThan(300);
    }
    return forms.map((form) => form.key);
  }

  /** Fetches the photos linked in a response. */
  async look({ photos }: Json): Promise<void> {
    const links = (photos as { url?: string }[]).flatMap(({ url }) => url ?? []);
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) expect((await fetch(link)).status).toBe(200);
  }

  idle(): Promise<void> {
    return this.#cloud.idle();
  }

  async residentWithPhotos(): Promise<Filed> {
    const key = randomUUID();
    const photos = await this.upload(key);
    const contact = { name: '王女士', phone: '13800001234' };
    const filed = await this.file('楼道水管爆裂，一直漏水', { photos, contact }, key);
    await this.idle();
    await this.look(await this.call('GET', `/api/reports/${filed.number}`, { token: filed.token }));
    await this.call('GET', '/api/reports?area=tinglan-court');
    await this.call('GET', '/api/city');

    const noteKey = randomUUID();
    const more = await this.upload(noteKey);
    const body = { type: 'note', text: '还在漏', photos: more };
    const { number, token } = filed;
    await this.look(
      await this.call('POST', `/api/reports/${number}/commands`, { token, key: noteKey, body }),
    );
    return filed;
  }

  async workAtTheDesk({ number }: Filed): Promise<void> {
    for (const path of [
      '/me',
      '/counts?department=property-kangning',
      '/reports?department=property-kangning',
      '/reports?department=property-kangning&handler=wang-wuye',
      '/reports?area=tinglan-court',
      '/stats',
      '/league',
    ])
      await this.desk('GET', path);
    await this.desk('POST', '/search', { body: { phone: '13800001234' } });
    expect(await this.command(number, { type: 'reveal', reason: '上门前联系' })).toMatchObject({
      contact: { phone: '13800001234' },
    });
    const elsewhere = { description: '电话报修：电梯停运', location: { area: 'tinglan-court' } };
    const deskKey = randomUUID();
    const [form] = (
      await this.desk('POST', '/uploads', {
        key: deskKey,
        body: { photos: [{ contentType: 'image/jpeg', size: jpeg.length }] },
      })
    )['uploads'] as { key: string }[];
    expect(form?.key).toMatch(/^uploads\//);
    await this.desk('POST', '/reports', { key: deskKey, body: elsewhere });
    await this.command(number, { type: 'acknowledge' });
    await this.command(number, { type: 'start' });
    await this.command(number, { type: 'support', departments: ['police'], request: '请协助疏散' });
    await this.idle();
    const key = randomUUID();
    const photos = await this.upload(key);
    const override = '协办部门已口头答复';
    await this.command(number, { type: 'resolve', text: '已更换水管', photos, override }, key);
    await this.idle();
    await this.look(await this.desk('GET', `/reports/${number}`));
  }

  /** A neighbour joins the report, renews the tracking link, and in the end has personal data deleted. */
  async joinAndBeForgotten(): Promise<void> {
    const first = await this.file('楼道有异味');
    await this.idle();
    const key = randomUUID();
    const photos = await this.upload(key);
    const { number, token } = await this.file('楼道有异味，熏得慌', { joins: first.number, photos }, key);
    await this.idle();
    const path = `/api/reports/${number}`;
    const renewed = await this.call('POST', `${path}/commands`, {
      token,
      key: randomUUID(),
      body: { type: 'renew-link' },
    });
    expect(await this.call('POST', `${path}/link`, { key, body: {} })).toMatchObject({
      trackingToken: renewed['trackingToken'],
    });
    await expect(this.call('GET', path, { token })).rejects.toThrow('404');
    const note = { type: 'note', text: '旧链接' };
    await expect(this.call('POST', `${path}/commands`, { token, body: note })).rejects.toThrow('404');
    const [photo] = (await this.desk('GET', `/reports/${number}`))['photos'] as { id: string }[];
    const regions = [{ x: 0.1, y: 0.1, width: 0.4, height: 0.4 }];
    await this.command(number, { type: 'blur-photo', photo: photo?.id, regions });
    await this.idle();
    await this.look(await this.desk('GET', `/reports/${number}`));
    await this.command(number, { type: 'erase' });
    await this.idle();
    expect((await this.desk('GET', `/reports/${number}`))['photos']).toEqual([]);
  }

  /** Submits a report with an upload that was never sent. */
  async forgetThePhoto(): Promise<void> {
    const key = randomUUID();
    const [sent = ''] = await this.upload(key);
    await expect(this.file('楼道漏水', { photos: [`${sent}x`] }, key)).rejects.toThrow('photo-not-uploaded');
  }

  /** Transfers one report to every department. */
  async sendToEverybody(): Promise<void> {
    const { departments } = await this.call('GET', '/api/city');
    const { number } = await this.file('楼道灯坏了');
    await this.idle();
    const { department } = await this.desk('GET', `/reports/${number}`);
    for (const { id } of departments as { id: string }[]) {
      if (id !== (department as { id: string }).id)
        await this.command(number, { type: 'transfer', department: id, reason: '轮转' });
    }
    await this.idle();
  }

  /** Repeats the request after midnight in the city’s time zone. */
  async reportAtMidnight(): Promise<void> {
    const day = 86_400_000;
    const untilMidnight = day - ((this.#cloud.now() + 8 * 3_600_000) % day);
    await this.#cloud.advance(untilMidnight + day - 60_000);
    const key = randomUUID();
    const filed = await this.file('半夜楼上很吵', {}, key);
    await this.#cloud.advance(120_000);
    expect(await this.file('半夜楼上很吵', {}, key)).toEqual(filed);
  }

  async beLate(): Promise<void> {
    await this.file('垃圾没人清运');
    await this.idle();
    await this.#cloud.advance(72 * 3_600_000);
    await this.idle();
    await this.#cloud.advance(60_000);
    await this.idle();
    const { items } = await this.desk('GET', '/alerts?area=qilu');
    expect((items as unknown[]).length).toBeGreaterThan(0);
  }

  /** Sends every consumer a message that is not JSON. */
  async poison(): Promise<void> {
    const { credentials, endpoints, region, plan } = this.#cloud;
    const sqs = new SQSClient({ credentials, endpoint: endpoints.sqs, region });
    const one = new Map(plan.queueMappings.map((mapping) => [mapping.functionArn, mapping.queueArn]));
    for (const queueArn of one.values()) {
      const QueueUrl = `${endpoints.sqs}/000000000000/${queueArn.split(':').at(-1) ?? ''}`;
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'not JSON' }));
    }
    await this.idle();
    sqs.destroy();
    const parked = plan.queues.find(({ name }) => name.includes('Parked'));
    expect(this.#cloud.queue(parked?.name ?? '').ready).toBe(one.size);
  }

  /** @returns how many reports or timers changed. */
  async applyPolicy(): Promise<number> {
    let moved = 0;
    let cursor: string | undefined;
    do {
      const answer = await this.desk('POST', '/policy', { body: { apply: true, cursor } });
      moved += (answer['moves'] as unknown[]).length + Number(answer['adjusted']);
      cursor = answer['cursor'] as string | undefined;
    } while (cursor !== undefined);
    return moved;
  }
}

/** Grants that no local run uses, each with the reason for it. */
const explained: { to: RegExp; action: RegExp; resource: RegExp; reason: string }[] = [
  {
    to: /^Suishoubao-SiteDeploymentRole/,
    action: /^(logs:CreateLogStream|logs:PutLogEvents|s3:GetObject|s3:ListBucket|s3:PutObject)$/,
    resource: /./,
    reason: 'Copies the pages at a deployment; on one machine the front door serves them as they lie.',
  },
  {
    to: /^sns\.amazonaws\.com$/,
    action: /^sqs:SendMessage$/,
    resource: /DeadLetters|-dlq$/,
    reason: 'Keeps what a queue does not let in, which its own policy does here: see the queue without one.',
  },
  {
    to: /^cloudwatch\.amazonaws\.com$/,
    action: /^sns:Publish$/,
    resource: /AlarmsTopic/,
    reason: 'Alarms ring on AWS only: there are no metrics on one machine.',
  },
  {
    to: /^cloudfront\.amazonaws\.com$/,
    action: /^s3:(GetObject|ListBucket)$/,
    resource: /sitebucket/,
    reason: 'CloudFront reads the pages; on one machine the front door does, as a file.',
  },
  {
    to: /^logging\.s3\.amazonaws\.com$/,
    action: /^s3:PutObject$/,
    resource: /accesslogsbucket.*\/(photos|pages)\/\*$/,
    reason: 'S3 writes its access logs, which one machine has none of.',
  },
];

const nameOf = ({ to, action, resource, when }: GrantUse): string =>
  `${to} ${action} ${resource}${when === undefined ? '' : ` when ${when}`}`;

/** Uses of each grant in all runs. */
const uses = new Map<string, GrantUse>();
function count({ grants }: Grants): void {
  for (const grant of grants) {
    const before = uses.get(nameOf(grant))?.uses ?? 0;
    uses.set(nameOf(grant), { ...grant, uses: before + grant.uses });
  }
}

/** Runs the product during `work`, and returns the denials. */
async function run(
  change: Change | undefined,
  work: (day: Day, cloud: Cloud) => Promise<void>,
): Promise<Grants['denials']> {
  const cloud = await product.start(change);
  try {
    await work(await Day.of(cloud), cloud);
  } finally {
    count(cloud.grants());
    await cloud.stop();
  }
  return cloud.grants().denials;
}

describe('the grants of the template', () => {
  it('suffice for a day that uses every feature', async () => {
    const denials = await run(undefined, async (day) => {
      const filed = await day.residentWithPhotos();
      await day.workAtTheDesk(filed);
      await day.joinAndBeForgotten();
      await day.forgetThePhoto();
      await day.sendToEverybody();
      await day.beLate();
      await day.reportAtMidnight();
      await day.poison();
    });
    // Without `s3:ListBucket`, S3 does not say whether a key exists; the product handles that.
    expect(denials).toEqual([
      expect.objectContaining({
        caller: expect.stringContaining('SubmitRole') as string,
        action: 's3:ListBucket',
        because: 'nothing-allows',
      }),
    ]);
  });

  it('suffice to apply changed rules to reports', async () => {
    const city = (file: Record<string, unknown>): void => {
      file['warnAtShare'] = 0.9;
    };
    const denials = await run({ city }, async (day) => {
      expect(await day.applyPolicy()).toBeGreaterThan(0);
      await day.idle();
    });
    expect(denials).toEqual([]);
  });
});

describe('without a grant', () => {
  let cloud: Cloud;
  let day: Day;
  let filed: Filed;

  beforeAll(async () => {
    cloud = await product.start({
      template: (template) => {
        withoutGrant(template, 'FiguresRole', 'dynamodb:Query');
        withoutGrant(template, 'SearchRole', 'secretsmanager:GetSecretValue');
        withoutGrant(template, 'DeskRole', 's3:GetObject');
        withoutGrant(template, 'JointRole', 'sqs:ReceiveMessage');
        withoutGrant(template, 'NotifyRole', 'sns:Publish');
        withoutGrant(template, 'UploadsRole', 'logs:CreateLogStream');
        withoutResource(template, 'AWS::Lambda::Permission', /apicity/);
        withoutResource(template, 'AWS::SQS::QueuePolicy', /^StatsQueuePolicy/);
      },
    });
    day = await Day.of(cloud);
    const key = randomUUID();
    filed = await day.file('路灯坏了', { photos: await day.upload(key) }, key);
    await eventually(async () => (await day.stateOf(filed)) === 'assigned');
  });
  afterAll(async () => {
    count(cloud.grants());
    await cloud.stop();
  });

  const refusedTo = (role: string): string[] =>
    cloud
      .grants()
      .denials.filter(({ caller }) => caller.includes(`/Suishoubao-${role}`))
      .map(({ action }) => action);
  const waitingIn = (queue: string): number => {
    const name = new RegExp(`^Suishoubao-${queue}[0-9A-F]{8}$`);
    return cloud.queue(cloud.plan.queues.find((one) => name.test(one.name))?.name ?? queue).ready;
  };

  it('a function cannot read its table', async () => {
    await expect(day.desk('GET', '/stats')).rejects.toThrow('500');
    expect(refusedTo('FiguresRole')).toEqual(['dynamodb:Query']);
  });

  it('a function cannot read the secret', async () => {
    await expect(day.desk('POST', '/search', { body: { phone: '13800001234' } })).rejects.toThrow('500');
    expect(refusedTo('SearchRole')).toEqual(['secretsmanager:GetSecretValue']);
  });

  it('a link to a photo is refused', async () => {
    await eventually(async () => {
      const { photos } = await day.desk('GET', `/reports/${filed.number}`);
      return (photos as { url?: string }[]).every(({ url }) => url !== undefined);
    });
    const { photos } = await day.desk('GET', `/reports/${filed.number}`);
    for (const { url } of photos as { url: string }[]) expect((await fetch(url)).status).toBe(403);
    expect(refusedTo('DeskRole')).toEqual(['s3:GetObject']);
  });

  it('a queue is not read', async () => {
    await day.command(filed.number, { type: 'support', departments: ['police'], request: '请协助' });
    await eventually(() => refusedTo('JointRole').length > 0);
    expect(refusedTo('JointRole')).toEqual(['sqs:ReceiveMessage']);
    expect(waitingIn('JointQueue')).toBe(1);
  });

  it('no notice is sent', async () => {
    await eventually(() => refusedTo('NotifyRole').includes('sns:Publish'));
    expect(cloud.outbox({ number: filed.number })).toEqual([]);
  });

  it('a function works without its log', () => {
    // Photos were uploaded in `beforeAll`.
    expect(refusedTo('UploadsRole')).toEqual(['logs:CreateLogStream']);
  });

  it('a route cannot call its function', async () => {
    await expect(day.call('GET', '/api/city')).rejects.toThrow('500');
    expect(cloud.grants().denials).toContainEqual(
      expect.objectContaining({ caller: 'apigateway.amazonaws.com', action: 'lambda:InvokeFunction' }),
    );
  });

  it('a topic cannot send to its queue, and its messages become dead letters', () => {
    expect(waitingIn('StatsQueue')).toBe(0);
    expect(waitingIn('StatsQueueDeadLettersQueue')).toBeGreaterThan(0);
  });
});

describe('with the grants restored', () => {
  it('the product counts events missing from its figures, even days later', async () => {
    const denials = await run(undefined, async (day, cloud) => {
      const dayOf = (time: number): string => new Date(time + 8 * 3_600_000).toISOString().slice(0, 10);
      const span = `from=${dayOf(cloud.now() - 86_400_000)}&to=${dayOf(cloud.now())}`;
      const received = async (): Promise<number> => {
        const { trend } = await day.desk('GET', `/stats?by=area&${span}`);
        const counted = trend as { figures: { received?: number } }[];
        return counted.reduce((sum, { figures }) => sum + (figures.received ?? 0), 0);
      };
      const before = await received();
      // The rows of that day are closed by then, so late events are counted in another way.
      await cloud.advance(3 * 24 * 3_600_000);
      await main(['dlq', 'redrive', 'StatsQueueDead', '--data', product.dataDir], {});
      await day.idle();
      expect(await received()).toBe(before + 1);
    });
    expect(denials).toEqual([]);
  });
});

describe('without the right to publish', () => {
  it('the relay keeps the failed stream records’ positions, and an operator redrives them', async () => {
    const template = (value: Template): void => {
      withoutGrant(value, 'RelayRole', 'sns:Publish');
      for (const { Type, Properties } of Object.values(value.Resources)) {
        // No retries, which would take twelve hours.
        if (Type === 'AWS::Lambda::EventSourceMapping' && Properties?.['StartingPosition'] !== undefined)
          Object.assign(Properties, { MaximumRetryAttempts: 0 });
      }
    };
    const failedOf = ({ plan, queue }: Cloud) =>
      queue(plan.queues.find(({ name }) => name.startsWith('Suishoubao-RelayFailed'))?.name ?? '');
    const filed: Filed[] = [];
    const denials = await run({ template }, async (day, cloud) => {
      for (const words of ['下水道返水', '三楼漏水']) filed.push(await day.file(words));
      await eventually(() => failedOf(cloud).ready > 0);
      await day.idle();
    });
    expect(denials).toContainEqual(expect.objectContaining({ action: 'sns:Publish' }));

    // With the grant restored, these two are not published until they are redriven.
    const ops = (...args: string[]) => main([...args, '--data', product.dataDir], {});
    await run(undefined, async (day, cloud) => {
      await day.idle();
      for (const each of filed) expect(await day.stateOf(each)).toBe('submitted');
      await ops('dlq', 'redrive', 'RelayFailed');
      await day.idle();
      for (const each of filed) expect(await day.stateOf(each)).not.toBe('submitted');
      expect(failedOf(cloud).ready).toBe(0);

      const [first] = filed;
      const told = cloud.outbox({ limit: 1000 }).length;
      await ops('events', 'republish', first?.number.toLowerCase() ?? '');
      await day.idle();
      expect(cloud.outbox({ limit: 1000 })).toHaveLength(told);
      await expect(ops('events', 'republish', 'YT-261120-00000A')).rejects.toThrow(/no report|Usage/);
      await expect(ops('events', 'republish')).rejects.toThrow('Usage');
    });
  });
});

describe('every grant', () => {
  const isExplained = (grant: GrantUse): boolean =>
    explained.some(
      ({ to, action, resource }) =>
        to.test(grant.to) && action.test(grant.action) && resource.test(grant.resource),
    );

  it('was used, or has a reason why not', () => {
    const unused = [...uses.values()].filter((grant) => grant.uses === 0 && !isExplained(grant));
    expect(unused.map(nameOf)).toEqual([]);
    expect(uses.size).toBeGreaterThan(200);
  });

  it('has a reason only if it exists and was not used', () => {
    // The run without one queue's policy produces dead letters.
    const ofStats = 'StatsQueueDeadLetters';
    const reasons = [...uses.values()].filter(isExplained);
    expect(
      reasons.filter((grant) => grant.uses > 0 && !grant.resource.includes(ofStats)).map(nameOf),
    ).toEqual([]);
    for (const { to, action, resource, reason } of explained) {
      const meant = reasons.filter(
        (grant) => to.test(grant.to) && action.test(grant.action) && resource.test(grant.resource),
      );
      expect(meant.length, reason).toBeGreaterThan(0);
    }
  });
});
