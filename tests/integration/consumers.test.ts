import { registries } from '../support/registries.ts';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { randomUUID } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReportEvent } from '../../events/report.ts';
import type { ReportStored as Stored } from '../support/report-domain.ts';
import { createHandler as createClassify } from '../../functions/classify/handler.ts';
import { createHandler as createNotify } from '../../functions/notify/handler.ts';
import { createHandler as createPhotos } from '../../functions/photos/handler.ts';
import { createHandler as createStats } from '../../functions/stats/handler.ts';
import { createHandler as createSweep } from '../../functions/sweep/handler.ts';
import { photoKeys } from '../../shared/store/photos.ts';
import { bucket, startApi, type Api } from '../support/api.ts';
import { city } from '../support/city.ts';
import { again, batch, parkingLot, redelivered } from '../support/queue.ts';
import { after, start } from '../support/reports.ts';

let api: Api;
const lot = parkingLot();
const clock = { now: start };
const now = (): string => clock.now;
const notices = mockClient(new SNSClient({ region: 'us-east-1' }));

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());
beforeEach(() => {
  lot.mock.resetHistory();
  notices.reset();
  notices.on(PublishCommand).resolves({});
  clock.now = start;
});

async function submit(body: object = {}, files: Uint8Array[] = []): Promise<Stored> {
  const key = randomUUID();
  const photos = files.length > 0 ? await api.upload(key, files) : [];
  const reply = await api.call('POST /api/reports', {
    body: { description: '家里水管爆裂，一直漏水', location: { area: 'tinglan-court' }, photos, ...body },
    headers: { 'idempotency-key': key },
  });
  return load(String(reply.body['number']));
}

async function load(number: string): Promise<Stored> {
  const stored = await api.store.load(number);
  if (!stored) throw new Error(`no ${number}`);
  return stored;
}

const classify = () => createClassify({ city, store: api.store, parking: lot.parking, now });
const done = { batchItemFailures: [] };

describe('classify', () => {
  it('routes a report once where the classifier is confident', async () => {
    const { events, record: report } = await submit();
    expect(await classify()(batch(events[0], events[0]))).toEqual(done);
    expect(await classify()(batch(events[0]))).toEqual(done);
    const after = await load(report.number);
    expect(after.record).toMatchObject({
      state: 'assigned',
      category: 'building.leak',
      department: 'property-kangning',
    });
    expect(after.events).toHaveLength(3);
    expect(lot.reasons()).toEqual([]);
  });

  it('sends a report to triage where the classifier is not confident', async () => {
    const { events, record: report } = await submit({ description: '你好，请帮帮我' });
    await classify()(batch(events[0]));
    expect((await load(report.number)).record).toMatchObject({ state: 'triage', department: 'grid-liuan' });
  });

  it('classifies a report whose chosen category the city has removed', async () => {
    const { events, record: report } = await submit({ category: 'utility.gas' });
    const categories = city.categories.filter(({ code }) => code !== 'utility.gas');
    const later = createClassify({
      city: { ...city, categories },
      store: api.store,
      parking: lot.parking,
      now,
    });
    expect(await later(batch(events[0]))).toEqual(done);
    expect((await load(report.number)).record.state).not.toBe('submitted');
    expect(lot.reasons()).toEqual([]);
  });

  it('uses the category that the resident chose', async () => {
    const { events, record: report } = await submit({ category: 'utility.gas' });
    await classify()(batch(events[0]));
    expect((await load(report.number)).record).toMatchObject({ category: 'utility.gas', department: 'gas' });
  });

  it('parks the message of a report that does not exist', async () => {
    const { events } = await submit();
    expect(await classify()(batch({ ...events[0], number: 'YT-261120-00002E' }))).toEqual(done);
    expect(lot.reasons()[0]).toContain('not-found');
  });

  it('fails the message, for a retry, when the table is unavailable', async () => {
    const { events } = await submit();
    const broken = createClassify({
      city,
      store: { execute: () => Promise.reject(new Error('throttled')) } as never,
      parking: lot.parking,
      now,
    });
    expect(await broken(batch(events[0]))).toEqual({ batchItemFailures: [{ itemIdentifier: '0' }] });
    expect(lot.reasons()).toEqual([]);
  });
});

