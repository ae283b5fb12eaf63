/** A form could not be read: it is no multipart/form-data, ends too soon, or its fields are too long. */
export class MalformedForm extends Error {}

export type Form = {
  /** Those before the file, with their names as sent. */
  fields: Map<string, string>;
  /** Undefined if the form ends without one. What follows it in the form is not read. */
  file: { name: string; content: AsyncIterable<Buffer> } | undefined;
};

/** S3's own limit for all that is not the file. */
const largestFieldsBytes = 20_480;

/**
 * Reads a multipart form up to its field `file`, whose content is then to be read from the stream. No more is held in
 * memory than the fields and one chunk.
 */
export async function readForm(stream: AsyncIterable<Buffer>, contentType: string): Promise<Form> {
  const boundary = /^multipart\/form-data\s*;.*?\bboundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(
    contentType,
  );
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) throw new MalformedForm('no boundary');
  const delimiter = Buffer.from(`\r\n--${mark}`);
  const reader = new Reader(stream);
  const fields = new Map<string, string>();
  let bytesLeft = largestFieldsBytes;

  await reader.until(delimiter, bytesLeft);
  for (;;) {
    const after = await reader.take(2);
    if (after.equals(Buffer.from('--'))) return { fields, file: undefined };
    if (!after.equals(Buffer.from('\r\n'))) throw new MalformedForm('no line end after a boundary');
    const head = (await reader.until(Buffer.from('\r\n\r\n'), bytesLeft)).toString('utf8');
    const disposition = /^content-disposition\s*:\s*form-data\s*;(.*)$/im.exec(head)?.[1] ?? '';
    const name = parameter(disposition, 'name');
    if (name === undefined) throw new MalformedForm('a part without a name');
    if (name.toLowerCase() === 'file') {
      return {
        fields,
        file: { name: parameter(disposition, 'filename') ?? '', content: reader.contentUntil(delimiter) },
      };
    }
    const value = await reader.until(delimiter, bytesLeft);
    bytesLeft -= head.length + value.length;
    fields.set(name, value.toString('utf8'));
  }
}

function parameter(disposition: string, name: string): string | undefined {
  const match = new RegExp(`(?:^|[;\\s])${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, 'i').exec(
    disposition,
  );
  return match?.[1] ?? match?.[2];
}

class Reader {
  readonly #chunks: AsyncIterator<Buffer>;
  // The first boundary stands without the line end that comes before every other one.
  #buffer: Buffer = Buffer.from('\r\n');

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async #more(): Promise<void> {
    const next = await this.#chunks.next();
    if (next.done === true) throw new MalformedForm('the form ends too soon');
    this.#buffer = this.#buffer.length === 0 ? next.value : Buffer.concat([this.#buffer, next.value]);
  }

  async take(count: number): Promise<Buffer> {
    while (this.#buffer.length < count) await this.#more();
    return this.#cut(count, 0);
  }

  /** What stands before the mark, which is passed over too. */
  async until(mark: Buffer, limit: number): Promise<Buffer> {
    let from = 0;
    for (;;) {
      const at = this.#buffer.indexOf(mark, from);
      if (at > limit || (at < 0 && this.#buffer.length > limit + mark.length))
        throw new MalformedForm('the fields are too long');
      if (at >= 0) return this.#cut(at, mark.length);
      from = Math.max(0, this.#buffer.length - mark.length + 1);
      await this.#more();
    }
  }

  async *contentUntil(mark: Buffer): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#buffer.indexOf(mark);
      if (at >= 0) {
        if (at > 0) yield this.#cut(at, 0);
        return;
      }
      // The mark may have begun.
      const safe = this.#buffer.length - mark.length + 1;
      if (safe > 0) yield this.#cut(safe, 0);
      await this.#more();
    }
  }

  #cut(count: number, skip: number): Buffer {
    const taken = this.#buffer.subarray(0, count);
    this.#buffer = this.#buffer.subarray(count + skip);
    return taken;
  }
}
