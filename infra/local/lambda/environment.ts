import { delimiter, dirname, join } from 'node:path';
import type { Credentials } from '../credentials.ts';
import type { FunctionPlan } from '../template/plan.ts';
import { place } from '../template/resource-types.ts';

/** The services' URLs. `unknown` answers calls to other services, so that nothing calls the real cloud. */
export type Endpoints = {
  dynamodb: string;
  sqs: string;
  sns: string;
  s3: string;
  secretsManager: string;
  kms: string;
  unknown: string;
};

/** On one machine each function has a single log stream. */
export const logStream = 'local';

/** Lambda's environment variables, with SDK settings that replace AWS's endpoints. */
export function environmentOf(
  fn: FunctionPlan,
  endpoints: Endpoints,
  credentials: Credentials,
): Record<string, string> {
  return {
    ...fn.environment,
    AWS_REGION: place.region,
    AWS_DEFAULT_REGION: place.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMegabytes),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_FORMAT: fn.jsonLogs ? 'JSON' : 'Text',
    AWS_LAMBDA_LOG_GROUP_NAME: fn.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    LAMBDA_TASK_ROOT: fn.folder,
    _HANDLER: fn.handler,
    LANG: 'en_US.UTF-8',
    PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    AWS_ENDPOINT_URL: endpoints.unknown,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_SNS: endpoints.sns,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoints.secretsManager,
    AWS_ENDPOINT_URL_KMS: endpoints.kms,
    AWS_EC2_METADATA_DISABLED: 'true',
    // Not the user's files, whose profiles could set other endpoints.
    AWS_CONFIG_FILE: join(fn.folder, 'no-aws-config'),
    AWS_SHARED_CREDENTIALS_FILE: join(fn.folder, 'no-aws-credentials'),
  };
}
