import {
  CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
  UpdateStackCommand,
  waitUntilStackUpdateComplete,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Template } from './table-changes.ts';

/** Building an index of a large table takes hours. */
const maxWaitSeconds = 24 * 3600;

/** A deployed stack, updated with templates of our own between two deployments. */
export class DeployedStack {
  readonly #client: CloudFormationClient;
  readonly #s3: S3Client;
  readonly #name: string;

  constructor(client: CloudFormationClient, s3: S3Client, name: string) {
    this.#client = client;
    this.#s3 = s3;
    this.#name = name;
  }

  /** The template deployed last. */
  async template(): Promise<Template> {
    const { TemplateBody } = await this.#client.send(
      new GetTemplateCommand({ StackName: this.#name, TemplateStage: 'Original' }),
    );
    return JSON.parse(TemplateBody ?? '') as Template;
  }

  /** The present outputs, by name. */
  async outputs(): Promise<Record<string, string>> {
    const { Outputs = [] } = await this.#describe();
    return Object.fromEntries(
      Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
  }

  /**
   * Updates the stack and waits until the update is complete.
   * @param stamp a unique part of the upload's name. @throws with CloudFormation's reason, after the rollback.
   */
  async update(template: Template, stamp: string): Promise<void> {
    await this.#client.send(
      new UpdateStackCommand({
        StackName: this.#name,
        TemplateURL: await this.#upload(template, stamp),
        Parameters: Object.keys(template.Parameters ?? {}).map((ParameterKey) => ({
          ParameterKey,
          UsePreviousValue: true,
        })),
        Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'],
      }),
    );
    await waitUntilStackUpdateComplete(
      { client: this.#client, maxWaitTime: maxWaitSeconds, minDelay: 2, maxDelay: 30 },
      { StackName: this.#name },
    );
  }

  /** Uploads to the CDK's asset bucket: the template is too large for a request. */
  async #upload(template: Template, stamp: string): Promise<string> {
    const { StackId = '' } = await this.#describe();
    const [, partition, , region = '', account = ''] = StackId.split(':');
    const Bucket = assetBucketOf(template)
      ?.replaceAll('${AWS::AccountId}', account)
      .replaceAll('${AWS::Region}', region);
    if (Bucket === undefined) throw new Error(`no function of ${this.#name} names the CDK's asset bucket`);
    const Key = `migrate/${this.#name}-${stamp}.json`;
    await this.#s3.send(new PutObjectCommand({ Bucket, Key, Body: JSON.stringify(template) }));
    return `https://${Bucket}.s3.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}/${Key}`;
  }

  async #describe(): Promise<Stack> {
    const { Stacks = [] } = await this.#client.send(new DescribeStacksCommand({ StackName: this.#name }));
    const [stack] = Stacks;
    if (!stack) throw new Error(`there is no stack ${this.#name}`);
    return stack;
  }
}

function assetBucketOf({ Resources }: Template): string | undefined {
  for (const { Type, Properties } of Object.values(Resources)) {
    if (Type !== 'AWS::Lambda::Function') continue;
    const bucket = (Properties?.['Code'] as { S3Bucket?: string | { 'Fn::Sub'?: string } } | undefined)
      ?.S3Bucket;
    const name = typeof bucket === 'string' ? bucket : bucket?.['Fn::Sub'];
    if (name !== undefined) return name;
  }
  return undefined;
}
