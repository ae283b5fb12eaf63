import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import * as fc from 'fast-check';
import { startCloud } from '../../infra/local/cloud.ts';
import { readPlan, type Plan } from '../../infra/local/template/plan.ts';
import { city } from '../support/city.ts';
import { Instance } from '../support/instance.ts';
import { responseProblems } from './response-checks.ts';
import { drafts, build, type BuiltRequest, type Draft } from './requests.ts';
import { exchange, type Exchange, type Reply } from './wire.ts';
import { World } from './world.ts';

export type FuzzOptions = {
  requests: number;
  /** The requests take turns with these seeds. */
  seeds: readonly number[];
  dataDir: string;
  /** Requests sent concurrently. */
  lanes?: number;
  /** Time limit. */
  minutes?: number;
  /** Sends only the requests with these indexes, without the earlier ones. */
  only?: readonly number[];
  say?: (line: string) => void;
};

export type Failure = { at: number; problem: string; request: string; draft: string };

export type FuzzResult = {
  failures: Failure[];
  /** By route, then by status; `closed` if the connection ended without a response. */
  counts: Map<string, Map<string, number>>;
  sent: number;
  seconds: number;
  /** Milliseconds, sorted. */
  times: number[];
  slowest: { milliseconds: number; request: string }[];
  highestMegabytes: number;
  /** Lines about failures in the logs of the functions and the cloud. */
  logged: string[];
  /** Messages left in queues when the product is idle again. */
  left: Record<string, number>;
};

/** The share of the API's throttle rate to use: 429 responses would hide the functions' own. */
const shareOfThrottle = 0.9;
const shownBytes = 600;
/** The most attempts to shrink a failing request. */
const maxShrinks = 60;

/**
 * Sends requests to an instance of its own, started by `npm start`, and checks every response. Each request is one run
 * of a property, generated from the seed and its index; a failing one is shrunk at once.
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { requests, seeds, dataDir, lanes = 8, only, say = () => undefined } = options;
  const instance = await Instance.start(dataDir);
  const plan = planOf(dataDir, instance.url);
  const [bucket] = plan.buckets.filter(({ cors }) => cors.length > 0);
  const world = new World(city);
  await signIn(world, instance);

  const result: FuzzResult = {
    failures: [],
    counts: new Map(),
    sent: 0,
    seconds: 0,
    times: [],
    slowest: [],
    highestMegabytes: 0,
    logged: [],
    left: {},
  };
  const drawn = drafts(city, bucket?.name ?? 'photos');
  const host = new URL(instance.url).host;
  const began = performance.now();
  const rateLimiter = new RateLimiter((plan.api?.throttle?.rate ?? Infinity) * shareOfThrottle);

  async function send(draft: Draft, at: number): Promise<void> {
    let tries = 0;
    const id = (): string => keyOf(at, (tries += 1), began);
    const built = build(draft, world, host, id);
    if (!built) return;
    await rateLimiter.turn();
    // Different client addresses, since requests are limited by address.
    const from = process.platform === 'linux' ? `127.0.${at % 200}.${1 + (at % 250)}` : undefined;
    let answered: Exchange;
    try {
      answered = await exchange(instance.port, built.sent, from);
    } catch (cause) {
      throw new ResponseError([cause instanceof Error ? cause.message : String(cause)], built);
    }
    record(result, built, answered);
    const found = responseProblems(built, answered, dataDir);
    if (found.length > 0) throw new ResponseError(found, built);
    const [reply] = answered.replies;
    const isJson = reply?.headers['content-type']?.startsWith('application/json') === true;
    if (reply && isJson && built.route in informativeRoutes) world.learn(built, reply);
  }

  async function one(at: number): Promise<void> {
    let last: ResponseError | undefined;
    let runs = 0;
    const details = await fc.check(
      fc.asyncProperty(drawn, async (draft) => {
        runs += 1;
        if (runs > maxShrinks) return;
        try {
          await send(draft, at);
        } catch (error) {
          if (!(error instanceof ResponseError)) throw error;
          last = error;
          throw error;
        }
      }),
      { seed: seedOf(seeds[at % seeds.length] ?? 0, at), numRuns: 1 },
    );
    if (!details.failed) return;
    const request = last?.built.sent.bytes.subarray(0, shownBytes).toString() ?? '';
    const failure: Failure = {
      at,
      problem: last?.found.join('; ') ?? String(details.errorInstance),
      request,
      draft: fc.stringify(details.counterexample?.[0]).slice(0, 2000),
    };
    result.failures.push(failure);
    say(`request ${at}: ${failure.problem}\n${failure.draft}\n${request}\n`);
  }

  const watch = setInterval(() => {
    result.highestMegabytes = Math.max(result.highestMegabytes, residentMegabytes(instance));
  }, 500);
  const row = only ?? Array.from({ length: requests }, (_, at) => at);
  let next = 0;
  const isOver = (): boolean =>
    next >= row.length ||
    instance.process.exitCode !== null ||
    performance.now() - began > (options.minutes ?? Infinity) * 60_000;
  const lane = async (): Promise<void> => {
    while (!isOver()) {
      const at = row[next] ?? 0;
      next += 1;
      await one(at);
      if (at % 2500 !== 2499) continue;
      // Staff tokens expire after an hour of real time.
      await signIn(world, instance);
      say(
        `… ${at + 1} of ${row.length}, ${result.failures.length} failed, ${residentMegabytes(instance)} MB, ` +
          `${Math.round((performance.now() - began) / 1000)} s`,
      );
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  clearInterval(watch);
  result.seconds = (performance.now() - began) / 1000;
  result.highestMegabytes = Math.max(result.highestMegabytes, residentMegabytes(instance));

  if (instance.process.exitCode !== null || instance.process.signalCode !== null)
    result.failures.push({ at: next, problem: 'the product ended', request: instance.output, draft: '' });
  else {
    const { status, json } = await instance.call('GET', '/local/idle?timeout=120');
    if (status !== 200)
      result.failures.push({
        at: next,
        problem: `not idle: ${JSON.stringify(json)}`,
        request: '',
        draft: '',
      });
    await instance.kill('SIGTERM');
  }
  result.logged = failuresLogged(dataDir, instance.output);
  result.left = await leftIn(dataDir);
  result.times.sort((a, b) => a - b);
  return result;
}

/** The routes whose responses provide values for later requests. */
const informativeRoutes: Record<string, true> = {
  'POST /api/uploads': true,
  'POST /api/reports': true,
  'POST /api/desk/reports': true,
  'POST /api/reports/{number}/commands': true,
  'GET /api/desk/reports': true,
  'GET /api/desk/reports/{number}': true,
  'POST /api/desk/reports/{number}/commands': true,
  'GET /api/desk/alerts': true,
  'POST /api/desk/search': true,
  'POST /api/desk/policy': true,
};

