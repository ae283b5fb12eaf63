import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';

/** A form could not be read: it is no multipart/form-data, ends too soon, or its fields are too long. */
export class MalformedForm extends Error {}

export type Form = {
  /** Those before the file, with their names as sent. */
  fields: Map<string, string>;
  /** Undefined if the form ends without one. Its name has no folders. What follows it in the form is ignored. */
  file: { name: string; content: AsyncIterable<Buffer> } | undefined;
};

/** S3's own limit for all that is not the file; held here to one chunk. */
const largestFieldsBytes = 20_480;

/**
 * Reads a multipart form up to its field `file`, whose content is then to be read from the stream. No more is held in
 * memory than the fields and one chunk.
 */
export async function readForm(stream: AsyncIterable<Buffer>, contentType: string): Promise<Form> {
  const parser = parserFor(contentType);
  const fields = new Map<string, string>();
  let content: Readable | undefined;

  const form = new Promise<Form>((resolve, reject) => {
    parser.on('field', (name: string | undefined, value) => {
      if (name === undefined) parser.destroy(new MalformedForm('a part without a name'));
      else fields.set(name, value);
    });
    parser.on('file', (_, file, name: string | undefined) => {
      content = file;
      // The parser emits an error without destroying the stream: a reader that comes later would wait forever.
      file.on('error', (error) => file.destroy(error));
      // A copy, as the parser goes on to the fields behind the file.
      resolve({ fields: new Map(fields), file: { name: name ?? '', content: contentOf(file) } });
    });
    parser.on('finish', () => {
      resolve({ fields, file: undefined });
    });
    parser.on('error', (error) => {
      reject(
        error instanceof MalformedForm ? error : new MalformedForm('no multipart form', { cause: error }),
      );
    });
  });

  const feed = async (): Promise<void> => {
    // By hand, as a loop would close the stream, which the caller reads on after a refusal.
    const chunks = stream[Symbol.asyncIterator]();
    let bytes = 0;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
      if (!parser.write(next.value)) await once(parser, 'drain');
      bytes += next.value.length;
      if (!content && bytes > largestFieldsBytes) throw new MalformedForm('the fields are too long');
    }
    parser.end();
  };
  feed().catch((error: unknown) => {
    (content ?? parser).destroy(error as Error);
  });
  return form;
}

function parserFor(contentType: string): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      isPartAFile: (name) => name?.toLowerCase() === 'file',
      limits: { files: 1, headerSize: largestFieldsBytes },
    });
  } catch (cause) {
    throw new MalformedForm('no boundary', { cause });
  }
}

async function* contentOf(file: Readable): AsyncGenerator<Buffer> {
  try {
    yield* file as AsyncIterable<Buffer>;
  } catch (cause) {
    throw new MalformedForm('the form ends too soon', { cause });
  }
}
