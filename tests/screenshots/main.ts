import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { makePicture } from '../demo/pictures.ts';
import { launchChromium, noBrowser } from '../browser/chromium.ts';
import { RunningInstance } from '../support/running-instance.ts';
import { takeResidentShots } from './resident-shots.ts';
import { type Screen, type Studio } from './shots.ts';
import { takeStaffShots } from './staff-shots.ts';

/**
 * Takes screenshots of every page, in phone and desktop size in Chinese, and in one size in English. The instance must
 * be running, with the demo's data (`npm run demo`); the reports shown in detail are filed here.
 */
const usage = `npm run screenshots -- [--url URL] [--out FOLDER]

  给运行中的实例的每个页面拍照（先 npm run demo）。
  Takes a picture of every page of a running instance (npm run demo first).

  --url  运行中的实例 / the running instance (http://127.0.0.1:$PORT, PORT 3000)
  --out  图片目录 / where the pictures go (docs/pictures)
`;

const values = readOptions();

function readOptions(): { url: string; out: string } {
  try {
    const { help, ...given } = parseArgs({
      options: {
        url: { type: 'string', default: `http://127.0.0.1:${process.env['PORT'] ?? '3000'}` },
        out: { type: 'string', default: resolve(import.meta.dirname, '../..', 'docs/pictures') },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
    if (!help) return given;
    console.log(usage);
    process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(1);
  }
}

if (noBrowser !== undefined) {
  console.error(noBrowser);
  process.exit(1);
}
const instance = new RunningInstance(values.url);
const running = await fetch(`${values.url}/local/health`).catch(() => undefined);
if (!running?.ok) {
  console.error(
    `没有在 ${values.url} 找到运行中的实例，请先 npm start。 Nothing runs at ${values.url}: npm start first.`,
  );
  process.exit(1);
}

const photos = await Promise.all([0, 2, 9, 13].map(async (at) => (await makePicture(1, at)).bytes));
const [one, two, three, four] = photos as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
const others = [
  await instance.file({
    description: '小区北门路灯连着三盏不亮，晚上很黑。',
    location: { area: 'tinglan-court' },
  }),
  await instance.file(
    {
      description: '二号楼电梯运行时有异响，门关不严，请尽快检查。',
      location: { area: 'tinglan-court', address: '2号楼' },
      contact: { name: '李女士', phone: '13800138000' },
    },
    [three, four],
  ),
];
const opened = others[1]?.number ?? '';
await instance.processed(opened);

const browser = await launchChromium();
const studio: Studio = { browser, url: values.url, folder: values.out, report: console.log };
try {
  const chinese: Screen[] = [
    { width: 360, language: 'zh' },
    { width: 1440, language: 'zh' },
  ];
  for (const screen of [...chinese, { width: 360, language: 'en' } as const])
    await takeResidentShots(studio, instance, screen, others, [one, two, four]);
  for (const screen of [...chinese, { width: 1440, language: 'en' } as const])
    await takeStaffShots(studio, screen, opened);
} finally {
  await browser.close();
}
