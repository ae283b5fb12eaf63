import { fetchLocal, runCommand } from './command.ts';
import type { Grants } from './iam/access-control.ts';

/**
 * `npm run grants` prints the policy grants of the instance on PORT with their uses since its start, unused ones first,
 * then the denials.
 */
await runCommand(async () => {
  const { grants, denials } = (await fetchLocal('/local/grants')) as Grants;
  const rows = grants
    .toSorted((a, b) => Math.sign(a.uses) - Math.sign(b.uses))
    .map(({ to, action, resource, when, uses }) => [String(uses), to, action, short(resource), when ?? '']);
  print(['次数 uses', '给谁 to', '操作 action', '资源 resource', '条件 when'], rows);
  const unused = grants.filter(({ uses }) => uses === 0).length;
  console.log(
    `\n${grants.length} 项授权，${unused} 项未用过。 / ${grants.length} grants, ${unused} never used.`,
  );
  if (denials.length > 0) {
    console.log('\n被拒绝的 / refused');
    print(
      ['次数 times', '谁 caller', '操作 action', '资源 resource', '原因 because'],
      denials.map(({ times, caller, action, resource, because }) => [
        String(times),
        short(caller),
        action,
        short(resource),
        because,
      ]),
    );
  }
});

/** An ARN without partition, region and account, which are always the same. */
function short(arn: string): string {
  return arn.replace(/^arn:aws:(\w+):[\w-]*:\d*:/, '$1:');
}

function print(head: string[], rows: string[][]): void {
  // Chinese characters are two columns wide.
  const widthOf = (text: string): number => text.replace(/[^\0-\xff]/g, '--').length;
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => widthOf(row[column] ?? ''))),
  );
  for (const row of [head, ...rows])
    console.log(
      row
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
        .join('  ')
        .trimEnd(),
    );
}
