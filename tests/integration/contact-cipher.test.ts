import { DecryptCommand, GenerateDataKeyCommand } from '@aws-sdk/client-kms';
import fc from 'fast-check';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { ContactKeyUnavailable, ContactOpener, ContactSealer } from '../../shared/store/contact-cipher.ts';
import { KeyStore } from '../../infra/local/kms.ts';
import { contactKeyArn, startKms } from '../support/kms.ts';

const kms = await startKms();
afterAll(() => kms.stop());
const [number, other] = ['YT-261120-000017', 'YT-261120-000025'];

/** Counts requests to KMS. */
function counting() {
  const asked: string[] = [];
  const client = {
    send: (command: GenerateDataKeyCommand | DecryptCommand) => {
      asked.push(command.constructor.name);
      return kms.client.send(command as DecryptCommand);
    },
  } as unknown as typeof kms.client;
  return { asked, client };
}

describe('a contact', () => {
  it('is decrypted unchanged in any script, and its ciphertext does not contain it', async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        fc.record({ name: text, phone: fc.stringMatching(/^\+?\d{5,17}$/) }, { requiredKeys: [] }),
        async (contact) => {
          const sealed = await kms.sealer.seal(number, contact);
          expect(await kms.opener.open(number, sealed)).toEqual(contact);
          const { masked: _, ...kept } = sealed;
          if (contact.phone !== undefined) expect(JSON.stringify(sealed)).not.toContain(contact.phone);
          if (contact.name !== undefined && contact.name.length > 4)
            expect(JSON.stringify(kept)).not.toContain(contact.name);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('has a different ciphertext each time', async () => {
    const twice = await Promise.all([1, 2].map(() => kms.sealer.seal(number, { phone: '13800001234' })));
    expect(twice[0]?.phone).not.toBe(twice[1]?.phone);
  });

  it('is not decrypted as another field, for another report, or when modified', async () => {
    const sealed = await kms.sealer.seal(number, { name: '王小明', phone: '13800001234' });
    const { name = '', phone = '' } = sealed;
    await expect(kms.opener.open(number, { ...sealed, name: phone })).rejects.toThrow();
    await expect(kms.opener.open(other, sealed)).rejects.toThrow();
    const bytes = Buffer.from(name, 'base64');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(
        kms.opener.open(number, { ...sealed, name: changed.toString('base64') }),
      ).rejects.toThrow();
    }
  });

  it('is stored masked as well, so that showing it masked needs no decryption', async () => {
    const { masked } = await kms.sealer.seal(number, { name: '王小明', phone: '138 0000 1234' });
    expect(masked).toEqual({ name: '王*', phone: '138****1234' });
  });
});

describe('a data key', () => {
  it('is used for at most five minutes or five hundred contacts', async () => {
    const { asked, client } = counting();
    let now = 0;
    const sealer = new ContactSealer({ client, now: () => now }, contactKeyArn);
    const seal = () => sealer.seal(number, { phone: '13800001234' });
    const first = await seal();
    now = 299_999;
    expect((await seal()).dataKey).toBe(first.dataKey);
    now = 300_000;
    const second = await seal();
    expect(second.dataKey).not.toBe(first.dataKey);
    for (let count = 2; count <= 500; count += 1) expect((await seal()).dataKey).toBe(second.dataKey);
    expect((await seal()).dataKey).not.toBe(second.dataKey);
    expect(asked).toEqual(Array.from({ length: 3 }, () => 'GenerateDataKeyCommand'));
  });

  it('is requested once by concurrent callers', async () => {
    const { asked, client } = counting();
    const sealer = new ContactSealer({ client, now: () => 0 }, contactKeyArn);
    await Promise.all(Array.from({ length: 9 }, () => sealer.seal(number, { phone: '13800001234' })));
    expect(asked).toEqual(['GenerateDataKeyCommand']);
  });

  it('is decrypted once in five minutes', async () => {
    const { asked, client } = counting();
    let now = 0;
    const opener = new ContactOpener({ client, now: () => now });
    const sealed = await kms.sealer.seal(number, { phone: '13800001234' });
    for (now of [0, 299_999]) await opener.open(number, sealed);
    expect(asked).toEqual(['DecryptCommand']);
    now = 300_000;
    await opener.open(number, sealed);
    expect(asked).toHaveLength(2);
  });
});

describe('the embedded KMS', () => {
  it('decrypts a data key only with its encryption context', async () => {
    const context = { purpose: 'contact' };
    const { CiphertextBlob, Plaintext } = await kms.client.send(
      new GenerateDataKeyCommand({ KeyId: 'contacts', KeySpec: 'AES_256', EncryptionContext: context }),
    );
    const open = (EncryptionContext: Record<string, string>) =>
      kms.client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
    expect((await open(context)).Plaintext).toEqual(Plaintext);
    await expect(open({ purpose: 'another' })).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
    await expect(open({})).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
  });

  it('has only the keys of the template, and refuses unsigned requests', async () => {
    const unknown = new GenerateDataKeyCommand({ KeyId: 'another', KeySpec: 'AES_256' });
    await expect(kms.client.send(unknown)).rejects.toMatchObject({ name: 'NotFoundException' });
    const { url } = { url: String((await kms.client.config.endpoint?.())?.port) };
    const answer = await fetch(`http://127.0.0.1:${url}`, {
      method: 'POST',
      headers: { 'x-amz-target': 'TrentService.GenerateDataKey' },
      body: JSON.stringify({ KeyId: 'contacts', KeySpec: 'AES_256' }),
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('AccessDenied');
  });

  it('keeps its keys across restarts, in a file that only its owner can read', async () => {
    const file = join(kms.dataDir, 'kms-keys.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const before = readFileSync(file, 'utf8');
    const again = new KeyStore(kms.dataDir, [{ id: 'contacts', arn: contactKeyArn }]);
    expect(readFileSync(file, 'utf8')).toBe(before);
    const { dataKey } = await kms.sealer.seal(number, { phone: '13800001234' });
    expect(again.decrypt(dataKey, { purpose: 'contact' }).KeyId).toBe(contactKeyArn);
  });

  it('causes another error when unavailable than a modified contact does', async () => {
    const gone = await startKms();
    onTestFinished(() => gone.stop());
    const sealed = await gone.sealer.seal(number, { phone: '13800001234' });
    await gone.goDown();
    await expect(gone.opener.open(number, sealed)).rejects.toThrow(ContactKeyUnavailable);
    const fresh = new ContactSealer({ client: gone.client, now: () => 0 }, contactKeyArn);
    await expect(fresh.seal(number, {})).rejects.toThrow(ContactKeyUnavailable);
    // The cached data key still works.
    expect(await gone.sealer.seal(number, { phone: '13800001234' })).toHaveProperty('phone');
  });
});
