import type { ReportCommand } from '../../shared/records/report/commands/index.ts';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Contact } from '../../shared/kernel/contact.ts';
import { report as kind, type ReportKind } from '../../shared/records/report/kind.ts';
import { residentView } from '../../shared/records/report/views.ts';
import { keysFrom } from '../../shared/http/credentials.ts';
import { residentPhotos } from '../../shared/http/linked-photos.ts';
import { ContactOpener } from '../../shared/store/contact-cipher.ts';
import { photoKeys } from '../../shared/store/photos.ts';
import { type Stored as StoredItem } from '../../shared/store/item.ts';
import { RecordStore, type Refusal } from '../../shared/store/records.ts';

type Stored = StoredItem<ReportKind>;
import { readCity } from '../build.ts';
import { countedNoun } from '../../shared/language/wording.ts';
import type { Connection } from './connection.ts';
import { parseArguments, wrongUsage } from './arguments.ts';
import type { Noun } from './noun.ts';

const operator = { kind: 'system', name: 'operator' } as const;
/** The most records that the store loads at once. */
const maxLoadedAtOnce = 100;

/** A person's rights: a copy of their personal data, and its erasure (PIPL Art. 45, 47). */
export const person: Noun = {
  usage: [
    [
      'person export PHONE [--to DIR]',
      '一个人的全部上报：联系方式、办理过程、照片，存到文件夹；每件都会记下这次查看',
      'exports all reports of a person (contact, timeline, photos) to a folder; each report records this access',
    ],
    [
      'person erase PHONE [--yes]',
      '列出将要删除的；加 --yes 才删除，不能恢复',
      'lists what would be deleted; --yes deletes it, which cannot be undone',
    ],
  ],
  async run(args, connect) {
    const { verb, phone, folder, isConfirmed } = read(args);
    const connection = await connect();
    const store = new RecordStore(connection.dynamodb, connection.output('RecordsTableName'), [kind]);
    const found = await reportsOf(connection, store, phone);
    if (found.length === 0) {
      console.log('没有这个电话的上报。\nThere is no report with this telephone number.');
      return;
    }
    if (verb === 'export') await exportAll(connection, store, found, folder);
    else await eraseAll(store, found, isConfirmed);
  },
};

function read(args: string[]): {
  verb: 'export' | 'erase';
  phone: string;
  folder: string;
  isConfirmed: boolean;
} {
  const { positionals, values } = parseArguments(
    args,
    { to: { type: 'string' }, yes: { type: 'boolean' } },
    person.usage,
  );
  const [verb, phone = '', ...more] = positionals;
  const { to, yes = false } = values;
  const isPhone = phone.normalize('NFKC').replaceAll(/\D/g, '').length >= 5;
  if ((verb !== 'export' && verb !== 'erase') || !isPhone || more.length > 0) throw wrongUsage(person.usage);
  if (verb === 'export' ? yes : to !== undefined) throw wrongUsage(person.usage);
  return {
    verb,
    phone,
    folder: resolve(to ?? `person-${new Date().toISOString().slice(0, 10)}`),
    isConfirmed: yes,
  };
}

/** Oldest first. */
async function reportsOf(
  connection: Connection,
  store: RecordStore<ReportKind>,
  phone: string,
): Promise<Stored[]> {
  const keys = await keysFrom(connection.secretsManager, connection.output('SecretArn'))();
  const hashes = keys.all.map((key) => key.contactHash(phone));
  const numbers: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.byContact(hashes, cursor);
    numbers.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  const found: Stored[] = [];
  for (let at = 0; at < numbers.length; at += maxLoadedAtOnce)
    found.push(...(await store.loadMany(numbers.slice(at, at + maxLoadedAtOnce))));
  // The index may lag behind an erasure.
  return found
    .filter(({ private: secret }) => hashes.includes(secret.contactHash ?? ''))
    .sort((a, b) => a.record.submittedAt.localeCompare(b.record.submittedAt));
}

