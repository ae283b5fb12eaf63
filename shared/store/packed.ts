import { deflateRawSync, inflateRawSync } from 'node:zlib';
import dictionary1 from './history-dictionary-1.json' with { type: 'json' };

/**
 * JSON as stored in an item: deflated (RFC 1951) with a preset dictionary, after a byte that names the dictionary. A
 * dictionary in use is needed for ever: add another one, never change it.
 */
const dictionaries: Readonly<Record<number, Buffer>> = {
  1: Buffer.from(dictionary1.map((event) => JSON.stringify(event)).join('')),
};
const current = 1;

export function pack(value: unknown): Uint8Array {
  const options = { level: 9, memLevel: 9, dictionary: dictionaries[current] };
  return Buffer.concat([Buffer.of(current), deflateRawSync(JSON.stringify(value), options)]);
}

/** @throws without quoting the packed text: messages end in logs. */
export function unpack(bytes: Uint8Array): unknown {
  const dictionary = dictionaries[bytes[0] ?? 0];
  if (!dictionary) throw new Error(`packed with dictionary ${bytes[0] ?? 'none'}, which is not known`);
  try {
    return JSON.parse(inflateRawSync(bytes.subarray(1), { dictionary }).toString()) as unknown;
  } catch {
    throw new Error('packed bytes are damaged');
  }
}
