import type { Page } from 'playwright-core';
import { openPage, takePicture, type Screen, type Studio } from './shots.ts';

/** The desk of the company responsible for the report, and the manager's board. */
export async function takeStaffShots(studio: Studio, screen: Screen, number: string): Promise<void> {
  const desk = await signedIn(studio, screen, '/desk/', 'wang-wuye');
  await desk
    .getByText(/YT-\d{6}-/)
    .first()
    .waitFor();
  await takePicture(studio, desk, 'desk', screen);
  await desk.goto(`${studio.url}/desk/#/reports/${number}`);
  await desk.getByText(number).last().waitFor();
  await desk.locator('main img').first().waitFor();
  await takePicture(studio, desk, 'desk-report', screen);
  await desk.context().close();

  const board = await signedIn(studio, screen, '/board/', 'admin');
  await board.locator('main canvas, main svg, main table').first().waitFor();
  await takePicture(studio, board, 'board', screen);
  await board.context().close();
}

/** Signs in on the local sign-in page, which lists the city's staff. */
async function signedIn(studio: Studio, screen: Screen, path: string, user: string): Promise<Page> {
  const page = await openPage(studio, screen, path);
  await page.locator('main .primary, #app .primary').first().click();
  await page.locator(`button[value="${user}"]`).click();
  await page.waitForURL((url) => url.pathname === path);
  return page;
}
