import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { writeDurably } from './data-folder.ts';
import { serveJson, ServiceError, type Guard } from './json-service.ts';
import type { KeyPlan } from './template/plan.ts';

/** Key material by the key's ARN, base64. */
type StoredKeys = Record<string, string>;
type Context = Record<string, string>;

const [keyBytes, nonceBytes, tagBytes] = [32, 12, 16];

/**
 * The template's keys, generated once and stored in a file that only its owner may read. Key material is never
 * returned, only data keys encrypted with it.
 */
export class KeyStore {
  readonly #material = new Map<string, Buffer>();
  readonly #arns = new Map<string, string>();

  constructor(dataDir: string, plans: KeyPlan[]) {
    const file = join(dataDir, 'kms-keys.json');
    const stored = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as StoredKeys) : {};
    const missing = plans.filter(({ arn }) => !Object.hasOwn(stored, arn));
    for (const { arn } of missing) stored[arn] = randomBytes(keyBytes).toString('base64');
    if (missing.length > 0) writeDurably(file, JSON.stringify(stored, undefined, 2));
    for (const { arn, id } of plans) {
      this.#material.set(arn, Buffer.from(stored[arn] ?? '', 'base64'));
      for (const name of [arn, id]) this.#arns.set(name, arn);
    }
  }

  generateDataKey(
    keyId: string,
    context: Context,
  ): { KeyId: string; Plaintext: string; CiphertextBlob: string } {
    const arn = this.#arns.get(keyId);
    const material = arn === undefined ? undefined : this.#material.get(arn);
    if (arn === undefined || !material)
      throw new ServiceError('NotFoundException', `Key '${keyId}' does not exist`);
    const plain = randomBytes(keyBytes);
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', material, nonce).setAAD(boundTo(arn, context));
    const text = Buffer.concat([cipher.update(plain), cipher.final()]);
    const blob = Buffer.concat([Buffer.from(`${arn}\0`), nonce, text, cipher.getAuthTag()]);
    return { KeyId: arn, Plaintext: plain.toString('base64'), CiphertextBlob: blob.toString('base64') };
  }

  /** The ARN of a ciphertext's key, from its header. */
  static keyOf(ciphertext: string): string {
    const blob = Buffer.from(ciphertext, 'base64');
    return blob.subarray(0, Math.max(0, blob.indexOf(0))).toString();
  }

  decrypt(ciphertext: string, context: Context): { KeyId: string; Plaintext: string } {
    const arn = KeyStore.keyOf(ciphertext);
    const material = this.#material.get(arn);
    const sealed = Buffer.from(ciphertext, 'base64').subarray(Buffer.byteLength(arn) + 1);
    if (!material || sealed.length < nonceBytes + tagBytes) throw invalid();
    try {
      const decipher = createDecipheriv('aes-256-gcm', material, sealed.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      })
        .setAAD(boundTo(arn, context))
        .setAuthTag(sealed.subarray(-tagBytes));
      const plain = Buffer.concat([
        decipher.update(sealed.subarray(nonceBytes, -tagBytes)),
        decipher.final(),
      ]);
      return { KeyId: arn, Plaintext: plain.toString('base64') };
    } catch {
      throw invalid();
    }
  }
}

const contextSchema = z.record(z.string(), z.string()).default({});
const dataKeyInput = z.strictObject({
  KeyId: z.string(),
  KeySpec: z.literal('AES_256'),
  EncryptionContext: contextSchema,
});
const decryptInput = z.strictObject({
  CiphertextBlob: z.string(),
  EncryptionContext: contextSchema,
});

/** GenerateDataKey and Decrypt of KMS on a loopback port. */
export function serveKeys(keys: KeyStore, guard: Guard): ReturnType<typeof serveJson> {
  return serveJson({
    service: 'kms',
    target: 'TrentService',
    guard,
    operations: {
      GenerateDataKey: {
        resource: (input) => dataKeyInput.parse(input).KeyId,
        run: (input) => {
          const { KeyId, EncryptionContext } = dataKeyInput.parse(input);
          return keys.generateDataKey(KeyId, EncryptionContext);
        },
      },
      Decrypt: {
        resource: (input) => KeyStore.keyOf(decryptInput.parse(input).CiphertextBlob),
        run: (input) => {
          const { CiphertextBlob, EncryptionContext } = decryptInput.parse(input);
          return keys.decrypt(CiphertextBlob, EncryptionContext);
        },
      },
    },
  });
}

function invalid(): ServiceError {
  // Like KMS, without the reason.
  return new ServiceError('InvalidCiphertextException', 'The ciphertext cannot be decrypted.');
}

function boundTo(arn: string, context: Context): Buffer {
  const sorted = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(JSON.stringify([arn, sorted]));
}
