import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import * as fc from 'fast-check';
import { startCloud } from '../../infra/local/cloud.ts';
import { readPlan, type Plan } from '../../infra/local/template/plan.ts';
import { city } from '../support/city.ts';
import { Instance } from '../support/instance.ts';
import { complaints } from './judge.ts';
import { drafts, made, type Asked, type Draft } from './requests.ts';
import { exchange, type Exchange, type Reply } from './wire.ts';
import { World } from './world.ts';

export type FuzzOptions = {
  requests: number;
  /** Each draws every so manieth request: one that is known, and one that nobody has seen. */
  seeds: readonly number[];
  dataDir: string;
  /** Requests that may be under way at once. */
  lanes?: number;
  /** Ends sooner when so much time has passed. */
  minutes?: number;
  /** Sends only these, by their place in the row; none of what came before them has then happened. */
  only?: readonly number[];
  say?: (line: string) => void;
};

export type Failure = { at: number; complaint: string; request: string; draft: string };

export type FuzzResult = {
  failures: Failure[];
  /** By route and then by status, `closed` where the connection ended without an answer. */
  counts: Map<string, Map<string, number>>;
  sent: number;
  seconds: number;
  /** Milliseconds, sorted. */
  times: number[];
  slowest: { milliseconds: number; request: string }[];
  highestMegabytes: number;
  /** Lines of the functions' and the cloud's logs that tell of a failure. */
  logged: string[];
  /** Queues that hold something after all has come to rest. */
  left: Record<string, number>;
};

/** Share of the API's own throttle that is used: its 429 would hide what lies behind it. */
const shareOfThrottle = 0.9;
const shownBytes = 600;
/** Smaller requests that are tried after one that failed. */
const mostShrinks = 60;

/**
 * Sends requests to a product of its own, started as a user does, and judges every answer. Each request is a
 * property's single run: the seed and its place in the row draw it, and one that fails is shrunk on the spot.
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
  const pace = new Pace((plan.api?.throttle?.rate ?? Infinity) * shareOfThrottle);

  async function send(draft: Draft, at: number): Promise<void> {
    let tries = 0;
    const id = (): string => keyOf(at, (tries += 1), began);
    const asked = made(draft, world, host, id);
    if (!asked) return;
    await pace.turn();
    // The address a request comes from is part of what may be limited.
    const from = process.platform === 'linux' ? `127.0.${at % 200}.${1 + (at % 250)}` : undefined;
    let answered: Exchange;
    try {
      answered = await exchange(instance.port, asked.sent, from);
    } catch (cause) {
      throw new Complaint([cause instanceof Error ? cause.message : String(cause)], asked);
    }
    note(result, asked, answered);
    const found = complaints(asked, answered, dataDir);
    if (found.length > 0) throw new Complaint(found, asked);
    const [reply] = answered.replies;
    const isJson = reply?.headers['content-type']?.startsWith('application/json') === true;
    if (reply && isJson && asked.route in routesLearntFrom) world.learn(asked, reply);
  }

  async function one(at: number): Promise<void> {
    let last: Complaint | undefined;
    let runs = 0;
    const details = await fc.check(
      fc.asyncProperty(drawn, async (draft) => {
        runs += 1;
        if (runs > mostShrinks) return;
        try {
          await send(draft, at);
        } catch (error) {
          if (!(error instanceof Complaint)) throw error;
          last = error;
          throw error;
        }
      }),
      { seed: seedOf(seeds[at % seeds.length] ?? 0, at), numRuns: 1 },
    );
    if (!details.failed) return;
    const request = last?.asked.sent.bytes.subarray(0, shownBytes).toString() ?? '';
    const failure: Failure = {
      at,
      complaint: last?.found.join('; ') ?? String(details.errorInstance),
      request,
      draft: fc.stringify(details.counterexample?.[0]).slice(0, 2000),
    };
    result.failures.push(failure);
    say(`request ${at}: ${failure.complaint}\n${failure.draft}\n${request}\n`);
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
      // Staff tokens live for an hour, by the real clock.
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
    result.failures.push({ at: next, complaint: 'the product ended', request: instance.output, draft: '' });
  else {
    const { status, json } = await instance.call('GET', '/local/idle?timeout=120');
    if (status !== 200)
      result.failures.push({
        at: next,
        complaint: `not idle: ${JSON.stringify(json)}`,
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

/** The routes whose answers say something that further requests are made of. */
const routesLearntFrom: Record<string, true> = {
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

class Complaint extends Error {
  readonly found: readonly string[];
  readonly asked: Asked;

  constructor(found: readonly string[], asked: Asked) {
    super(found.join('; '));
    this.found = found;
    this.asked = asked;
  }
}

/** Lets one pass after the other, no more in a second than the rate. */
class Pace {
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

function note(result: FuzzResult, asked: Asked, { replies, milliseconds }: Exchange): void {
  result.sent += 1;
  result.times.push(milliseconds);
  const outcome = outcomeOf(replies[0]);
  const counts = result.counts.get(asked.route) ?? new Map<string, number>();
  counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  result.counts.set(asked.route, counts);
  const request = asked.sent.bytes.subarray(0, 100).toString().split('\r\n', 1)[0] ?? '';
  result.slowest = [
    ...result.slowest,
    { milliseconds, request: `${request} (${asked.sent.bytes.length} bytes)` },
  ]
    .sort((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, 5);
}

/** The status, and a refusal's code where it has one. */
function outcomeOf(reply: Reply | undefined): string {
  if (!reply) return 'closed';
  const code = /"code":"([\w-]+)"/.exec(reply.body)?.[1];
  return reply.status < 400 || code === undefined ? String(reply.status) : `${reply.status} ${code}`;
}

export function planOf(dataDir: string, url: string): Plan {
  return readPlan(join(dataDir, 'cdk.out'), { publicUrl: url, queueUrl: 'http://127.0.0.1' });
}

/** Two of each role. Every other call is the administrator's, who gets further than the rest. */
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

/** New in every run: the same key twice would be the same request. */
function keyOf(...parts: number[]): string {
  return createHash('sha256').update(parts.join(' ')).digest('base64url').slice(0, 32);
}

function residentMegabytes({ process: { pid } }: Instance): number {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1000);
  } catch {
    // Not Linux, or it has ended.
    return 0;
  }
}

function failuresLogged(dataDir: string, output: string): string[] {
  const folder = join(dataDir, 'logs');
  // Made when the first line is written.
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const lines = files.flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'));
  // A body too large for a function is refused with 413, and the platform notes it.
  const isFailure = /"level":\s*"(ERROR|FATAL)"|request-failed|message-failed/;
  return [...lines, ...output.split('\n').filter((line) => /^\s+at |Error:/.test(line))]
    .filter((line) => isFailure.test(line) || output.includes(line))
    .filter((line) => line.trim() !== '' && !line.includes('RequestTooLargeException'))
    .map((line) => line.slice(0, 500));
}

/** What lies in the queues when the product is started again and has come to rest. */
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
