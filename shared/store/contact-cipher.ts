import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { masked, type Contact } from '../kernel/contact.ts';

/**
 * A contact as it is stored: each field AES-256-GCM ciphertext (`nonce | ciphertext | tag`, base64), the data key
 * encrypted by KMS, and the masked form, so that showing that decrypts nothing.
 */
export type SealedContact = { masked: Contact; dataKey: string; name?: string; phone?: string };

type DataKey = { plain: Uint8Array; encrypted: string; since: number; uses: number };

/** KMS did not answer, or not as expected; nothing was sealed or opened. */
export class ContactKeyUnavailable extends Error {}

/** KMS decrypts a data key only with the context that it was created with. */
const encryptionContext = { purpose: 'contact' };
/**
 * Limits of one data key: what a stolen one can decrypt, how long it is kept. Far below GCM's limit of 2^32 messages.
 */
const dataKeyLimits = { milliseconds: 300_000, uses: 500 };
const mostKeysHeld = 100;
const [nonceBytes, tagBytes] = [12, 16];
const fields = ['name', 'phone'] as const;

export type ContactCipherOptions = {
  client: KMSClient;
  /** Milliseconds of a monotonic clock. */
  now: () => number;
  /** Returns that many random bytes, as `crypto.randomBytes`. */
  random?: (bytes: number) => Uint8Array;
};

/** Encrypts contacts with data keys of one KMS key. It cannot decrypt them. */
export class ContactSealer {
  readonly #options: ContactCipherOptions;
  readonly #keyId: string;
  #current: Promise<DataKey> | undefined;

  constructor(options: ContactCipherOptions, keyId: string) {
    this.#options = options;
    this.#keyId = keyId;
  }

  /**
   * @param number of the report: a sealed contact cannot be moved to another one.
   * @throws ContactKeyUnavailable
   */
  async seal(number: string, contact: Contact): Promise<SealedContact> {
    const key = await this.#key();
    const sealed: SealedContact = { masked: masked(contact), dataKey: key.encrypted };
    for (const field of fields) {
      const value = contact[field];
      if (value === undefined) continue;
      const nonce = (this.#options.random ?? randomBytes)(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key.plain, nonce).setAAD(boundTo(number, field));
      const text = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
      sealed[field] = Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64');
    }
    return sealed;
  }

  async #key(): Promise<DataKey> {
    const now = this.#options.now();
    try {
      let key = await (this.#current ??= this.#generate(now));
      if (now - key.since >= dataKeyLimits.milliseconds || key.uses >= dataKeyLimits.uses)
        key = await (this.#current = this.#generate(now));
      key.uses += 1;
      return key;
    } catch (cause) {
      this.#current = undefined;
      throw new ContactKeyUnavailable('no data key', { cause });
    }
  }

  async #generate(since: number): Promise<DataKey> {
    const { Plaintext, CiphertextBlob } = await this.#options.client.send(
      new GenerateDataKeyCommand({
        KeyId: this.#keyId,
        KeySpec: 'AES_256',
        EncryptionContext: encryptionContext,
      }),
    );
    if (!Plaintext || !CiphertextBlob) throw new Error('KMS answered without a data key');
    return { plain: Plaintext, encrypted: Buffer.from(CiphertextBlob).toString('base64'), since, uses: 0 };
  }
}

/** Decrypts contacts. */
export class ContactOpener {
  readonly #options: ContactCipherOptions;
  /** Oldest first. */
  readonly #keys = new Map<string, { plain: Uint8Array; until: number }>();

  constructor(options: ContactCipherOptions) {
    this.#options = options;
  }

  /** @throws ContactKeyUnavailable, or an Error when the contact was changed or belongs to another report. */
  async open(number: string, sealed: SealedContact): Promise<Contact> {
    const key = await this.#key(sealed.dataKey);
    const contact: Contact = {};
    for (const field of fields) {
      const value = sealed[field];
      if (value === undefined) continue;
      const bytes = Buffer.from(value, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      })
        .setAAD(boundTo(number, field))
        .setAuthTag(bytes.subarray(-tagBytes));
      const text = bytes.subarray(nonceBytes, -tagBytes);
      contact[field] = Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8');
    }
    return contact;
  }

  async #key(encrypted: string): Promise<Uint8Array> {
    const now = this.#options.now();
    for (const [held, { until }] of this.#keys)
      if (until <= now || this.#keys.size > mostKeysHeld) this.#keys.delete(held);
    const known = this.#keys.get(encrypted);
    if (known) return known.plain;
    try {
      const { Plaintext } = await this.#options.client.send(
        new DecryptCommand({
          CiphertextBlob: Buffer.from(encrypted, 'base64'),
          EncryptionContext: encryptionContext,
        }),
      );
      if (!Plaintext) throw new Error('KMS answered without a data key');
      this.#keys.set(encrypted, { plain: Plaintext, until: now + dataKeyLimits.milliseconds });
      return Plaintext;
    } catch (cause) {
      throw new ContactKeyUnavailable('the data key cannot be opened', { cause });
    }
  }
}

/** The additional authenticated data: binds a ciphertext to one field of one report. */
function boundTo(number: string, field: string): Buffer {
  return Buffer.from(`${number}\0${field}`);
}
