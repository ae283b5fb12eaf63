import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { crash } from './crash.ts';

/** `npm run crash -- --kills N --seed S` kills the running product at random times, then checks its data. */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
  },
});
const dataDir = mkdtempSync(join(tmpdir(), 'suishoubao-crash-'));
const began = performance.now();
const result = await crash({
  kills: Number(values.kills),
  seed: Number(values.seed),
  dataDir,
  say: (line) => {
    console.log(line);
  },
});
for (const problem of result.problems) console.log(`WRONG ${problem}`);
console.log(
  [
    `kills ${values.kills}  seed ${values.seed}  wrong ${result.problems.length}  ${Math.round((performance.now() - began) / 1000)} s`,
    `reports ${result.reports}  parts ${result.parts}  commands ${result.commands}  events ${result.events}  notices ${result.notices}  photos ${result.photos}  redriven ${result.redriven}`,
    `slowest start ${Math.round(result.slowestStart)} ms  unanswered ${result.unanswered.map(([how, times]) => `${how}: ${times}`).join(', ')}`,
  ].join('\n'),
);
if (values.keep || result.problems.length > 0) console.log(`data ${dataDir}`);
else rmSync(dataDir, { recursive: true, force: true });
process.exitCode = result.problems.length > 0 ? 1 : 0;
