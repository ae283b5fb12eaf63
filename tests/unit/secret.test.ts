import fc from 'fast-check';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { announceMinutes, parseSecret, rereadMinutes, withNewKey } from '../../shared/config/secret.ts';
import { Keys, keysFrom } from '../../shared/http/credentials.ts';
import { after, start } from '../support/reports.ts';

const first = 'a secret of more than thirty-two characters';
const second = 'another secret of more than thirty-two characters';
const minutes = (amount: number): number => Date.parse(start) + amount * 60_000;

describe('the secret', () => {
  it('is a plain key at first, and a document from the first rotation on', () => {
    const rotated = withNewKey(parseSecret(first), second, start, 6);
    expect(parseSecret(JSON.stringify(rotated))).toEqual(rotated);
    expect(rotated.keys.map(({ key }) => key)).toEqual([second, first]);
  });

  it.each(['short', '{"keys":[]}', '{"keys":[{"key":"short","from":"2026-01-01T00:00:00Z"}]}', '{broken'])(
    'is refused as %j, without a word of it in the error',
    (text) => {
      const refusal = (() => {
        try {
          parseSecret(text);
          return '';
        } catch (error) {
          return String(error);
        }
      })();
      expect(refusal).toContain('the secret');
      expect(refusal).not.toContain('short');
      expect(refusal).not.toContain('broken');
    },
  );

  it('keeps that many keys, and every one that a repeated request may need', () => {
    const rotate = (at: string[], most: number) =>
      at.reduce(
        (secret, now, turn) => withNewKey(secret, `${turn} ${second}`, now, most),
        parseSecret(first),
      );
    const day = 1440;
    expect(rotate([after(0), after(1), after(2)], 2).keys).toHaveLength(4);
    expect(rotate([after(0), after(30 * day), after(60 * day)], 2).keys).toHaveLength(2);
  });
});

describe('keys', () => {
  it('are known before they are used', () => {
    const secret = withNewKey(parseSecret(first), second, start, 6);
    const hashAt = (instant: string): string => new Keys(secret, instant).current.keyHash('k');
    const [newer, older] = new Keys(secret, start).all.map((key) => key.keyHash('k'));
    expect(hashAt(start)).toBe(older);
    expect(hashAt(after(announceMinutes - 0.1))).toBe(older);
    expect(hashAt(after(announceMinutes))).toBe(newer);
    expect(announceMinutes).toBeGreaterThan(rereadMinutes);
  });

  it('find what any key derived, whenever that was', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(gaps, fc.nat(200_000), fc.nat(8 * 1440), (waits, madeAt, later) => {
        let secret = parseSecret(first);
        let at = 0;
        let known = secret;
        for (const [turn, wait] of waits.entries()) {
          at += wait;
          secret = withNewKey(secret, `${turn} ${second}`, after(at), 2);
          // What a function knew that read the secret as late as possible.
          if (at <= madeAt) known = secret;
        }
        const made = new Keys(known, after(madeAt)).current.keyHash('k');
        const asked = Math.max(at, madeAt) + later;
        const lookedAt = new Keys(secret, after(asked)).since(after(madeAt)).map((key) => key.keyHash('k'));
        return lookedAt.includes(made) || asked - madeAt > 8 * 1440;
      }),
    );
  });
});

describe('reading the secret', () => {
  const secrets = mockClient(SecretsManagerClient);
  afterAll(() => {
    secrets.restore();
  });
  afterEach(() => {
    secrets.reset();
    vi.restoreAllMocks();
  });
  const hash = async (keys: () => Promise<Keys>): Promise<string> => (await keys()).current.keyHash('k');

  it('is repeated after some minutes, once for concurrent callers', async () => {
    let time = minutes(0);
    const keys = keysFrom(new SecretsManagerClient({}), 'secret', () => time);
    secrets.on(GetSecretValueCommand).resolves({ SecretString: first });
    const before = await hash(keys);
    secrets.on(GetSecretValueCommand).resolves({
      SecretString: JSON.stringify({ keys: [{ key: second, from: start }] }),
    });
    expect(await hash(keys)).toBe(before);
    time = minutes(rereadMinutes);
    const [one, two] = await Promise.all([hash(keys), hash(keys)]);
    expect(one).not.toBe(before);
    expect(two).toBe(one);
    expect(secrets.commandCalls(GetSecretValueCommand)).toHaveLength(2);
  });

  it('that fails keeps the cached secret, and is retried soon', async () => {
    const logged = vi.spyOn(console, 'error').mockReturnValue();
    let time = minutes(0);
    const keys = keysFrom(new SecretsManagerClient({}), 'secret', () => time);
    secrets.on(GetSecretValueCommand).rejectsOnce(new Error('down')).resolves({ SecretString: first });
    await expect(keys()).rejects.toThrow('down');
    const before = await hash(keys);
    time = minutes(rereadMinutes);
    secrets.on(GetSecretValueCommand).rejects(new Error('down'));
    expect(await hash(keys)).toBe(before);
    expect(await hash(keys)).toBe(before);
    expect(logged).toHaveBeenCalledTimes(1);
    time = minutes(rereadMinutes + 1);
    secrets.on(GetSecretValueCommand).resolves({
      SecretString: JSON.stringify({ keys: [{ key: second, from: start }] }),
    });
    expect(await hash(keys)).not.toBe(before);
  });
});
