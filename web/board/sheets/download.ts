/**
 * Downloads a file. The lines are streamed and never all in the page's memory, so only the disk limits their number.
 *
 * @throws what the iterator throws; then nothing is downloaded.
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
    // Some browsers replace the stream's error by one of their own.
    throw failure ?? error;
  }
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads the blob later, and may ask the user first.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