describe('photos', () => {
  it('are cleaned after submission, and recorded as unreadable when they cannot be decoded', async () => {
    const whole = await sharp({ create: { width: 2600, height: 1300, channels: 3, background: '#396' } })
      .withMetadata({ orientation: 8 })
      .jpeg()
      .toBuffer();
    const noise = await sharp({
      create: {
        width: 300,
        height: 300,
        channels: 3,
        noise: { type: 'gaussian', mean: 128, sigma: 40 },
        background: '#000',
      },
    })
      .jpeg()
      .toBuffer();
    const { events, record: report } = await submit({}, [whole, noise.subarray(0, 3000)]);
    const photos = createPhotos({
      city,
      store: api.store,
      photos: { client: api.s3, bucket },
      parking: lot.parking,
      now,
    });
    expect(await photos(batch(events[0]))).toEqual(done);
    expect(await photos(batch(events[0]))).toEqual(done);
    const { record: cleaned, events: history } = await load(report.number);
    expect(cleaned.photos).toMatchObject([
      { status: 'ready', width: 1024, height: 2048 },
      { status: 'unreadable' },
    ]);
    expect(history.filter((event) => event.type === 'photos-processed.v1')).toHaveLength(1);
    const key = photoKeys(report.number, cleaned.photos[0]?.id ?? '').thumb;
    const thumb = await api.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    expect(thumb.ContentType).toBe('image/jpeg');
    const [sent, broken] = cleaned.photos.map((photo) => photoKeys(report.number, photo.id).original);
    const read = (original: string | undefined) =>
      api.s3.send(new GetObjectCommand({ Bucket: bucket, Key: original }));
    await expect(read(sent)).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(read(broken)).resolves.toBeDefined();
  });

  it('are recorded one by one when their message is redelivered', async () => {
    const whole = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#000' } })
      .jpeg()
      .toBuffer();
    const { events, record: report } = await submit({}, [whole, whole, whole]);
    const photos = createPhotos({
      city,
      store: api.store,
      photos: { client: api.s3, bucket },
      parking: lot.parking,
      now,
    });
    expect(await photos(redelivered(batch(events[0])))).toEqual(done);
    const processed = async () =>
      (await load(report.number)).events.flatMap((event) =>
        event.type === 'photos-processed.v1' ? [event.data.photos.map(({ id }) => id)] : [],
      );
    const ids = report.photos.map(({ id }) => id);
    expect(await processed()).toEqual(ids.map((id) => [id]));
  });

  it('are recorded as each is done when processing is slow, so that a timeout loses little', async () => {
    const whole = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#000' } })
      .jpeg()
      .toBuffer();
    const { events, record: report } = await submit({}, Array(9).fill(whole) as Uint8Array[]);
    // Each reading of the clock advances it: a photo takes seconds, and the run times out after a minute.
    const runs = (secondsALook: number) => {
      let seconds = 0;
      return createPhotos({
        city,
        store: api.store,
        photos: { client: api.s3, bucket },
        parking: lot.parking,
        now: () => {
          seconds += secondsALook;
          if (seconds > 60) throw new Error('the time is over');
          return new Date(Date.parse(start) + seconds * 1000).toISOString();
        },
      });
    };
    const left = async (): Promise<number> =>
      (await load(report.number)).record.photos.filter(({ status }) => status === 'processing').length;
    const message = batch(events[0]);
    expect((await runs(6)(message)).batchItemFailures).toHaveLength(1);
    const afterFirst = await left();
    expect(afterFirst).toBeLessThan(9);
    expect((await runs(6)(redelivered(message))).batchItemFailures).toHaveLength(1);
    expect(await left()).toBeLessThan(afterFirst);
    expect(await runs(0)(redelivered(redelivered(message)))).toEqual(done);
    expect(await left()).toBe(0);
  });

  it('are recorded once by two concurrent runs', async () => {
    const whole = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#000' } })
      .jpeg()
      .toBuffer();
    const { record: report } = await submit({}, [whole, whole]);
    const [one, two] = report.photos.map(({ id }) => ({ id, status: 'unreadable' as const }));
    if (!one || !two) expect.fail();
    for (const photos of [[one], [one, two], [one, two]]) {
      const context = { now: now(), actor: { kind: 'system', name: 'photos' } as const, city };
      await api.store.execute(report.number, { type: 'record-photos', photos }, context);
    }
    const { events } = await load(report.number);
    expect(
      events.flatMap((event) => (event.type === 'photos-processed.v1' ? [event.data.photos] : [])),
    ).toEqual([[one], [two]]);
  });

  it('fail their message, for a retry, when the bucket is unavailable', async () => {
    const { events } = await submit({}, [
      await sharp({ create: { width: 9, height: 9, channels: 3, background: '#000' } })
        .jpeg()
        .toBuffer(),
    ]);
    const client = new S3Client({ region: 'us-east-1' });
    mockClient(client).on(GetObjectCommand).rejects(new Error('SlowDown'));
    const photos = createPhotos({
      city,
      store: api.store,
      photos: { client, bucket },
      parking: lot.parking,
      now,
    });
    expect(await photos(batch(events[0]))).toEqual({ batchItemFailures: [{ itemIdentifier: '0' }] });
  });
});

