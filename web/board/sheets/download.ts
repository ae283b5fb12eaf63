/**
 * Hands a file to the browser to keep. The lines are taken as they come and never lie in the page's memory
 * together, so their number has no limit but the disk's.
 *
 * @throws what the lines throw; nothing is kept then.
 */
export async function download(name: string, lines: Iterable<string> | AsyncIterable<string>): Promise<void> {
  const encoder = new TextEncoder();
  const from = Symbol.asyncIterator in lines ? lines[Symbol.asyncIterator]() : lines[Symbol.iterator]();
  let failure: unknown;
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await from.next();
        if (done === true) controller.close();
        else controller.enqueue(encoder.encode(value));
      } catch (error) {
        failure = error;
        controller.error(error);
      }
    },
  });
  let blob: Blob;
  try {
    blob = await new Response(stream, { headers: { 'content-type': 'text/csv;charset=utf-8' } }).blob();
  } catch (error) {
    // Some browsers put an error of their own in the place of the stream's.
    throw failure ?? error;
  }
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads it after this turn, and may ask the person first.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
