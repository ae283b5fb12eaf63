/**
 * `npm run bench` measures the product as it stands on this machine; `npm run bench -- pages` how much its pages load,
 * and how soon they can be used on a slow telephone; `npm run bench -- clocks` how fast a due time is computed;
 * `npm run bench -- sweep` the sweep of a table with a million open reports; `npm run bench -- units` what a report's
 * lifecycle costs in DynamoDB's write units; `npm run bench -- conversion` how long the first start on a former version's data
 * folder takes;
 * `npm run bench -- growth` every list beside a thousand open reports and beside a hundred thousand.
 */
const benches = {
  product: () => import('./product.ts'),
  pages: () => import('./pages.ts'),
  clocks: () => import('./clocks.ts'),
  sweep: () => import('./sweep.ts'),
  units: () => import('./units.ts'),
  conversion: () => import('./conversion.ts'),
  growth: () => import('./growth.ts'),
};

const name = process.argv[2] ?? 'product';
const bench = Object.entries(benches).find(([each]) => each === name);
if (!bench) throw new Error(`no bench "${name}": there are ${Object.keys(benches).join(', ')}`);
await bench[1]();