describe('notify', () => {
  const notify = () =>
    createNotify({
      ...registries,
      city,
      store: api.store,
      ledger: api.ledger,
      contacts: api.kms.opener,
      sns: notices as never,
      topicArn: 'arn:notices',
      parking: lot.parking,
      now,
    });
  const told = (): { to: { kind: string; phone?: string }; locale: string; text: string }[] =>
    notices.commandCalls(PublishCommand).map((call) => JSON.parse(call.args[0].input.Message ?? '') as never);

  async function history(body: object = {}): Promise<readonly ReportEvent[]> {
    const { events, record: report } = await submit(body);
    await classify()(batch(events[0]));
    return (await load(report.number)).events;
  }

  it('sends one notice to the department and one to the resident, in their language', async () => {
    const events = await history({ locale: 'en', contact: { phone: '13800001111' } });
    expect(await notify()(batch(...events))).toEqual(done);
    expect(await notify()(again(batch(...events)))).toEqual(done);
    const messages = told();
    expect(messages.map(({ to }) => to.kind).sort()).toEqual(['department', 'resident', 'resident']);
    for (const { to, text, locale } of messages.filter((message) => message.to.kind === 'resident')) {
      expect(to.phone).toBe('13800001111');
      expect(locale).toBe('en');
      expect(text).toMatch(/^[A-Z]/);
    }
    expect(messages.find(({ to }) => to.kind === 'department')?.text).toContain('水管爆裂');
  });

  it('sends a notice on redelivery when sending failed, and sends none twice', async () => {
    const events = await history();
    notices.on(PublishCommand).rejectsOnce(new Error('throttled')).resolves({});
    const first = await notify()(batch(events[0]));
    expect(first).toEqual({ batchItemFailures: [{ itemIdentifier: '0' }] });
    expect(await notify()(redelivered(batch(events[0])))).toEqual(done);
    expect(notices.commandCalls(PublishCommand)).toHaveLength(2);
    expect(await notify()(again(batch(events[0])))).toEqual(done);
    expect(notices.commandCalls(PublishCommand)).toHaveLength(2);
  });

  it('resends only the notices that failed', async () => {
    const events = await history({ contact: { phone: '13800001111' } });
    const assigned = events.find(({ type }) => type === 'report-assigned.v1');
    notices.on(PublishCommand).resolvesOnce({}).rejectsOnce(new Error('throttled')).resolves({});
    expect((await notify()(batch(assigned))).batchItemFailures).toHaveLength(1);
    expect(await notify()(redelivered(batch(assigned)))).toEqual(done);
    const tried = told().map(({ to }) => to.kind);
    expect(tried).toEqual([tried[0], tried[1], tried[1]]);
    expect(new Set(tried)).toEqual(new Set(['resident', 'department']));
  });

  it('sends once on redelivery when the first run of the same message died after its claim', async () => {
    const events = await history();
    const claim = { holder: '0', now: now(), holdSeconds: 60 };
    await api.ledger.claim(`notice#${String(events[0]?.id)}`, claim);
    const message = redelivered(batch(events[0]));
    expect(await notify()(message)).toEqual(done);
    expect(told()).toHaveLength(1);
    expect(await notify()(redelivered(message))).toEqual(done);
    expect(await notify()(again(message))).toEqual(done);
    expect(told()).toHaveLength(1);
  });

  it('sends after the claim of another message has lapsed', async () => {
    const events = await history();
    const mark = `notice#${String(events[0]?.id)}`;
    const claim = { holder: 'another message', now: now(), holdSeconds: 60 };
    await api.ledger.claim(mark, claim);
    expect((await notify()(batch(events[0]))).batchItemFailures).toHaveLength(1);
    clock.now = after(2);
    expect(await notify()(batch(events[0]))).toEqual(done);
    expect(told()).toHaveLength(1);
  });
});

