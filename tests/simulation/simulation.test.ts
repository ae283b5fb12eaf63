import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { mutants, planted } from './mutants.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

/** What `npm run simulate` says; it throws what was said when something was not as it should be. */
async function simulate(...options: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...options]);
  return stdout;
}

it.each(mutants)('finds the code to replace for "$name"', (mutant) => {
  const source = readFileSync(new URL(`../../${mutant.file}`, import.meta.url), 'utf8');
  expect(planted(mutant, source)).not.toBe(source);
});

describe.concurrent('the simulation', () => {
  it('finds no violated invariant', async () => {
    expect(await simulate('--seeds', '5', '--reports', '8')).toMatch(/^seeds 5 {2}failed 0/m);
  });

  it('finds planted bugs', async () => {
    const words = ['forgets its condition', 'counts what it has counted', 'says success', 'is not escalated'];
    const said = await simulate('--mutants', '--named', words.join(), '--reports', '6');
    expect(said).toContain('mutants 4  found 4  not found 0');
  });

  it('repeats the run of a seed exactly', async () => {
    const [once, again] = [await trace(), await trace()];
    expect(once.length).toBeGreaterThan(100);
    expect(once).toEqual(again);
  });
});

async function trace(): Promise<string[]> {
  const said = await simulate('--seed', '3', '--reports', '5', '--trace');
  // The last line says how long it took.
  return said.split('\n').slice(0, -2);
}
