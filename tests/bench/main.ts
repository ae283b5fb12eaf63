/**
 * `npm run bench` measures the product as it stands on this machine; `npm run bench -- pages` how much its pages load,
 * and how soon they can be used on a slow telephone; `npm run bench -- clocks` how fast a due time is reckoned;
 * `npm run bench -- sweep` the sweep of a table with a million open reports; `npm run bench -- units` what a report's
 * lifecycle costs in DynamoDB's write units.
 */
const benches = {
  product: () => import('./product.ts'),
  pages: () => import('./pages.ts'),
  clocks: () => import('./clocks.ts'),
  sweep: () => import('./sweep.ts'),
  units: () => import('./units.ts'),
};

const name = process.argv[2] ?? 'product';
const bench = Object.entries(benches).find(([each]) => each === name);
if (!bench) throw new Error(`no bench "${name}": there are ${Object.keys(benches).join(', ')}`);
await bench[1]();
