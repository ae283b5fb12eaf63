/**
 * Replaces the global Date by one that is ahead of this machine's clock by the milliseconds in `offset`. Dates from
 * explicit parts do not change, nor does Node's own use of time: timers, sockets, the HTTP Date header.
 */
export function installVirtualDate(offset: SharedArrayBuffer): void {
  const milliseconds = new BigInt64Array(offset);
  const RealDate = Date;
  const now = (): number => RealDate.now() + Number(Atomics.load(milliseconds, 0));
  globalThis.Date = new Proxy(RealDate, {
    construct(target, parts, newTarget) {
      return Reflect.construct(target, parts.length === 0 ? [now()] : parts, newTarget) as object;
    },
    // Date() without new returns the present time as text.
    apply: () => new RealDate(now()).toString(),
    get: (target, property, receiver) =>
      property === 'now' ? now : (Reflect.get(target, property, receiver) as unknown),
  });
}
