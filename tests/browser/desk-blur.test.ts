import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { Filed } from '../support/running-instance.ts';
import { barriers } from './barriers.ts';
import { photoFile } from './photo.ts';
import { describeInBrowser, startProductPages } from './pages.ts';
import { desktop, phone, picture, sidewaysPixels } from './visit.ts';

type Photo = {
  id: string;
  status: string;
  url?: string;
  blurredUrl?: string;
  blur?: { regions: { x: number; y: number; width: number; height: number }[]; isReady: boolean };
};

describeInBrowser('blurring a photo', () => {
  const product = startProductPages();

  /** A report of Kangning's property company with one cleaned photo. */
  async function filed(): Promise<Filed> {
    const { buffer } = await photoFile('leak.jpg', '#2d5c8a');
    return product.instance.file({ description: '三号楼漏水', location: { area: 'tinglan-court' } }, [
      buffer,
    ]);
  }

  /** Waits until the first photo, as staff see it, meets a condition. */
  async function blurredPhoto(number: string): Promise<Photo> {
    return eventually(async () => {
      const { photos } = await product.instance.report<{ photos: Photo[] }>(number);
      return photos.find(({ blur }) => blur?.isReady === true);
    });
  }

  async function opened(number: string, options: BrowserContextOptions): Promise<Page> {
    const page = await product.openAs('王师傅', `/desk/#/reports/${number}`, options);
    await page.getByRole('button', { name: '第 1 张照片打码' }).click();
    // The image has a size only when loaded.
    await expect
      .poll(() => page.evaluate<number>("document.querySelector('.stage img').naturalWidth"))
      .toBeGreaterThan(0);
    return page;
  }

  it('works by mouse: drawing, moving, undo, preview and sending', async () => {
    const { number, trackingToken: token } = await filed();
    const page = await opened(number, desktop);
    const drag = async (from: [number, number], to: [number, number]): Promise<void> => {
      const box = (await page.locator('.stage').boundingBox()) ?? expect.fail();
      const at = (x: number, y: number): [number, number] => [box.x + x * box.width, box.y + y * box.height];
      await page.mouse.move(...at(...from));
      await page.mouse.down();
      await page.mouse.move(...at(...to), { steps: 4 });
      await page.mouse.up();
    };
    await page.getByRole('button', { name: '确认打码' }).click();
    await page.getByText('请先框选要打码的区域').waitFor();
    await page.locator('.stage').scrollIntoViewIfNeeded();
    await drag([0.2, 0.2], [0.4, 0.5]);
    await drag([0.3, 0.3], [0.5, 0.4]);
    await drag([0.7, 0.7], [0.9, 0.9]);
    expect(await page.locator('.region').count()).toBe(2);
    await page.getByRole('button', { name: '撤销' }).click();
    expect(await page.locator('.region').count()).toBe(1);
    await page.getByRole('button', { name: '预览' }).click();
    expect(await page.getByRole('button', { name: '预览' }).getAttribute('aria-pressed')).toBe('true');
    await picture(page, 'desk-blur-1440');
    expect(await barriers(page)).toEqual([]);
    await page.getByRole('button', { name: '确认打码' }).click();
    await page.getByRole('button', { name: '第 1 张照片已打码，修改' }).waitFor();

    const photo = await blurredPhoto(number);
    expect(photo.blur?.regions).toHaveLength(1);
    const [region] = photo.blur?.regions ?? [];
    for (const [side, wanted] of Object.entries({ x: 0.4, y: 0.3, width: 0.2, height: 0.3 }))
      expect(region?.[side as 'x'], side).toBeCloseTo(wanted, 1);
    const { json } = await product.instance.call('GET', `/api/reports/${number}`, { token });
    const [shown] = json['photos'] as Photo[];
    expect(shown?.url).toContain('/blurred-');
    expect(shown?.blur).toBeUndefined();
  });

  it('works by keyboard alone, and on a narrow screen', async () => {
    const { number } = await filed();
    const page = await opened(number, { ...desktop, viewport: phone });
    await page.getByRole('button', { name: '添加区域' }).focus();
    await page.keyboard.press('Enter');
    const region = page.getByRole('button', { name: /^打码区域 1/ });
    await expect
      .poll(() => page.evaluate<boolean>("document.activeElement.className === 'region'"))
      .toBe(true);
    for (let count = 0; count < 10; count += 1) await page.keyboard.press('ArrowLeft');
    for (let count = 0; count < 5; count += 1) await page.keyboard.press('Shift+ArrowDown');
    expect(await region.getAttribute('aria-label')).toBe('打码区域 1：左 30%，上 40%，宽 20%，高 25%');
    await page.getByRole('button', { name: '添加区域' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.region').count()).toBe(2);
    await page.keyboard.press('Delete');
    await expect.poll(() => page.locator('.region').count()).toBe(1);
    expect(await sidewaysPixels(page)).toBe(0);
    await picture(page, 'desk-blur-360');
    expect(await barriers(page)).toEqual([]);
    await page.getByRole('button', { name: '确认打码' }).focus();
    await page.keyboard.press('Enter');
    const photo = await blurredPhoto(number);
    const [only, ...others] = photo.blur?.regions ?? [];
    expect(others).toEqual([]);
    for (const [side, wanted] of Object.entries({ x: 0.3, y: 0.4, width: 0.2, height: 0.25 }))
      expect(only?.[side as 'x'], side).toBeCloseTo(wanted, 3);
  });

  it('is translated into English', async () => {
    const { number } = await filed();
    const page = await opened(number, desktop);
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Blur photos' }).waitFor();
    await page.getByRole('button', { name: 'Apply blur' }).click();
    await page.getByText('Please draw the areas to blur first.').waitFor();
    await page.getByRole('button', { name: 'Add an area' }).click();
    await page
      .getByRole('button', { name: 'Blurred area 1: left 40%, top 40%, width 20%, height 20%' })
      .waitFor();
    expect(await sidewaysPixels(page)).toBe(0);
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'desk-blur-en-1440');
    await page.getByRole('button', { name: 'Apply blur' }).click();
    await page.getByRole('button', { name: 'Photo 1 is blurred; edit' }).waitFor();
  });
});
