import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { takeBackup } from './backup.ts';
import { VirtualClock } from './clock.ts';
import { CredentialStore, operator, type Credentials } from './credentials.ts';
import { takeDataFolder } from './data-folder.ts';
import { startDatabase } from './database/engine-process.ts';
import { startAuthorizingProxy } from './database/authorizing-proxy.ts';
import { StreamUpkeep } from './database/stream-upkeep.ts';
import { prepareDatabase } from './database/prepare.ts';
import { Api } from './http/api.ts';
import { S3Endpoint } from './http/s3-endpoint.ts';
import { HttpServer } from './http/http-server.ts';
import { sameSignature } from './http/signature.ts';
import { isLoopbackName } from './http/loopback.ts';
import { Pages } from './http/pages.ts';
import { AccessControl, denialMessage, type Caller, type Grants } from './iam/access-control.ts';
import { callerOf, Callers } from './iam/callers.ts';
import { KeyStore, serveKeys } from './kms.ts';
import { environmentOf, logStream, type Endpoints } from './lambda/environment.ts';
import { FunctionLog } from './lambda/function-log.ts';
import { FunctionPool, SandboxBudget, type Outcome } from './lambda/function-pool.ts';
import { QueueMapping } from './mappings/queue-mapping.ts';
import { Schedule } from './mappings/schedule.ts';
import { StreamMapping } from './mappings/stream-mapping.ts';
import { Checkpoints } from './messaging/checkpoints.ts';
import { MessageEngine } from './messaging/engine.ts';
import { MessageAuthorizer } from './messaging/authorizer.ts';
import { Outbox, outboxQueue, subscribeOutbox } from './messaging/outbox.ts';
import { writeOperatorFile } from './operator-file.ts';
import { SecretStore, serveSecrets } from './secrets.ts';
import { AccessTokens } from './staff/access-tokens.ts';
import { readStaffKeys } from './staff/keys.ts';
import { readStaff } from './staff/people.ts';
import type { SignIn } from './staff/sign-in.ts';
import { StartRefused } from './start-refused.ts';
import { readPlan, type Plan, type UserPoolPlan } from './template/plan.ts';
import { arn, place } from './template/resource-types.ts';

export type CloudOptions = {
  /** The output folder of `cdk synth`. */
  templatesDir: string;
  /** The folder for all data. */
  dataDir: string;
  /** 0: any free port. */
  port: number;
  /** The origin under which users reach it, without a path. */
  publicUrl?: string | undefined;
  /** A running DynamoDB engine to use instead of the embedded one. */
  dynamodbEndpoint?: string | undefined;
  /** Receives one line per problem, such as a failed function or an engine that ended. */
  report?: ((line: string) => void) | undefined;
};

export type Cloud = {
  /** The origin of the site and the API, without a final slash. */
  url: string;
  port: number;
  /** The templates' outputs, resolved. */
  outputs: Record<string, string>;
  /** For SDK clients of tests and scripts, with `credentials` and `region`. */
  endpoints: Endpoints;
  credentials: Credentials;
  region: string;
  /** The resolved templates. */
  plan: Plan;
  /** The functions' time, in milliseconds since 1970. */
  now: () => number;
  /** Moves the functions' time forward; resolves when the schedules that fell due have run. */
  advance: (milliseconds: number) => Promise<{ ran: string[] }>;
  /** Waits until no message or stream record is pending. @throws at the timeout, naming what is busy. */
  idle: (milliseconds?: number) => Promise<void>;
  /** An access token for a member of the city's staff. */
  token: (user: string) => Promise<string>;
  /** What was published to the notices topic, the newest first. */
  outbox: (options?: { number?: string; limit?: number }) => unknown[];
  /** Invokes a function by its name or logical id, without access checks. */
  invoke: (nameOrLogicalId: string, event: unknown) => Promise<Outcome>;
  /** Message counts of a queue, by its name. */
  queue: (name: string) => { ready: number; inFlight: number; delayed: number };
  /** The grants of the template's policies, how often each was used since the start, and the denials. */
  grants: () => Grants;
  /** Lets running invocations end, then stops everything. */
  stop: () => Promise<void>;
};