async function exportAll(
  connection: Connection,
  store: RecordStore<ReportKind>,
  found: Stored[],
  folder: string,
): Promise<void> {
  const city = readCity();
  const contacts = new ContactOpener({ client: connection.kms, now: () => performance.now() });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const reports: object[] = [];
  let photos = 0;
  for (const { record: report, events, private: secret } of found) {
    await execute(store, report.number, { type: 'reveal', reason: '应本人要求导出 Exported on request' }, [
      'history-full',
    ]);
    const contact: Contact | undefined =
      secret.contact && (await contacts.open(report.number, secret.contact));
    const files: string[] = [];
    for (const { id, status } of residentPhotos(report)) {
      if (status !== 'ready') continue;
      const { Body } = await connection.s3.send(
        new GetObjectCommand({
          Bucket: connection.output('PhotoBucketName'),
          Key: photoKeys(report.number, id).full,
        }),
      );
      const file = `${report.number}-${id}.jpg`;
      write(join(folder, file), (await Body?.transformToByteArray()) ?? new Uint8Array());
      files.push(file);
    }
    photos += files.length;
    const { commands: _commands, ...view } = residentView(report, events, city, new Date().toISOString());
    reports.push({ ...view, contact, photos: files, contactShown: contactAccesses(events) });
  }
  write(join(folder, 'reports.json'), `${JSON.stringify({ reports }, undefined, 2)}\n`);
  console.log(
    `已导出 ${found.length} 件上报、${photos} 张照片到 ${folder}。文件含个人信息，交给本人后请删除。\n` +
      `${countedNoun(found.length, 'report')} and ${countedNoun(photos, 'photo')} exported to ${folder}. They contain personal data: delete them once handed over.`,
  );
}

/** When and why staff saw the person's contact. */
function contactAccesses(events: Stored['events']): { at: string; reason: string }[] {
  return events
    .filter((event) => event.type === 'contact-revealed.v1')
    .map(({ occurredAt, data }) => ({ at: occurredAt, reason: data.reason }));
}

/** Readable by the operator only. */
function write(path: string, content: string | Uint8Array): void {
  writeFileSync(path, content, { mode: 0o600 });
}

async function eraseAll(
  store: RecordStore<ReportKind>,
  found: Stored[],
  isConfirmed: boolean,
): Promise<void> {
  for (const { record: report } of found) {
    const what =
      report.endedAt === undefined
        ? '现在删除联系方式，结束后删除其余 contact details now, the rest when it is closed'
        : `联系方式、文字、详细位置、${report.photos.length} 张照片 contact details, texts, exact place, ${countedNoun(report.photos.length, 'photo')}`;
    console.log(`${report.number}  ${report.state}  ${what}`);
  }
  if (!isConfirmed) {
    console.log(
      `共 ${found.length} 件，没有删除任何内容；确认后加 --yes 再运行，删除后不能恢复。\n` +
        `${countedNoun(found.length, 'report')}; nothing has been deleted. Run it again with --yes; deletion cannot be undone.`,
    );
    return;
  }
  for (const { record: report } of found) await execute(store, report.number, { type: 'erase' });
  console.log(
    `已删除 ${found.length} 件的个人信息；照片文件随后由系统删除。请把上面的编号留在办理记录里：从备份恢复后要再删一次。\n` +
      `Personal data deleted in ${countedNoun(found.length, 'report')}; the photo files are deleted shortly. Keep the numbers above: after a restore from a backup they must be deleted again.`,
  );
}

async function execute(
  store: RecordStore<ReportKind>,
  number: string,
  command: ReportCommand,
  ignoredRefusals: Refusal<ReportKind>['kind'][] = [],
): Promise<void> {
  const context = { now: new Date().toISOString(), actor: operator, city: readCity() };
  const result = await store.execute(number, command, context);
  if (!result.ok && !ignoredRefusals.some((kind) => kind === result.refusal.kind))
    throw new Error(`${number}: refused: ${JSON.stringify(result.refusal)}`);
}
