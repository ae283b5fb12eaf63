import { writeSync } from 'node:fs';
import { noBrowser } from '../screenshots/chromium.ts';

export { launchChromium, noBrowser } from '../screenshots/chromium.ts';

// Written directly to the terminal, because the runner hides the logs of passing tests.
if (noBrowser !== undefined) writeSync(2, `The browser tests are skipped: ${noBrowser}.\n`);
