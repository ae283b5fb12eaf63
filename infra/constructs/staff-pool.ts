import { Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccountRecovery,
  CfnUserPoolGroup,
  ClientAttributes,
  FeaturePlan,
  LambdaVersion,
  Mfa,
  OAuthScope,
  StringAttribute,
  UserPool,
  UserPoolOperation,
  type UserPoolClient,
  type UserPoolDomain,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { staffRoles } from '../../shared/config/city.ts';
import { acknowledge } from './acknowledge.ts';
import type { ServiceFunction } from './service-function.ts';

export type StaffPoolProps = {
  /** Puts departments and areas into the access token. */
  claims: ServiceFunction;
};

/** The user pool of staff. Only an administrator creates accounts and sets their departments and areas. */
export class StaffPool extends Construct {
  readonly pool: UserPool;
  readonly domain: UserPoolDomain;
  /** The `iss` of its tokens. */
  readonly issuer: string;

  constructor(scope: Construct, id: string, props: StaffPoolProps) {
    super(scope, id);
    this.pool = new UserPool(this, 'Pool', {
      selfSignUpEnabled: false,
      signInAliases: { username: true },
      signInCaseSensitive: false,
      autoVerify: { email: true },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      standardAttributes: {
        email: { required: true, mutable: true },
        fullname: { required: false, mutable: true },
      },
      customAttributes: {
        departments: new StringAttribute({ mutable: true, maxLen: 2048 }),
        areas: new StringAttribute({ mutable: true, maxLen: 2048 }),
      },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(3),
      },
      // Required, since staff can see residents' phone numbers.
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      // The lowest plan whose trigger can change access tokens.
      featurePlan: FeaturePlan.ESSENTIALS,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const noThreatProtection =
      'Threat protection is paid per person. No one signs up by themselves, and everyone needs a second factor.';
    acknowledge(this.pool, { COG3: noThreatProtection, COG8: noThreatProtection });
    this.pool.addTrigger(
      UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG,
      props.claims.function,
      LambdaVersion.V2_0,
    );

    staffRoles.forEach((role, index) => {
      new CfnUserPoolGroup(this, `Group-${role}`, {
        userPoolId: this.pool.userPoolId,
        groupName: role,
        // A member of several groups has the role with the highest precedence.
        precedence: staffRoles.length - index,
      });
    });

    this.domain = this.pool.addDomain('Domain', {
      // Must be unique in the region, across all accounts.
      cognitoDomain: { domainPrefix: `${Stack.of(this).stackName.toLowerCase()}-${Aws.ACCOUNT_ID}` },
    });
    this.issuer = this.pool.userPoolProviderUrl;
  }

  /** Adds a browser client; `pages` are its redirect URLs after sign-in and sign-out. */
  addClient(pages: string[]): UserPoolClient {
    return this.pool.addClient('Pages', {
      generateSecret: false,
      // Only the hosted page signs in: naming any flow, even as false, disables the default ones.
      authFlows: { userSrp: false },
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, OAuthScope.PROFILE],
        callbackUrls: pages,
        logoutUrls: pages,
      },
      // By default a client may write every attribute, so staff could set their own departments.
      readAttributes: new ClientAttributes().withStandardAttributes({ email: true, fullname: true }),
      writeAttributes: new ClientAttributes().withStandardAttributes({ email: true, fullname: true }),
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      accessTokenValidity: Duration.hours(1),
      idTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.hours(12),
    });
  }
}