const extraSandboxes = 2;
const lifecycleMilliseconds = 3_600_000;
/** The longest wait for running invocations when stopping. */
const stopMilliseconds = 8_000;

/** Starts the templates' resources on this machine. @throws StartRefused, with a message for the user. */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const report = options.report ?? (() => undefined);
  const startedAt = performance.now();
  // Clean-up steps, run in reverse order when the start fails and at the stop.
  const cleanupSteps: (() => unknown)[] = [];
  const cleanUp = async (): Promise<void> => {
    for (let step = cleanupSteps.pop(); step; step = cleanupSteps.pop()) await step();
  };

  try {
    // Refuses unsupported templates before anything is changed.
    readPlan(options.templatesDir, {
      publicUrl: options.publicUrl ?? 'http://127.0.0.1',
      queueUrl: 'http://127.0.0.1',
    });

    const folder = takeDataFolder(options.dataDir);
    cleanupSteps.push(() => {
      folder.release();
    });
    const dataDir = folder.path;

    const loopbackOnly =
      options.publicUrl === undefined || isLoopbackName(new URL(options.publicUrl).hostname);
    const server = await HttpServer.listen(options.port, loopbackOnly ? '127.0.0.1' : '0.0.0.0');
    cleanupSteps.push(() => server.close());
    const publicUrl = options.publicUrl ?? `http://127.0.0.1:${server.port}`;

    const clock = new VirtualClock(dataDir);
    const now = (): number => clock.now();
    const credentials = new CredentialStore(dataDir);
    const own = credentials.of(operator);

    const engineStarting = MessageEngine.start(dataDir);
    const databaseStarting =
      options.dynamodbEndpoint === undefined ? startDatabase(dataDir, report) : Promise.resolve(undefined);
    const keysStarting = readStaffKeys(dataDir);
    // If one of them fails, the others are stopped once they have started.
    for (const started of await Promise.allSettled([engineStarting, databaseStarting, keysStarting])) {
      if (started.status === 'rejected' || !started.value || !('stop' in started.value)) continue;
      const { value } = started;
      cleanupSteps.push(() => value.stop());
    }
    const [engine, database, keys] = await Promise.all([engineStarting, databaseStarting, keysStarting]);

    const plan = readPlan(options.templatesDir, { publicUrl, queueUrl: engine.url });
    const access = new AccessControl(plan.roles, plan.resourcePolicies);
    const callers = new Callers(credentials, plan.functions);
    /** Whether the caller may invoke the function; reports a denial. */
    const mayInvoke = (caller: Caller, functionArn: string): boolean => {
      const denial = access.check(caller, 'lambda:InvokeFunction', functionArn);
      if (denial) report(denialMessage(denial));
      return !denial;
    };

    const noticeTopic = plan.outputs['NoticeTopicArn'];
    engine.prepare(
      [...plan.queues, outboxQueue],
      plan.topics.map((topic) => (topic.arn === noticeTopic ? subscribeOutbox(topic) : topic)),
      plan.buckets,
      new MessageAuthorizer({ access, callers, ownQueueArn: outboxQueue.arn, report }),
    );
    const checkpoints = new Checkpoints(engine.database);

    const databaseUrl = options.dynamodbEndpoint ?? database?.endpoint ?? '';
    const databaseProxy = await startAuthorizingProxy(databaseUrl, access, callers);
    cleanupSteps.push(() => databaseProxy.stop());
    const clientOptions = { endpoint: databaseUrl, region: place.region, credentials: own };
    const tables = new DynamoDBClient(clientOptions);
    const streams = new DynamoDBStreamsClient(clientOptions);
    cleanupSteps.push(() => {
      tables.destroy();
      streams.destroy();
    });
    await reachable(
      prepareDatabase({
        dataDir,
        plan,
        tables,
        streams,
        checkpoints,
        databaseFile: database?.databaseFile,
        now: new Date(now()).toISOString(),
        report,
      }),
      databaseUrl,
      options.dynamodbEndpoint !== undefined,
    );

    const secrets = new SecretStore(dataDir, plan.secrets);
    const guard = { credentials, callers, access, now };
    const secretServer = await serveSecrets(secrets, guard);
    cleanupSteps.push(() => secretServer.stop());
    const keyServer = await serveKeys(new KeyStore(dataDir, plan.keys), guard);
    cleanupSteps.push(() => keyServer.stop());

    const endpoints: Endpoints = {
      dynamodb: databaseProxy.url,
      sqs: engine.url,
      sns: engine.url,
      s3: publicUrl,
      secretsManager: secretServer.url,
      kms: keyServer.url,
      unknown: secretServer.url,
    };

    const apiFunctions = new Set(plan.api?.routes.map((route) => route.functionArn));
    const pools = new Map<string, FunctionPool>();
    const logs: FunctionLog[] = [];
    const budget = new SandboxBudget(extraSandboxes);
    for (const fn of plan.functions) {
      const stream = arn('logs', `log-group:${fn.logGroup}:log-stream:${logStream}`);
      const log = new FunctionLog({
        path: join(dataDir, 'logs', `${fn.name}.log`),
        may: (operation) => !access.check(callerOf(fn), `logs:${operation}`, stream),
        onError: (line) => {
          report(`[${fn.name}] ${line}`);
        },
      });
      logs.push(log);
      const environment = environmentOf(fn, endpoints, credentials.of(fn.name));
      const background = !apiFunctions.has(fn.arn);
      pools.set(fn.arn, new FunctionPool({ fn, environment, clock: clock.shared, background, log, budget }));
    }
    const poolOf = (arn: string): FunctionPool => {
      const pool = pools.get(arn);
      if (!pool) throw new Error(`no function ${arn}`);
      return pool;
    };
    cleanupSteps.push(async () => {
      await Promise.all([...pools.values()].map((pool) => pool.stop()));
      await Promise.all(logs.map((log) => log.close()));
    });

    const streamMappings = plan.streamMappings.map(
      (mapping) =>
        new StreamMapping({
          plan: mapping,
          tables,
          streams,
          pool: poolOf(mapping.functionArn),
          checkpoints,
          access,
          sendFailure: (queueArn, body) => {
            engine.send(queueArn, body);
          },
          report,
        }),
    );
    const queueMappings = plan.queueMappings.map(
      (mapping) =>
        new QueueMapping({ plan: mapping, engine, pool: poolOf(mapping.functionArn), access, report }),
    );
    const schedules = plan.schedules.map((schedule) => {
      const { role, name, arn: sourceArn, functionArn } = schedule;
      const caller: Caller = role
        ? { kind: 'role', role, session: name }
        : { kind: 'service', name: 'events.amazonaws.com', sourceArn };
      return new Schedule(schedule, poolOf(functionArn), clock, () => mayInvoke(caller, functionArn));
    });
    let invocations = 0;
    for (const pool of pools.values()) {
      pool.afterInvocation = () => {
        invocations++;
        for (const mapping of streamMappings) mapping.wake();
      };
    }

    if (database) {
      const readUpTo = (table: string): number | undefined => {
        const checkpointsOfTable = plan.streamMappings
          .filter((one) => one.tableName === table)
          .map((one) => checkpoints.get(one.id, `shardId-00000001-${table}`));
        return checkpointsOfTable.length === 0 || checkpointsOfTable.includes(undefined)
          ? undefined
          : Math.min(...checkpointsOfTable.map(Number));
      };
      const upkeep = new StreamUpkeep(database.databaseFile, readUpTo);
      upkeep.start();
      cleanupSteps.push(() => {
        upkeep.stop();
      });
    }

    const triggerOf = ({ arn: sourceArn, triggerArn }: UserPoolPlan) =>
      triggerArn === undefined
        ? undefined
        : async (event: object): Promise<Outcome> => {
            const pool = { kind: 'service', name: 'cognito-idp.amazonaws.com', sourceArn } as const;
            access.require(pool, 'lambda:InvokeFunction', triggerArn);
            return poolOf(triggerArn).invoke(event);
          };

    const outbox = new Outbox(engine);
    const staff = readStaff(plan.functions);
    const { userPool } = plan;
    const tokens =
      userPool &&
      new AccessTokens({
        plan: userPool,
        issuer: `${publicUrl}/oidc`,
        keys,
        trigger: triggerOf(userPool),
      });
    const tokenOf = async (user: string): Promise<{ token: string; expiresIn: number } | undefined> => {
      const person = staff.staff.find((one) => one.username === user);
      return person && tokens?.mint(person);
    };

    const buckets = new S3Endpoint({
      buckets: plan.buckets,
      engineUrl: engine.url,
      credentials,
      callers,
      access,
      publicUrl,
      now,
    });
    cleanupSteps.push(() => {
      buckets.close();
    });
    // Expiry deletes no object in use: the shortest lifecycle rule is a day.
    engine.expire(plan.buckets);
    const lifecycleTimer = setInterval(() => {
      engine.expire(plan.buckets);
    }, lifecycleMilliseconds);
    lifecycleTimer.unref();
    cleanupSteps.push(() => {
      clearInterval(lifecycleTimer);
    });

    const advance = async (milliseconds: number): Promise<{ ran: string[] }> => {
      clock.advance(milliseconds);
      const ran: string[] = [];
      await Promise.all(
        schedules.map(async (schedule) => {
          if (await schedule.catchUp()) ran.push(schedule.plan.name);
        }),
      );
      return { ran };
    };
    /** What is still busy at the timeout. */
    const busyAfter = async (milliseconds: number): Promise<string[]> => {
      const deadline = performance.now() + milliseconds;
      const findBusy = (): string[] => [
        ...[...pools.values()].filter((pool) => pool.busy).map((pool) => `function ${pool.fn.name}`),
        ...queueMappings
          .filter((mapping) => !mapping.idle)
          .map((mapping) => `queue ${mapping.plan.queueArn.split(':').at(-1) ?? ''}`),
        ...(Object.values(engine.stateOf(outboxQueue.arn)).some((count) => count > 0) ? ['outbox'] : []),
      ];
      for (;;) {
        const before = invocations;
        const left = deadline - performance.now();
        const unread = await Promise.race([
          Promise.all(streamMappings.map((mapping) => mapping.caughtUp())).then(() => []),
          wait(
            Math.max(0, left),
            streamMappings.map((mapping) => `stream of ${mapping.plan.tableName}`),
            { ref: false },
          ),
        ]);
        const busy = [...unread, ...findBusy()];
        // An invocation since the streams were read may have written to them.
        if (busy.length === 0 && invocations === before) return [];
        if (performance.now() >= deadline) return busy.length > 0 ? busy : ['invocations keep coming'];
        await wait(5);
      }
    };

    const health = (): Record<string, unknown> => ({
      ready: true,
      uptimeSeconds: Math.round((performance.now() - startedAt) / 1000),
      versions: {
        node: process.version,
        engines: { dynamodb: database ? 'dynoxide' : databaseUrl, messages: 'fauxqs' },
      },
      now: new Date(now()).toISOString(),
      residentMegabytes: Math.round(process.memoryUsage.rss() / 1_000_000),
    });
    const api =
      plan.api &&
      new Api({
        plan: plan.api,
        pools,
        keysOf: (issuer) => (issuer === tokens?.issuer ? tokens.keys : undefined),
        now,
        mayInvoke: ({ sourceArn, functionArn }) =>
          mayInvoke({ kind: 'service', name: 'apigateway.amazonaws.com', sourceArn }, functionArn),
      });

    // Loads code in advance, so that the first request is not slow.
    const first = new Set([
      ...(plan.api?.routes.map((route) => route.functionArn) ?? []),
      ...plan.streamMappings.map((mapping) => mapping.functionArn),
    ]);
    await Promise.all(
      [...first].map(async (arn) => {
        const error = await poolOf(arn).warm();
        if (error) report(`[${poolOf(arn).fn.name}] ${error.errorType}: ${error.errorMessage}`);
      }),
    );

    // Loaded on first use: its library takes 20 MB and most of a second, and scripts and tests never sign in.
    let signInLoading: Promise<SignIn> | undefined;
    const signIn =
      userPool &&
      tokens &&
      (() =>
        (signInLoading ??= import('./staff/sign-in.ts').then(
          (module) => new module.SignIn({ plan: userPool, publicUrl, tokens, keys, staff }),
        )));
    server.open({
      publicUrl,
      local: {
        publicUrl,
        health,
        clock: () => ({ now: new Date(now()).toISOString(), offset: durationOf(clock.offsetMilliseconds) }),
        advance,
        outbox: (limit, number) => outbox.list(limit, number),
        token: tokenOf,
        users: () => staff.staff.map(({ username, name, role }) => ({ username, name, role })),
        idle: busyAfter,
        outputs: () => plan.outputs,
        grants: () => access.grants(),
        backup: {
          isOperator: (proof) => sameSignature(proof, own.secretAccessKey),
          take: (directory) => {
            if (!database)
              throw new StartRefused(
                '表在 DYNAMODB_ENDPOINT 的引擎里：请用该引擎自己的备份。',
                "The tables are in DYNAMODB_ENDPOINT's engine: use that engine's own backup.",
              );
            return takeBackup(dataDir, directory, (listener) => engine.onDelete(listener));
          },
        },
      },
      signIn,
      buckets,
      api,
      pages: plan.site && new Pages(plan.site),
      now,
      report,
    });
    cleanupSteps.push(
      writeOperatorFile(dataDir, {
        url: `http://127.0.0.1:${server.port}`,
        region: place.region,
        credentials: own,
        endpoints,
        outputs: plan.outputs,
        queues: plan.queues.map((queue) => queue.name),
      }),
    );
    for (const mapping of streamMappings) mapping.start();
    for (const mapping of queueMappings) mapping.start();
    for (const schedule of schedules) schedule.start();
    cleanupSteps.push(async () => {
      for (const mapping of queueMappings) mapping.stop();
      const ended = Promise.all([
        ...streamMappings.map((mapping) => mapping.stop()),
        ...schedules.map((schedule) => schedule.stop()),
        server.close(),
        waitUntilIdle(pools),
      ]);
      await Promise.race([ended, wait(stopMilliseconds, undefined, { ref: false })]);
    });

    let stopped: Promise<void> | undefined;
    return {
      url: publicUrl,
      port: server.port,
      outputs: plan.outputs,
      endpoints,
      credentials: own,
      region: place.region,
      plan,
      now,
      advance,
      async idle(milliseconds = 300_000) {
        const busy = await busyAfter(milliseconds);
        if (busy.length > 0) throw new Error(`still busy after ${milliseconds} ms: ${busy.join(', ')}`);
      },
      async token(user) {
        const made = await tokenOf(user);
        if (!made) throw new Error(`no member of staff ${user}`);
        return made.token;
      },
      outbox: ({ number, limit = 100 } = {}) => outbox.list(limit, number),
      async invoke(nameOrLogicalId, event) {
        const pool = [...pools.values()].find(
          ({ fn }) => fn.name === nameOrLogicalId || fn.logicalId === nameOrLogicalId,
        );
        if (!pool) throw new Error(`no function ${nameOrLogicalId}`);
        return pool.invoke(event);
      },
      queue(name) {
        const queue = plan.queues.find((one) => one.name === name);
        if (!queue) throw new Error(`no queue ${name}`);
        return engine.stateOf(queue.arn);
      },
      grants: () => access.grants(),
      stop: () => (stopped ??= cleanUp()),
    };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

async function reachable(preparing: Promise<void>, url: string, isExternal: boolean): Promise<void> {
  try {
    await preparing;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    if (!isExternal || !/^(ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT)$/.test(code)) throw cause;
    throw new StartRefused(
      `DYNAMODB_ENDPOINT ${url} 没有应答。`,
      `Nothing answers at DYNAMODB_ENDPOINT ${url}.`,
      { cause },
    );
  }
}

async function waitUntilIdle(pools: Map<string, FunctionPool>): Promise<void> {
  while ([...pools.values()].some((pool) => pool.busy)) await wait(10);
}

/** PT26H3M0.5S; hours may exceed a day. */
function durationOf(milliseconds: number): string {
  const hours = Math.floor(milliseconds / 3_600_000);
  const minutes = Math.floor((milliseconds % 3_600_000) / 60_000);
  const seconds = (milliseconds % 60_000) / 1000;
  const parts = [
    hours > 0 ? `${hours}H` : '',
    minutes > 0 ? `${minutes}M` : '',
    seconds > 0 ? `${seconds}S` : '',
  ].join('');
  return `PT${parts === '' ? '0S' : parts}`;
}
