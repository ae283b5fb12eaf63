import { parseArgs } from 'node:util';
import { countedNoun } from '../../shared/language/wording.ts';
import type { Move } from '../../shared/records/report/policy.ts';
import { runCommand } from './command.ts';
import { StartRefused } from './start-refused.ts';

/**
 * `npm run policy -- preview|apply [--url http://localhost:3000] [--token …]`: applies the city's present rules to open
 * reports and prints each deadline that moves, and totals. `preview` changes nothing. Without a token it requests the
 * demo administrator's from the instance on this machine.
 */

type Page = {
  moves: Move[];
  adjusted: number;
  unchanged: number;
  refused: { number: string; code: string }[];
  cursor?: string;
};

await runCommand(main);

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { url: { type: 'string', default: 'http://localhost:3000' }, token: { type: 'string' } },
  });
  const [mode, ...others] = positionals;
  if ((mode !== 'preview' && mode !== 'apply') || others.length > 0)
    throw new StartRefused(
      '请写明 preview（只看）或 apply（执行）：npm run policy -- preview|apply [--url URL] [--token TOKEN]',
      'Say preview (look only) or apply (do it): npm run policy -- preview|apply [--url URL] [--token TOKEN]',
    );
  const { url } = values;
  const token = values.token ?? (await demoToken(url));
  const { timeZone } = (await requestJson(`${url}/api/city`)) as { timeZone: string };
  const moved = new Set<string>();
  const totals = { moves: 0, adjusted: 0, unchanged: 0, refused: 0 };
  let cursor: string | undefined;
  do {
    const page = (await requestJson(
      `${url}/api/desk/policy`,
      { apply: mode === 'apply', ...(cursor !== undefined && { cursor }) },
      token,
    )) as Page;
    for (const { number, clock, from, to } of page.moves) {
      moved.add(number);
      console.log(`${number}  ${clock.padEnd(11)}  ${local(from, timeZone)} → ${local(to, timeZone)}`);
    }
    for (const { number, code } of page.refused) console.log(`${number}  ${code}`);
    totals.moves += page.moves.length;
    totals.adjusted += page.adjusted;
    totals.unchanged += page.unchanged;
    totals.refused += page.refused.length;
    cursor = page.cursor;
  } while (cursor !== undefined);

  const { moves, adjusted, unchanged, refused } = totals;
  const [zh, en] = mode === 'apply' ? ['已变动', 'Moved'] : ['将变动', 'Would move'];
  console.log(
    `${zh} ${moved.size} 件工单的 ${moves} 个时限；只变临期或提级时间 ${adjusted} 件，不变 ${unchanged} 件，未能处理 ${refused} 件。`,
  );
  console.log(
    `${en} ${countedNoun(moves, 'deadline')} of ${countedNoun(moved.size, 'ticket')}; ${adjusted} with only another warning or escalation time, ${unchanged} unchanged, ${refused} refused.`,
  );
  if (refused > 0) process.exitCode = 1;
}

async function demoToken(url: string): Promise<string> {
  const { token } = (await requestJson(`${url}/local/token`, { user: 'admin' })) as { token: string };
  return token;
}

/** The response's JSON; sends a POST if there is a body. */
async function requestJson(url: string, body?: object, token?: string): Promise<unknown> {
  const response = await fetch(url, {
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw new StartRefused(`${url} 没有应答。`, `Nothing answers at ${url}.`, { cause });
  });
  const text = await response.text();
  if (!response.ok)
    throw new StartRefused(`${url} 答复 ${response.status}：${text}`, `${url} answered ${response.status}.`);
  return JSON.parse(text) as unknown;
}

function local(instant: string, timeZone: string): string {
  return new Date(instant).toLocaleString('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
}
