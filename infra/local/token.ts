import { readSettings } from './settings.ts';
import { StartRefused } from './start-refused.ts';

/** `npm run -s token -- USER` prints a staff access token of the instance that runs on PORT. */

type Answer = { token?: string; users?: { username: string; name: string; role: string }[] };

try {
  const { port } = readSettings(process.env);
  const [, , user] = process.argv;
  const url = `http://127.0.0.1:${port}/local/token`;
  const response = await fetch(
    url,
    user === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ user }) },
  ).catch((cause: unknown) => {
    throw new StartRefused(
      `${url} 没有应答，请先运行 npm start（或设置相同的 PORT）。`,
      `Nothing answers at ${url}: run npm start first, or set the same PORT.`,
      { cause },
    );
  });
  const answer = (await response.json()) as Answer;
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
} catch (error) {
  console.error(error instanceof StartRefused ? error.message : error);
  process.exitCode = 1;
}
