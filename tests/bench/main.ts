/**
 * `npm run bench` measures the product as it stands on this machine; `npm run bench -- pages` how much its pages load,
 * and how soon they can be used on a slow telephone.
 */
const benches = {
  product: () => import('./product.ts'),
  pages: () => import('./pages.ts'),
};

const name = process.argv[2] ?? 'product';
const bench = Object.entries(benches).find(([each]) => each === name);
if (!bench) throw new Error(`no bench "${name}": there are ${Object.keys(benches).join(', ')}`);
await bench[1]();
