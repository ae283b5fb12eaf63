/**
 * `npm run bench` measures the product on this machine; `npm run bench -- pages` how much the pages load and how soon
 * they are usable on a slow phone; `-- clocks` how fast a due time is computed; `-- sweep` the sweep of a table with a
 * million open reports; `-- units` the DynamoDB write units of a report's lifecycle; `-- conversion` the first start on
 * a former version's data folder; `-- growth` every list with a thousand and with a hundred thousand open reports.
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
