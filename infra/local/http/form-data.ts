import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';

/** The form is not multipart/form-data, is truncated, or its fields are too long. */
export class MalformedForm extends Error {}

export type Form = {
  /** The fields before the file, with their names as sent. */
  fields: Map<string, string>;
  /** Undefined if the form has no file. Its name has no folders. Fields after the file are ignored. */
  file: { name: string; content: AsyncIterable<Buffer> } | undefined;
};

/** S3's limit for everything but the file, plus at most one chunk. */
const maxFieldsBytes = 20_480;

/**
 * Reads a multipart form up to its field `file`, whose content the caller reads as a stream. Memory holds only the
 * fields and one chunk.
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
      // The parser emits an error without destroying the stream, so a later reader would wait forever.
      file.on('error', (error) => file.destroy(error));
      // A copy, since the parser also adds the fields after the file.
      resolve({ fields: new Map(fields), file: { name: name ?? '', content: contentOf(file) } });
    });
    parser.on('finish', () => {
      resolve({ fields, file: undefined });
    });
    parser.on('error', (error) => {
      reject(
        error instanceof MalformedForm ? error : new MalformedForm('not a multipart form', { cause: error }),
      );
    });
  });

  const feed = async (): Promise<void> => {
    // Not `for await`, which would close the stream: the caller reads the rest after a refusal.
    const chunks = stream[Symbol.asyncIterator]();
    let bytes = 0;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
      if (!parser.write(next.value)) await once(parser, 'drain');
      bytes += next.value.length;
      if (!content && bytes > maxFieldsBytes) throw new MalformedForm('the fields are too long');
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
      limits: { files: 1, headerSize: maxFieldsBytes },
    });
  } catch (cause) {
    throw new MalformedForm('no boundary', { cause });
  }
}

async function* contentOf(file: Readable): AsyncGenerator<Buffer> {
  try {
    yield* file as AsyncIterable<Buffer>;
  } catch (cause) {
    throw new MalformedForm('the form is truncated', { cause });
  }
}
