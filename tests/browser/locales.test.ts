import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { deskRules } from '../../web/desk-rules.ts';

type Texts = { [key: string]: string | Texts };

const web = join(import.meta.dirname, '../../web');

/** The folders with texts of their own, and whose texts each uses as well. All others use only `web/locales`. */
const sees = {
  shared: ['shared'],
  session: ['session', 'shared'],
  resident: ['resident', 'shared'],
  desk: ['desk', 'session', 'shared'],
  board: ['board', 'session', 'shared'],
} as const;
type Room = keyof typeof sees;
const rooms = Object.keys(sees) as Room[];

function roomOf(path: string): Room {
  return rooms.find((room) => path.startsWith(`${room}/`)) ?? 'shared';
}

/** Every text by its full key, as in `send.again`. */
function flat(texts: Texts, prefix = ''): [string, string][] {
  return Object.entries(texts).flatMap(([key, text]) =>
    typeof text === 'string' ? [[prefix + key, text] as [string, string]] : flat(text, `${prefix}${key}.`),
  );
}

function textsOf(room: Room, language: 'zh' | 'en'): Map<string, string> {
  const folder = room === 'shared' ? web : join(web, room);
  return new Map(
    flat(JSON.parse(readFileSync(join(folder, 'locales', `${language}.json`), 'utf8')) as Texts),
  );
}

function placeholders(text: string | undefined): string[] {
  return [...(text ?? '').matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '').sort();
}

/** Keys used in a source, with `*` for parts known only at run time, as in `levels.${level}`. */
function askedIn(source: string): string[] {
  return [
    ...[...source.matchAll(/\bt\(\s*(?:'([^']+)'|`([^`]+)`)/g)].map(
      ([, key, template = '']) => key ?? template.replaceAll(/\$\{[^}]*\}/g, '*'),
    ),
    ...[...source.matchAll(/\bt\([^`()?]+\? '([^']+)' : '([^']+)'/g)].flatMap(([, one = '', other = '']) => [
      one,
      other,
    ]),
  ];
}

function stands(asked: string, key: string): boolean {
  return new RegExp(`^${asked.replaceAll('.', '\\.').replaceAll('*', '[\\w-]*')}$`).test(key);
}

describe("the pages' texts", () => {
  const chinese = new Map(rooms.map((room) => [room, textsOf(room, 'zh')]));
  const english = new Map(rooms.map((room) => [room, textsOf(room, 'en')]));
  const asked = new Map<Room, Set<string>>(rooms.map((room) => [room, new Set()]));

  beforeAll(async () => {
    for await (const file of glob('**/*.{vue,ts}', { cwd: web }))
      for (const key of askedIn(readFileSync(join(web, file), 'utf8'))) asked.get(roomOf(file))?.add(key);
    // These keys come from the API, and are used only if there is a text.
    asked.get('shared')?.add('fieldProblems.*');
  });

  it('are all in known folders', async () => {
    const found: string[] = [];
    for await (const file of glob('**/*.json', { cwd: web, exclude: ['tsconfig.json'] })) found.push(file);
    const known = rooms.flatMap((room) =>
      ['zh', 'en'].map((language) =>
        join(room === 'shared' ? '' : room, 'locales', `${language}.json`).replaceAll('\\', '/'),
      ),
    );
    expect(found.sort()).toEqual(known.sort());
  });

  it.each(rooms)('exist in both languages, with the same gaps to fill: %s', (room) => {
    const [zh = new Map<string, string>(), en = new Map<string, string>()] = [
      chinese.get(room),
      english.get(room),
    ];
    expect([...en.keys()].sort()).toEqual([...zh.keys()].sort());
    for (const [key, text] of zh) expect([key, placeholders(en.get(key))]).toEqual([key, placeholders(text)]);
  });

  it.each(rooms)('say something, each in its own language: %s', (room) => {
    const otherwise = ['app.otherLanguage', 'follow.pathSeparator', 'follow.placeSeparator'];
    for (const [key, text] of chinese.get(room) ?? []) {
      // Placeholders with punctuation only, as in `{name}, {place}`, need no translation.
      if (otherwise.includes(key) || /^(?:\{\w+\}|[^\p{L}{])+$/u.test(text)) continue;
      expect([key, text]).toEqual([key, expect.stringMatching(/\p{Script=Han}/u)]);
      expect([key, english.get(room)?.get(key)]).toEqual([
        key,
        expect.stringMatching(/^[^\p{Script=Han}]+$/u),
      ]);
    }
  });

  it.each(rooms)('are all there that is asked for, once: %s', (room) => {
    const seen = sees[room].flatMap((one) => [...(chinese.get(one)?.keys() ?? [])]);
    expect(seen).toEqual([...new Set(seen)]);
    const missing = [...(asked.get(room) ?? [])].filter((one) => !seen.some((key) => stands(one, key)));
    expect(missing).toEqual([]);
  });

  it.each(rooms)('are all asked for, and no page loads those of another: %s', (room) => {
    const isAsked = (key: string, by: Room): boolean =>
      [...(asked.get(by) ?? [])].some((one) => stands(one, key));
    const isStaff = (key: string): boolean =>
      isAsked(key, 'session') || isAsked(key, 'desk') || isAsked(key, 'board');
    const belongs = (key: string): boolean => {
      if (isAsked(key, room)) return true;
      if (room === 'shared') return isAsked(key, 'resident') && isStaff(key);
      return room === 'session' && isAsked(key, 'desk') && isAsked(key, 'board');
    };
    expect([...(chinese.get(room)?.keys() ?? [])].filter((key) => !belongs(key))).toEqual([]);
  });

  it('name only commands that exist in the rules', () => {
    const named = [...(chinese.get('desk')?.keys() ?? [])].flatMap((key) => {
      const [, command] = /^desk\.commands\.([\w-]+)\./.exec(key) ?? [];
      return command === undefined ? [] : [command];
    });
    const commands = Object.keys(deskRules().forms);
    expect([...new Set(named)].filter((command) => !commands.includes(command))).toEqual([]);
  });

  it.each(Object.entries(deskRules().forms))(
    'say at the desk what %s is, and ask for its words',
    (command, fields) => {
      // It has a component of its own, or is not on the desk page.
      if (['blur-photo', 'erase', 'apply-policy'].includes(command)) return;
      const names = Object.keys(fields);
      const hasWords = names.some((name) => fields[name]?.text && name !== 'override');
      const wanted = [
        'name',
        ...(names.length > 0 ? ['hint', 'send'] : []),
        ...(hasWords ? ['words', 'missing'] : []),
      ];
      for (const texts of [chinese, english])
        for (const part of wanted)
          expect([...(texts.get('desk')?.keys() ?? [])]).toContain(`desk.commands.${command}.${part}`);
    },
  );
});
