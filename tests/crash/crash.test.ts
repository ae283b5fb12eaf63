import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { copyTemplates } from '../support/templates.ts';
import { crash } from './crash.ts';

/** `npm run crash` kills more often. */
it('an instance killed repeatedly keeps everything it confirmed, exactly once', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'suishoubao-crash-'));
  copyTemplates(dataDir);
  try {
    const { problems, reports, photos, commands } = await crash({
      kills: 3,
      seed: 2,
      dataDir,
      say: (line) => {
        console.log(line);
      },
    });
    expect(problems).toEqual([]);
    expect(Math.min(reports, photos, commands)).toBeGreaterThan(0);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});
