import type { Page } from 'playwright-core';
import type { Filed, RunningInstance } from '../support/running-instance.ts';
import { openPage, takePicture, type Screen, type Studio } from './shots.ts';

/** The resident page: the form, the receipt, a report in progress and resolved, and the list of reports. */

const sampleTexts = {
  zh: {
    description: '三号楼二单元楼道的水管接头漏水，地上全是水，老人上下楼容易滑倒。',
    address: '3号楼2单元一层',
    started: '已联系维修师傅，下午三点前到场。',
    resolved: '已更换接头并清理积水，观察一小时不再渗漏。',
  },
  en: {
    description:
      'A pipe in the hallway of building 3 is leaking; the floor is wet and slippery for old people.',
    address: 'Building 3, entrance 2, ground floor',
    started: 'The plumber has been called and will be there by 3 pm.',
    resolved: 'The joint was replaced and the water cleared; dry for an hour since.',
  },
};

/** Of the demo city: a compound, and the handler of the company responsible for leaks there. */
const estate = { path: ['qilu', 'liuan', 'tinglan-court'], handler: 'wang-wuye' };

export async function takeResidentShots(
  studio: Studio,
  instance: RunningInstance,
  screen: Screen,
  others: Filed[],
  [before, beside, after]: [Uint8Array, Uint8Array, Uint8Array],
): Promise<void> {
  const words = sampleTexts[screen.language];
  const page = await openPage(studio, screen, '/', {
    reports: others.map(({ number, trackingToken: token }) => ({
      number,
      token,
      description: '…',
      submittedAt: new Date().toISOString(),
    })),
  });
  const shoot = (name: string): Promise<void> => takePicture(studio, page, name, screen);

  await page.locator('#description').fill(words.description);
  for (const [depth, area] of estate.path.entries()) await page.locator(`#area-${depth}`).selectOption(area);
  await page.locator('#address').fill(words.address);
  await page.locator('#photos').setInputFiles(
    [before, beside].map((bytes, at) => ({
      name: `${at + 1}.jpg`,
      mimeType: 'image/jpeg',
      buffer: Buffer.from(bytes),
    })),
  );
  await page.locator('.thumbs img').nth(1).waitFor();
  await page.locator('.chip').first().waitFor();
  await shoot('form');

  await page.locator('form > .row .primary').click();
  const number = await page.locator('.sent .number').innerText();
  await page.locator('.qr').waitFor();
  await instance.processed(number);
  await shoot('sent');

  await page.locator('.sent a.primary').click();
  await page.locator('#state .assigned').waitFor();
  await instance.command(number, { type: 'start' }, estate.handler);
  await instance.command(number, { type: 'note', text: words.started }, estate.handler);
  await reload(page);
  await shoot('follow');

  await instance.command(number, { type: 'resolve', text: words.resolved }, estate.handler, [after]);
  await reload(page);
  await page.locator('.gallery .result img').waitFor();
  await shoot('follow-resolved');

  await page.goto(`${studio.url}/?mine`);
  await page.locator('.cards li').nth(others.length).waitFor();
  await shoot('mine');
  await page.context().close();
}

async function reload(page: Page): Promise<void> {
  await page.reload();
  await page.locator('#state').waitFor();
}
