/**
 * Puts a Date in place that runs ahead of this machine's by the milliseconds in `offset`. Dates made from given parts
 * stay what they are, and so does what Node itself does with time: timers, sockets, the HTTP Date header.
 */
export function installVirtualDate(offset: SharedArrayBuffer): void {
  const milliseconds = new BigInt64Array(offset);
  const RealDate = Date;
  const now = (): number => RealDate.now() + Number(Atomics.load(milliseconds, 0));
  globalThis.Date = new Proxy(RealDate, {
    construct(target, parts, newTarget) {
      return Reflect.construct(target, parts.length === 0 ? [now()] : parts, newTarget) as object;
    },
    // Date() without new answers the present as text.
    apply: () => new RealDate(now()).toString(),
    get: (target, property, receiver) =>
      property === 'now' ? now : (Reflect.get(target, property, receiver) as unknown),
  });
}