class ResponseError extends Error {
  readonly found: readonly string[];
  readonly built: BuiltRequest;

  constructor(found: readonly string[], built: BuiltRequest) {
    super(found.join('; '));
    this.found = found;
    this.built = built;
  }
}

/** Limits requests to a rate per second. */
class RateLimiter {
  readonly #gap: number;
  #free = 0;

  constructor(rate: number) {
    this.#gap = 1000 / rate;
  }

  async turn(): Promise<void> {
    const now = performance.now();
    this.#free = Math.max(now, this.#free + this.#gap);
    if (this.#free > now) await setTimeout(this.#free - now);
  }
}

function record(result: FuzzResult, built: BuiltRequest, { replies, milliseconds }: Exchange): void {
  result.sent += 1;
  result.times.push(milliseconds);
  const outcome = outcomeOf(replies[0]);
  const counts = result.counts.get(built.route) ?? new Map<string, number>();
  counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  result.counts.set(built.route, counts);
  const request = built.sent.bytes.subarray(0, 100).toString().split('\r\n', 1)[0] ?? '';
  result.slowest = [
    ...result.slowest,
    { milliseconds, request: `${request} (${built.sent.bytes.length} bytes)` },
  ]
    .sort((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, 5);
}

/** The status, and a refusal's code if it has one. */
function outcomeOf(reply: Reply | undefined): string {
  if (!reply) return 'closed';
  const code = /"code":"([\w-]+)"/.exec(reply.body)?.[1];
  return reply.status < 400 || code === undefined ? String(reply.status) : `${reply.status} ${code}`;
}

export function planOf(dataDir: string, url: string): Plan {
  return readPlan(join(dataDir, 'cdk.out'), { publicUrl: url, queueUrl: 'http://127.0.0.1' });
}

/** Signs in two users of each role. Half of the calls use the administrator, who may do most. */
async function signIn(world: World, instance: Instance): Promise<void> {
  const names = [...Map.groupBy(city.staff, ({ role }) => role).values()].flatMap((people) =>
    people.slice(0, 2).map(({ username }) => username),
  );
  const staff: World['staff'] = [];
  for (const username of names) {
    const token = await instance.tokenOf(username);
    const { role } = city.staff.find((person) => person.username === username) ?? {};
    for (let share = role === 'admin' ? names.length : 1; share > 0; share -= 1)
      staff.push({ username, token });
  }
  world.staff = staff;
}

function seedOf(seed: number, at: number): number {
  return createHash('sha256').update(`${seed} ${at}`).digest().readInt32BE(0);
}

/** An idempotency key that is different in every run. */
function keyOf(...parts: number[]): string {
  return createHash('sha256').update(parts.join(' ')).digest('base64url').slice(0, 32);
}

function residentMegabytes({ process: { pid } }: Instance): number {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1000);
  } catch {
    // Not Linux, or the process has ended.
    return 0;
  }
}

function failuresLogged(dataDir: string, output: string): string[] {
  const folder = join(dataDir, 'logs');
  // The folder is created with the first log line.
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const lines = files.flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'));
  // A body too large for a function is refused with 413, which the platform logs.
  const isFailure = /"level":\s*"(ERROR|FATAL)"|request-failed|message-failed/;
  return [...lines, ...output.split('\n').filter((line) => /^\s+at |Error:/.test(line))]
    .filter((line) => isFailure.test(line) || output.includes(line))
    .filter((line) => line.trim() !== '' && !line.includes('RequestTooLargeException'))
    .map((line) => line.slice(0, 500));
}

/** The messages left in queues after the product is started again and idle. */
async function leftIn(dataDir: string): Promise<Record<string, number>> {
  const cloud = await startCloud({ templatesDir: join(dataDir, 'cdk.out'), dataDir, port: 0 });
  try {
    await cloud.idle(60_000);
    const counts = cloud.plan.queues.map(({ name }) => {
      const { ready, inFlight, delayed } = cloud.queue(name);
      return [name, ready + inFlight + delayed] as const;
    });
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  } finally {
    await cloud.stop();
  }
}
