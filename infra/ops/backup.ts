import { request } from 'node:http';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { restoreBackup } from '../local/backup.ts';
import { StartRefused } from '../local/start-refused.ts';
import { wrongUsage } from './arguments.ts';
import type { Connection } from './connection.ts';
import type { Noun } from './noun.ts';
import { OpsRefused } from './refused.ts';

/** Backs up a running embedded cloud, consistent at one instant. */
export const backup: Noun = {
  usage: [
    [
      'backup DIR',
      '备份正在运行的本机实例到新目录（含密钥，请妥善保管）',
      'backs up the running instance on this machine to a new folder; it contains keys: keep it safe',
    ],
  ],
  async run(args, connect) {
    const directory = onlyFolder(args, backup.usage);
    const { local } = await connect();
    if (!local)
      throw new OpsRefused(
        'AWS 上的备份是时间点恢复与对象版本：见 docs/runbook.md。',
        'On AWS the backup is point-in-time recovery and object versions: see docs/runbook.md.',
      );
    const { status, body } = await post(`${local.url}/local/backup`, local.credentials, { directory });
    const answer = JSON.parse(body) as { takenAt?: string; files?: number; bytes?: number; reason?: string };
    if (status !== 200) throw new OpsRefused('没有备份成功：', answer.reason ?? body);
    const megabytes = ((answer.bytes ?? 0) / 1_000_000).toFixed(1);
    console.log(
      `已备份 ${answer.takenAt} 的全部数据：${answer.files} 个文件，${megabytes} MB → ${directory}。含全部密钥，请妥善保管。\n` +
        `Everything as of ${answer.takenAt}: ${answer.files} files, ${megabytes} MB → ${directory}. It contains all keys: keep it safe.`,
    );
  },
};

/** Creates a data folder from a backup. */
export const restore: Noun = {
  usage: [
    [
      'restore DIR --data NEW',
      '把备份恢复为新的数据目录，先校验',
      'checks a backup and restores it to a new data folder',
    ],
  ],
  run(args, _connect, target) {
    const directory = onlyFolder(args, restore.usage);
    if (target.kind === 'aws')
      throw new OpsRefused('AWS 上如何恢复：见 docs/runbook.md。', 'For AWS see docs/runbook.md.');
    let manifest;
    try {
      manifest = restoreBackup(directory, target.dataDir);
    } catch (error) {
      if (error instanceof StartRefused) return Promise.reject(new OpsRefused(error.message, ''));
      throw error;
    }
    console.log(
      `已恢复 ${manifest.takenAt} 的数据。启动：DATA_DIR=${target.dataDir} npm start\n` +
        `Restored the data as of ${manifest.takenAt}. Start it with DATA_DIR=${target.dataDir} npm start`,
    );
    return Promise.resolve();
  },
};

function onlyFolder(args: string[], usage: Noun['usage']): string {
  const [directory, ...others] = args;
  if (directory === undefined || directory.startsWith('-') || others.length > 0)
    throw wrongUsage(usage, '请写明一个目录：', 'Name one folder:');
  return resolve(directory);
}

/** Unlike fetch, without a timeout. */
async function post(
  url: string,
  { secretAccessKey }: NonNullable<Connection['local']>['credentials'],
  body: object,
): Promise<{ status: number | undefined; body: string }> {
  return new Promise((done, fail) => {
    const call = request(
      url,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${secretAccessKey}`, 'content-type': 'application/json' },
      },
      (response) => {
        text(response).then((received) => {
          done({ status: response.statusCode, body: received });
        }, fail);
      },
    );
    call.on('error', fail);
    call.end(JSON.stringify(body));
  });
}
