import { fetchLocal, runCommand } from './command.ts';
import { StartRefused } from './start-refused.ts';

/** `npm run -s token -- USER` prints a staff access token of the instance that runs on PORT. */

type Answer = { token?: string; users?: { username: string; name: string; role: string }[] };

await runCommand(async () => {
  const [, , user] = process.argv;
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user }),
  };
  const answer = (await fetchLocal('/local/token', user === undefined ? {} : init)) as Answer;
  if (answer.token !== undefined) {
    console.log(answer.token);
  } else {
    const people = (answer.users ?? []).map(
      (person) => `  ${person.username.padEnd(20)} ${person.role.padEnd(12)} ${person.name}`,
    );
    throw new StartRefused(
      user === undefined ? '请给出人员：npm run -s token -- USER' : `没有这个人员：${user}`,
      `${user === undefined ? 'Name a member of staff:' : `There is no member of staff ${user}:`}\n${people.join('\n')}`,
    );
  }
});
