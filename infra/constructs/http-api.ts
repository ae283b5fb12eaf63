import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi as Api,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { ServiceFunction } from './service-function.ts';
import type { StaffPool } from './staff-pool.ts';

/** `METHOD /path` */
export type Route = `${'GET' | 'POST'} /api/${string}`;

/** Paths under this prefix require a staff token, so that no route can be added without authorization. */
const staffPrefix = '/api/desk/';

/** Far above a city's peak load; limits the cost of a flood of requests. */
const throttle = { rateLimit: 200, burstLimit: 400 };

export class HttpApi extends Construct {
  readonly api: Api;
  readonly stage: HttpStage;
  #authorizer: HttpJwtAuthorizer | undefined;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.api = new Api(this, 'Api', { createDefaultStage: false });
    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle,
      detailedMetricsEnabled: true,
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog), format: accessLogFormat },
    });
  }

  /** Authorizes desk routes by this client's access tokens. To be called before desk routes are added. */
  authorizeStaff(staff: StaffPool, client: UserPoolClient): void {
    this.#authorizer = new HttpJwtAuthorizer('Staff', staff.issuer, {
      jwtAudience: [client.userPoolClientId],
    });
  }

  /** Note: the logical id of a function's integration depends on its first route. */
  addRoutes(target: ServiceFunction, ...routes: Route[]): void {
    const integration = new HttpLambdaIntegration(target.node.id, target.function);
    for (const route of routes) {
      const [method, path] = route.split(' ') as [HttpMethod, string];
      const forStaff = path.startsWith(staffPrefix);
      const authorizer = forStaff ? this.#authorizer : new HttpNoneAuthorizer();
      if (!authorizer) throw new Error(`${route} is added before authorizeStaff is called`);
      const added = this.api.addRoutes({
        path,
        methods: [method],
        integration,
        authorizer,
        // Only access tokens have scopes, so ID tokens are refused.
        authorizationScopes: forStaff ? ['openid'] : [],
      });
      if (!forStaff) {
        for (const one of added)
          acknowledge(one, {
            APIG4: 'Residents have no account. For a single report the function checks the tracking token.',
          });
      }
    }
  }
}

/** Without query and headers, which may contain tokens and residents' texts. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    time: '$context.requestTime',
    requestId: '$context.requestId',
    ip: '$context.identity.sourceIp',
    route: '$context.routeKey',
    status: '$context.status',
    milliseconds: '$context.responseLatency',
    bytes: '$context.responseLength',
    error: '$context.error.message',
    authorizerError: '$context.authorizer.error',
    integrationError: '$context.integrationErrorMessage',
  }),
);
