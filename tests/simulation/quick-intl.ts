/**
 * Formatters are made anew for every date; making one costs more than deciding about a report. Here each is made
 * once, which changes nothing that it says.
 */
const Original = Intl.DateTimeFormat;
const made = new Map<string, Intl.DateTimeFormat>();

const remembering = new Proxy(Original, {
  construct: (target, [locales, options]: [string | undefined, Intl.DateTimeFormatOptions | undefined]) => {
    const key = JSON.stringify([locales, options]);
    const formatter = made.get(key) ?? new target(locales, options);
    made.set(key, formatter);
    return formatter;
  },
});
Intl.DateTimeFormat = remembering;
