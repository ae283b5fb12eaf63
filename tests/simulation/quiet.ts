/**
 * The product logs each failure, and the simulation makes thousands: only what is said by way of the answered
 * function is written.
 */
export function quietly(): (line: string) => void {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = () => true;
  console.error = () => undefined;
  console.warn = () => undefined;
  console.info = () => undefined;
  return (line) => {
    write(`${line}\n`);
  };
}