describe('sweep', () => {
  it('fires each timer once, with two concurrent sweeps at several times', async () => {
    const numbers = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const { events, record: report } = await submit();
        await classify()(batch(events[0]));
        return report.number;
      }),
    );
    const sweep = createSweep({ city, store: api.store, now, random: () => 0 });
    for (const minutes of [1, 40, 80, 110, 200]) {
      clock.now = after(minutes);
      await Promise.all([sweep(), sweep()]);
    }
    for (const number of numbers) {
      const { events } = await load(number);
      const fired = events.filter(
        (event) => event.type === 'clock-warned.v1' || event.type === 'clock-breached.v1',
      );
      const keys = fired.map((event) => `${event.type} ${event.data.clock}`);
      expect(new Set(keys).size).toBe(keys.length);
      expect(keys).toContain('clock-breached.v1 acknowledge');
      expect(keys).toContain('clock-breached.v1 resolve');
    }
    expect(await sweep()).toEqual({ fired: 0, failed: 0 });
  });

  it('sends an unclassified report to triage in time, and ignores its late classification', async () => {
    const { events, record: report } = await submit();
    const sweep = createSweep({ city, store: api.store, now, random: () => 0 });
    clock.now = after(9);
    await sweep();
    expect((await load(report.number)).record.state).toBe('submitted');
    clock.now = after(10);
    await sweep();
    const sorted = await load(report.number);
    expect(sorted.record).toMatchObject({ state: 'triage', department: 'grid-liuan' });
    expect(sorted.record.clocks.acknowledge?.startedAt).toBe(after(10));
    const inbox = await api.store.inbox({ of: 'department', department: 'grid-liuan' }, 'triage', {
      now: now(),
    });
    expect(inbox.items.map(({ number }) => number)).toContain(report.number);
    // The lost message is redelivered.
    expect(await classify()(batch(events[0]))).toEqual(done);
    expect((await load(report.number)).events).toEqual(sorted.events);
    expect(lot.reasons()).toEqual([]);
  });

  it('fires the other timers when one fails, and then throws', async () => {
    const [bad, good] = await Promise.all([submit(), submit()]);
    await classify()(batch(bad.events[0], good.events[0]));
    clock.now = after(60 * 24 * 60);
    const sweep = createSweep({
      city,
      now,
      random: () => 0,
      store: {
        due: (at: string, first: number) => api.store.due(at, first),
        execute: (number: string, ...rest: [never, never]) =>
          number === bad.record.number
            ? Promise.reject(new Error('throttled'))
            : api.store.execute(number, ...rest),
      } as never,
    });
    await expect(sweep()).rejects.toThrow('1 of the timers due');
    expect((await load(good.record.number)).events.map((event) => event.type)).toContain('clock-breached.v1');
  });
});

describe('stats', () => {
  it('counts an event on its day in the city’s time zone', async () => {
    clock.now = '2026-11-20T16:30:00.000Z';
    api.clock.now = clock.now;
    const { events, record: report } = await submit({ location: { area: 'moxiang' } });
    api.clock.now = start;
    const stats = createStats({
      ...registries,
      city,
      figures: api.figures,
      parking: lot.parking,
      now,
    });
    expect(await stats(batch(events[0], events[0]))).toEqual(done);
    expect((await api.figures.day('area', '2026-11-21')).get('moxiang')).toEqual({ received: 1 });
    expect(report.number).toContain('-261121-');
  });
});
