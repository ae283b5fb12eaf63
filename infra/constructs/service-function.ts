import { Annotations, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal, type IGrantable, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { join } from 'node:path';
import type * as z from 'zod';
import type { BuiltFunctions } from '../build.ts';
import { allow } from './allow.ts';

export type ServiceFunctionProps<S extends z.ZodObject> = {
  /** The function's folder in functions/. */
  name: string;
  functions: BuiltFunctions;
  /** The schema in the folder's `settings.ts`. */
  settings: S;
  /** Exactly the schema's settings: a missing or extra one does not compile. */
  environment: z.infer<S>;
  timeoutSeconds: number;
  memoryMegabytes?: number;
  description: string;
};

/** A function of functions/ with its own role and log group. At first the role may only write the log. */
export class ServiceFunction<S extends z.ZodObject = z.ZodObject> extends Construct implements IGrantable {
  /** The function's folder in functions/. */
  readonly name: string;
  readonly settings: S;
  readonly function: LambdaFunction;
  readonly timeoutSeconds: number;
  readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps<S>) {
    super(scope, id);
    this.name = props.name;
    this.settings = props.settings;
    this.timeoutSeconds = props.timeoutSeconds;
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Not AWS's managed policy, which allows writing every log group of the account.
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.grantPrincipal = role;
    allow(role, ['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]);

    this.function = new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: props.functions.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      handler: 'index.handler',
      code: Code.fromAsset(join(props.functions.root, props.name)),
      environment: Object.fromEntries(Object.entries(props.environment).filter(isGiven)),
      timeout: Duration.seconds(props.timeoutSeconds),
      memorySize: props.memoryMegabytes ?? 512,
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
    });
  }

  /** Adds a warning to every synthesis, for example that the function cannot be deployed yet. */
  warn(id: string, message: string): void {
    Annotations.of(this).addWarningV2(id, message);
  }
}

/** Optional settings may be omitted. */
function isGiven(one: [string, unknown]): one is [string, string] {
  return typeof one[1] === 'string';
}
