import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';
import { summary } from './summary.ts';

/**
 * `npm run fuzz -- --requests N --seed S` sends hostile requests to an instance of its own and checks every response.
 * `--minutes M` limits the time; `--only 17,230` sends only these, by the index that a failure prints. Exit code 1 if
 * any response is wrong.
 */
const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    lanes: { type: 'string', default: '8' },
    minutes: { type: 'string', default: 'Infinity' },
    only: { type: 'string' },
  },
});
const dataDir = mkdtempSync(join(tmpdir(), 'suishoubao-fuzz-'));
const result = await fuzz({
  requests: Number(values.requests),
  seeds: [Number(values.seed)],
  lanes: Number(values.lanes),
  minutes: Number(values.minutes),
  dataDir,
  ...(values.only !== undefined && { only: values.only.split(',').map(Number) }),
  say: (line) => {
    console.info(line);
  },
});
for (const line of summary(result)) console.info(line);
rmSync(dataDir, { recursive: true, force: true });
process.exit(result.failures.length + result.logged.length > 0 ? 1 : 0);
