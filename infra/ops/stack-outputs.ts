import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { OpsRefused } from './refused.ts';

/** The outputs of a deployed stack, by name. @throws OpsRefused with CloudFormation's reason. */
export async function readStackOutputs(
  stack: string,
  options: { region: string; credentials: { accessKeyId: string; secretAccessKey: string } },
): Promise<Record<string, string>> {
  const client = new CloudFormationClient(options);
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    return Object.fromEntries(
      (Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OpsRefused(
      `读不到栈 ${stack}（${options.region}）：${why}`,
      `The stack ${stack} in ${options.region} cannot be read: ${why}`,
      { cause },
    );
  } finally {
    client.destroy();
  }
}
