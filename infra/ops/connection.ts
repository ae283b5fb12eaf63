import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand, SQSClient, type ListQueuesCommandOutput } from '@aws-sdk/client-sqs';
import { readOperatorFile, type OperatorFile } from '../local/operator-file.ts';
import { readClock } from './embedded-clock.ts';
import { OpsRefused } from './refused.ts';
import { readStackOutputs } from './stack-outputs.ts';
import type { Target } from './target.ts';

/** A connection to the cloud that the operator's command works on. */
export type Connection = {
  kind: Target['kind'];
  /** Where the cloud is, for display. */
  place: string;
  dynamodb: DynamoDBClient;
  dynamodbStreams: DynamoDBStreamsClient;
  sns: SNSClient;
  sqs: SQSClient;
  s3: S3Client;
  secretsManager: SecretsManagerClient;
  kms: KMSClient;
  /** An output of the stack, such as `RecordsTableName`. */
  output: (name: string) => string;
  /** An output that the stack may lack. */
  optionalOutput: (name: string) => string | undefined;
  /** The URLs of all queues of the product. */
  queueUrls: () => Promise<string[]>;
  /** Of an embedded cloud: its URL and the credentials for its `/local` calls. */
  local: Pick<OperatorFile, 'url' | 'credentials'> | undefined;
  close: () => void;
};

/** @throws OpsRefused when the target cannot be reached; the message says what to do. */
export async function connectTo(target: Target): Promise<Connection> {
  return target.kind === 'aws'
    ? connectToAws(target.stack, target.region)
    : connectToEmbedded(target.dataDir);
}

async function connectToEmbedded(dataDir: string): Promise<Connection> {
  const file = readOperatorFile(dataDir);
  const clock = file && (await readClock(file.url));
  if (!file || !clock)
    throw new OpsRefused(
      `数据目录 ${dataDir} 没有正在运行的随手报。请先运行 npm start，或用 --data 指定别的目录；要操作 AWS，请用 --stack NAME。`,
      `No embedded cloud is running on the data folder ${dataDir}. Run npm start first, or name another folder with --data; for AWS give --stack NAME.`,
    );
  const { endpoints, region, credentials } = file;
  const clients = clientsOf({
    region,
    credentials,
    // Signatures are checked against the embedded clock.
    systemClockOffset: Date.parse(clock) - Date.now(),
    endpoints: {
      dynamodb: endpoints.dynamodb,
      sns: endpoints.sns,
      sqs: endpoints.sqs,
      s3: file.url,
      secrets: endpoints.secretsManager,
      kms: endpoints.kms,
    },
  });
  return {
    ...clients,
    kind: 'embedded',
    place: `本机 embedded cloud: ${dataDir} (${file.url})`,
    output: outputOf(file.outputs),
    optionalOutput: (name) => file.outputs[name],
    queueUrls: () => Promise.resolve(file.queues.map((name) => `${endpoints.sqs}/000000000000/${name}`)),
    local: file,
  };
}

async function connectToAws(stack: string, chosenRegion: string | undefined): Promise<Connection> {
  const clients = clientsOf(chosenRegion === undefined ? {} : { region: chosenRegion });
  const { config } = clients.sqs;
  let region;
  let credentials;
  try {
    region = await config.region();
    credentials = await config.credentials();
  } catch (cause) {
    clients.close();
    throw new OpsRefused(
      `没有 AWS 的区域或凭证（${String(cause)}）。`,
      `There is no AWS region or no credentials: ${String(cause)}`,
      { cause },
    );
  }
  const outputs = await readStackOutputs(stack, { region, credentials });
  return {
    ...clients,
    kind: 'aws',
    place: `AWS: ${stack}, ${region}`,
    output: outputOf(outputs),
    optionalOutput: (name) => outputs[name],
    queueUrls: () => listQueues(clients.sqs, `${stack}-`),
    local: undefined,
  };
}

/** Every queue of the two stacks: CloudFormation puts the stack's name first in generated queue names. */
async function listQueues(sqs: SQSClient, prefix: string): Promise<string[]> {
  const urls: string[] = [];
  let next: string | undefined;
  do {
    const page: ListQueuesCommandOutput = await sqs.send(
      new ListQueuesCommand({
        QueueNamePrefix: prefix,
        // Without it SQS does not paginate and returns at most a thousand queues.
        MaxResults: 1000,
        ...(next === undefined ? {} : { NextToken: next }),
      }),
    );
    urls.push(...(page.QueueUrls ?? []));
    next = page.NextToken;
  } while (next !== undefined);
  return urls;
}

function outputOf(outputs: Record<string, string>): (name: string) => string {
  return (name) => {
    const value = outputs[name];
    if (value === undefined)
      throw new OpsRefused(
        `栈没有输出 ${name}：请先部署当前版本。`,
        `The stack has no output ${name}: deploy this version first.`,
      );
    return value;
  };
}

function clientsOf({
  endpoints,
  ...options
}: {
  region?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
  systemClockOffset?: number;
  endpoints?: { dynamodb: string; sns: string; sqs: string; s3: string; secrets: string; kms: string };
}): Omit<Connection, 'kind' | 'place' | 'output' | 'optionalOutput' | 'queueUrls' | 'local'> {
  const at = (endpoint: string | undefined): object =>
    endpoint === undefined ? options : { ...options, endpoint };
  const dynamodb = new DynamoDBClient(at(endpoints?.dynamodb));
  const dynamodbStreams = new DynamoDBStreamsClient(at(endpoints?.dynamodb));
  const sns = new SNSClient(at(endpoints?.sns));
  const sqs = new SQSClient(at(endpoints?.sqs));
  const s3 = new S3Client({ ...at(endpoints?.s3), forcePathStyle: endpoints !== undefined });
  const secretsManager = new SecretsManagerClient(at(endpoints?.secrets));
  const kms = new KMSClient(at(endpoints?.kms));
  return {
    dynamodb,
    dynamodbStreams,
    sns,
    sqs,
    s3,
    secretsManager,
    kms,
    close: () => {
      for (const client of [dynamodb, dynamodbStreams, sns, sqs, s3, secretsManager, kms]) client.destroy();
    },
  };
}
