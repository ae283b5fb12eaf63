import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { describeInBrowser, startSitePages } from './pages.ts';

describeInBrowser('accessibility of the resident page', () => {
  const site = startSitePages();

  async function open(
    options: BrowserContextOptions = {},
    before?: (page: Page) => Promise<unknown>,
  ): Promise<Page> {
    const page = await site.open('about:blank', options);
    await before?.(page);
    await page.goto(site.url);
    await page.getByRole('heading', { level: 1 }).waitFor();
    return page;
  }

  it("shows elders' mode step by step, in large type, and remembers the mode", async () => {
    const page = await open();
    await page.getByRole('button', { name: '长辈版' }).click();
    await page.getByText('第 1 步，共 5 步').waitFor();
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByText('请填写问题描述').waitFor();
    await page.getByRole('textbox', { name: '问题描述' }).fill('楼道灯不亮，看不清台阶');
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByRole('heading', { name: '拍张照片' }).waitFor();
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
    expect(await page.getByLabel('街道').isVisible()).toBe(false);
    expect(await smallest(page)).toEqual({
      type: expect.toSatisfy(atLeast(20)),
      target: expect.toSatisfy(atLeast(56)),
    });
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByLabel('街道').waitFor();
    expect(await smallest(page)).toEqual({
      type: expect.toSatisfy(atLeast(20)),
      target: expect.toSatisfy(atLeast(56)),
    });
    await page.reload();
    await page.getByText('第 1 步，共 5 步').waitFor();
    for (let step = 0; step < 3; step += 1) await page.getByRole('button', { name: '下一步' }).click();
    await page.getByLabel('电话').fill('call me');
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByRole('heading', { name: '核对后提交' }).waitFor();
    // The step with the error is shown.
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByText('电话号码只能包含数字').waitFor();
    await page.getByRole('heading', { name: '怎么联系您' }).waitFor();
    await page.getByLabel('电话').fill('');
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByText('提交之后').waitFor();
    expect(await smallest(page)).toEqual({
      type: expect.toSatisfy(atLeast(20)),
      target: expect.toSatisfy(atLeast(56)),
    });
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByRole('heading', { name: '已提交' }).waitFor();
  });

  it('takes dictation where the browser supports it', async () => {
    const page = await open({}, (opened) => opened.addInitScript(fakeRecognition));
    const speak = page.getByRole('button', { name: '语音输入' });
    await speak.click();
    await page.getByText('录音可能会传给浏览器厂商').waitFor();
    await page.evaluate("window.recognition.say('三号楼电梯坏了')");
    await page.getByRole('button', { name: '完成' }).click();
    await page.getByText('已填入上面的描述').waitFor();
    expect(await page.getByRole('textbox', { name: '问题描述' }).inputValue()).toBe('三号楼电梯坏了');
    await speak.click();
    await page.evaluate("window.recognition.fail('not-allowed')");
    await page.getByText('浏览器未允许使用麦克风').waitFor();
  });

  it('offers no dictation where the browser does not support it', async () => {
    const page = await open({}, (opened) =>
      opened.addInitScript('delete window.webkitSpeechRecognition; delete window.SpeechRecognition;'),
    );
    expect(await page.getByRole('button', { name: '语音输入' }).count()).toBe(0);
  });

  it('shares the link where the device supports it', async () => {
    const page = await open({}, (opened) =>
      opened.addInitScript('navigator.share = async (what) => { window.shared = what; }'),
    );
    await page.getByRole('textbox', { name: '问题描述' }).fill('路灯不亮');
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByRole('button', { name: '分享链接' }).click();
    const number = await page.locator('.number').innerText();
    expect(await page.evaluate('window.shared')).toEqual({
      title: `上报 ${number}`,
      url: expect.stringContaining(`?report=${number}#`),
    });
  });
});

const atLeast =
  (pixels: number) =>
  (value: number): boolean =>
    value >= pixels;

/** The smallest visible type and control height, except for links within a sentence. */
function smallest(page: Page): Promise<{ type: number; target: number }> {
  return page.evaluate(`(() => {
    const seen = [...document.querySelectorAll('body *')].filter(
      (element) => element.offsetWidth > 1 && !element.closest('.visually-hidden, .skip'),
    );
    const texts = seen.filter(({ childNodes }) =>
      [...childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()),
    );
    const controls = seen.filter((element) =>
      element.matches('button, select, textarea, input:not([type=radio], [type=file]), label:has(input), nav a'),
    );
    return {
      type: Math.min(...texts.map((element) => parseFloat(getComputedStyle(element).fontSize))),
      target: Math.min(...controls.map((element) => element.offsetHeight)),
    };
  })()`);
}

/** A fake speech recognition that returns the test's phrases. */
const fakeRecognition = `
  window.webkitSpeechRecognition = class {
    start() { window.recognition = this; }
    say(words) { this.onresult({ resultIndex: 0, results: [{ isFinal: true, 0: { transcript: words } }] }); }
    fail(error) { this.onerror({ error }); this.onend(); }
    stop() { this.onend(); }
  };
  delete window.SpeechRecognition;
`;
