import type { Instance } from '../support/instance.ts';

/** A text that a spreadsheet would run as a formula, and that a CSV must quote. */
export const nastyWords = '=HYPERLINK("http://example.com","三楼漏水")\n第二行, 还有“引号”和逗号,';

export type Filed = { number: string; token: string };

/** Two days of reports for two property companies and the water company, some overdue. */
export class BoardReports {
  readonly #instance: Instance;
  #admin = '';
  #filed = 0;

  constructor(instance: Instance) {
    this.#instance = instance;
  }

  /** Ends at eleven in the morning of the second day. */
  async fill(): Promise<void> {
    this.#admin = await this.#instance.tokenOf('admin');
    await this.advance(await this.#untilEight());
    // Kangning does well on the first day; Lanyu acknowledges nothing, and does better on the second.
    await Promise.all([
      this.#day('tinglan-court', { taken: 4, resolved: 4, left: 1, scores: [5, 4, 2] }),
      this.#day('liuan-homes', { taken: 0, resolved: 1, left: 4, scores: [] }),
    ]);
    await this.#instance.idle();
    await this.advance('PT24H');
    await Promise.all([
      this.#day('tinglan-court', { taken: 5, resolved: 4, left: 0, scores: [5, 4, 1] }),
      this.#day('liuan-homes', { taken: 5, resolved: 3, left: 0, scores: [3] }),
      this.file({ description: nastyWords, area: 'tinglan-court', category: 'building.leak' }),
      this.file({ description: '全楼停水两个小时了', area: 'moxiang', category: 'utility.water' }),
      this.file({ description: '水压太低，洗澡出不了水', area: 'yanchi', category: 'utility.water' }),
    ]);
    await this.advance('PT3H');
    await this.#instance.idle();
  }

  /** Files a report and waits until it is dispatched. */
  async file(report: { description: string; area: string; category: string }): Promise<Filed> {
    const { description, area, category } = report;
    const key = `board-test-${String((this.#filed += 1)).padStart(8, '0')}`;
    const body = { description, category, location: { area, address: '3栋2单元' } };
    const { status, json } = await this.#instance.call('POST', '/api/reports', { key, body });
    if (status !== 201) throw new Error(JSON.stringify(json));
    // Polling each report would slow down the processing it waits for.
    await this.#instance.idle();
    return { number: String(json['number']), token: String(json['trackingToken']) };
  }

  /** Sends a command as the administrator, for the current version. */
  async command(number: string, command: { type: string } & Record<string, unknown>): Promise<void> {
    const { version } = await this.#read(number);
    const { status, json } = await this.#instance.call('POST', `/api/desk/reports/${number}/commands`, {
      token: this.#admin,
      body: { ...command, version },
    });
    if (status !== 200) throw new Error(JSON.stringify(json));
  }

  /** Reads from the API as the administrator. */
  async get(path: string): Promise<Record<string, unknown>> {
    const { status, json } = await this.#instance.call('GET', path, { token: this.#admin });
    if (status !== 200) throw new Error(`${path}: ${JSON.stringify(json)}`);
    return json;
  }

  async advance(duration: string): Promise<void> {
    const { status, json } = await this.#instance.call('POST', '/local/clock', {
      body: { advance: duration },
    });
    if (status !== 200) throw new Error(JSON.stringify(json));
    // Earlier tokens have expired.
    this.#admin = await this.#instance.tokenOf('admin');
  }

  async #day(
    area: string,
    { taken, resolved, left, scores }: { taken: number; resolved: number; left: number; scores: number[] },
  ): Promise<void> {
    const words = ['楼道灯不亮', '门禁坏了', '草坪没人修剪', '扶手松动', '墙皮脱落', '单元门关不上'];
    const categories = ['building.lighting', 'building.access', 'building.greening', 'building.structure'];
    const count = Math.max(taken, resolved) + left;
    await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const { number, token } = await this.file({
          description: `${words[index % words.length] ?? ''}，请尽快处理`,
          area,
          // Urgent ones are not acknowledged, so that they are overdue soon.
          category: index < count - left ? (categories[index % 4] ?? '') : 'building.leak',
        });
        if (index < taken) await this.command(number, { type: 'acknowledge' });
        if (index >= resolved) return;
        await this.command(number, { type: 'resolve', text: '已处理完毕，请查看。' });
        const score = scores[index];
        if (score === undefined) return;
        const { status, json } = await this.#instance.call('POST', `/api/reports/${number}/commands`, {
          token,
          body: { type: 'rate', score },
        });
        if (status !== 200) throw new Error(JSON.stringify(json));
      }),
    );
  }

  async #read(number: string): Promise<Record<string, unknown>> {
    return this.get(`/api/desk/reports/${number}`);
  }

  /** The way to the city's next eight o'clock in the morning. */
  async #untilEight(): Promise<string> {
    const { json } = await this.#instance.call('GET', '/local/clock');
    const now = Date.parse(String(json['now']));
    const day = 86_400_000;
    // 08:00 in Shanghai is midnight UTC.
    return `PT${Math.ceil((day - (now % day)) / 1000)}S`;
  }
}
