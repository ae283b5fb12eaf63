import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { millisecondsOfDuration } from '../../infra/local/clock.ts';
import { MalformedForm, readForm } from '../../infra/local/http/form-data.ts';
import { TokenBucket } from '../../infra/local/http/token-bucket.ts';
import { readBatchResponse } from '../../infra/local/mappings/batch-response.ts';
import { readSettings } from '../../infra/local/settings.ts';

/** Parts of the embedded cloud that are tested without starting it. */

describe('a duration', () => {
  it.each([
    ['PT2H', 7_200_000],
    ['P1DT30M', 88_200_000],
    ['P2W', 1_209_600_000],
    ['PT0.5S', 500],
    ['PT7200S', 7_200_000],
  ])('%s is %i ms', (text, milliseconds) => {
    expect(millisecondsOfDuration(text)).toBe(milliseconds);
  });
});

describe('settings', () => {
  it('have defaults', () => {
    expect(readSettings({})).toMatchObject({ port: 3000, publicUrl: undefined, dynamodbEndpoint: undefined });
  });

  it.each([
    [{ PORT: 'x' }, 'PORT must be a whole number'],
    [{ PORT: '70000' }, 'PORT must be a whole number'],
    [{ PUBLIC_URL: 'http://a/path' }, 'PUBLIC_URL must be an http(s) address without a path'],
    [{ DYNAMODB_ENDPOINT: 'localhost:8000' }, 'DYNAMODB_ENDPOINT must be an http(s) address'],
  ])('%o are refused', (env, message) => {
    expect(() => readSettings(env)).toThrow(message);
  });
});

describe('a batch response', () => {
  const read = (response: unknown): unknown =>
    readBatchResponse(
      response === undefined ? undefined : JSON.stringify(response),
      true,
      new Set(['a', 'b']),
    );
  const failures = (...items: string[]): unknown => ({ kind: 'done', failures: new Set(items) });

  it.each([
    ['nothing', undefined, failures()],
    ['null', null, failures()],
    ['an empty object', {}, failures()],
    ['no failures', { batchItemFailures: [] }, failures()],
    ['null for the list', { batchItemFailures: null }, failures()],
    ['one failure', { batchItemFailures: [{ itemIdentifier: 'b' }] }, failures('b')],
    ['text', 'fine', { kind: 'failed' }],
    ['a list that is none', { batchItemFailures: 'a' }, { kind: 'failed' }],
    ['an empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }, { kind: 'failed' }],
    ['a misspelt key', { batchItemFailures: [{ itemIdentifer: 'a' }] }, { kind: 'failed' }],
    ['an item of another batch', { batchItemFailures: [{ itemIdentifier: 'c' }] }, { kind: 'failed' }],
  ])('of %s', (_, response, expected) => {
    expect(read(response)).toEqual(expected);
  });

  it('is ignored where the mapping does not enable it', () => {
    expect(
      readBatchResponse('{"batchItemFailures":[{"itemIdentifier":"a"}]}', false, new Set(['a'])),
    ).toEqual(failures());
  });
});

describe('a throttle', () => {
  it('allows a burst, and then its rate', () => {
    const bucket = new TokenBucket({ rate: 2, burst: 3 }, 0);
    const take = (at: number): boolean => bucket.take(at);
    expect([take(0), take(0), take(0), take(0)]).toEqual([true, true, true, false]);
    expect([take(400), take(500), take(500)]).toEqual([false, true, false]);
  });
});

describe('a form', () => {
  const type = 'multipart/form-data; boundary=mark';
  const part = (head: string, content: string): string =>
    `--mark\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`;

  /** In chunks of one byte, so that every boundary is split. */
  async function* bytes(text: string): AsyncGenerator<Buffer> {
    for (const byte of Buffer.from(text)) yield await Promise.resolve(Buffer.from([byte]));
  }
  async function* whole(text: string): AsyncGenerator<Buffer> {
    yield await Promise.resolve(Buffer.from(text));
  }
  const contentOf = async (content: AsyncIterable<Buffer>): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };

  it('is parsed from any chunks', async () => {
    const text = `${part('name="key"', 'uploads/水')}${part('name="empty"', '')}${part('name="file"; filename="a;b.png"', 'some\r\n--mar\r\n--marrk bytes')}--mark--`;
    const form = await readForm(bytes(text), type);
    expect([...form.fields]).toEqual([
      ['key', 'uploads/水'],
      ['empty', ''],
    ]);
    expect(form.file?.name).toBe('a;b.png');
    expect(form.file && (await contentOf(form.file.content))).toBe('some\r\n--mar\r\n--marrk bytes');
  });

  it('has only the fields before its file, and the file name without its folder', async () => {
    const text = `${part('name="key"', 'k')}${part('name="FILE"; filename="C:\\图\\水 1.png"', 'bytes')}${part('name="key"', 'other')}${part('name="file"; filename="b"', 'more')}--mark--`;
    const form = await readForm(whole(text), type);
    expect([...form.fields]).toEqual([['key', 'k']]);
    expect(form.file?.name).toBe('水 1.png');
    expect(form.file && (await contentOf(form.file.content))).toBe('bytes');
  });

  it('may have no file', async () => {
    expect(await readForm(bytes(`${part('name="key"', 'k')}--mark--`), type)).toMatchObject({
      file: undefined,
    });
  });

  it.each([
    ['no boundary', 'multipart/form-data', ''],
    ['an early end', type, part('name="key"', 'k')],
    ['a part without a name', type, `${part('nothing', 'k')}--mark--`],
    ['endless fields', type, `${part('name="key"', 'k'.repeat(30_000))}--mark--`],
  ])('is refused with %s', async (_, contentType, text) => {
    await expect(readForm(bytes(text), contentType)).rejects.toThrow(MalformedForm);
  });

  it.each([
    ['in pieces', bytes],
    ['at once', whole],
  ])('is refused when its file ends too soon, read %s', async (_, read) => {
    const form = await readForm(read(part('name="file"; filename="a"', 'bytes')), type);
    await setImmediate();
    await expect(contentOf(form.file?.content ?? whole(''))).rejects.toThrow(MalformedForm);
  });

  it('fails when its stream does, before its file and within it', async () => {
    async function* broken(text: string): AsyncGenerator<Buffer> {
      yield* whole(text);
      throw new Error('connection lost');
    }
    await expect(readForm(broken(part('name="key"', 'k')), type)).rejects.toThrow(MalformedForm);
    const form = await readForm(broken(part('name="file"; filename="a"', 'bytes')), type);
    await setImmediate();
    await expect(contentOf(form.file?.content ?? whole(''))).rejects.toThrow(MalformedForm);
  });

  it('waits for the reader of its file', async () => {
    let chunksRead = 0;
    async function* large(): AsyncGenerator<Buffer> {
      yield* whole('--mark\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n');
      for (; chunksRead < 1000; chunksRead += 1) yield await Promise.resolve(Buffer.alloc(65_536));
      yield* whole('\r\n--mark--');
    }
    const form = await readForm(large(), type);
    for (let turn = 0; turn < 100; turn += 1) await setImmediate();
    expect(chunksRead).toBeLessThan(10);
    let bytesRead = 0;
    for await (const chunk of form.file?.content ?? []) bytesRead += chunk.length;
    expect(bytesRead).toBe(65_536_000);
  });
});
