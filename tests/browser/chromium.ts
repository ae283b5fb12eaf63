import { writeSync } from 'node:fs';
import { noBrowser } from '../screenshots/chromium.ts';

export { launchChromium, noBrowser } from '../screenshots/chromium.ts';

// Straight to the terminal: the runner keeps to itself what is logged by tests that do not fail.
if (noBrowser !== undefined) writeSync(2, `The browser tests are skipped: ${noBrowser}.\n`);
