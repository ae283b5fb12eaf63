import { parseArgs } from 'node:util';

export type Options = { url: string; reports: number; seed: number };

export const usage = `npm run demo -- [--url URL] [--reports N] [--seed S]

  演示一天：居民上报、单位办理、居民评价，最后逐项核对。
  Plays a day on a running instance: residents report, departments act, residents rate; then every count is checked.

  --url      运行中的实例 / the running instance (http://127.0.0.1:$PORT, PORT 3000)
  --reports  上报数量 / how many reports, 10 to 2000 (240)
  --seed     随机种子，相同种子得到相同的一天 / the same seed makes the same day (1)
`;

/** The options, or what is wrong with them. */
export function readOptions(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): { ok: true; options: Options } | { ok: false; help: boolean; problem: string } {
  const fail = (problem: string, help = false) => ({ ok: false, help, problem }) as const;
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        url: { type: 'string' },
        reports: { type: 'string', default: '240' },
        seed: { type: 'string', default: '1' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }));
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
  if (values.help) return fail('', true);
  const url = values.url ?? `http://127.0.0.1:${env['PORT'] ?? '3000'}`;
  if (!URL.canParse(url) || !/^https?:/.test(url)) return fail(`--url: ${url}`);
  const [reports, seed] = [Number(values.reports), Number(values.seed)];
  if (!Number.isInteger(reports) || reports < 10 || reports > 2000)
    return fail(`--reports: ${values.reports}`);
  if (!Number.isInteger(seed) || seed < 0 || seed > 2 ** 31) return fail(`--seed: ${values.seed}`);
  return { ok: true, options: { url, reports, seed } };
}
