import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import type { ReportEvent } from '../../events/report.ts';
import type { City } from '../../shared/config/city.ts';
import { decide } from '../../shared/kernel/decide.ts';
import { fold } from '../../shared/kernel/fold.ts';
import { report as kind, type ReportKind } from '../../shared/records/report/kind.ts';
import { movesBetween, type Move } from '../../shared/records/report/policy.ts';
import { policyBody } from '../../shared/http/bodies.ts';
import { staffOf, type Staff } from '../../shared/http/credentials.ts';
import { readPlace, writePlace } from '../../shared/http/cursors.ts';
import type { Answer } from '../../shared/http/answers.ts';
import { endpoint, type HttpHandler } from '../../shared/http/endpoint.ts';
import { readBody } from '../../shared/http/read-request.ts';
import { Problem } from '../../shared/http/problems.ts';
import type { Records } from '../../shared/store/records.ts';

export type Dependencies = { city: City; store: Records<ReportKind>; now: () => string };

/** The views with running or paused clocks. */
const views = ['triage', 'open', 'suspended'] as const;

/** The limits of one request, whichever comes first. */
const maxReports = 25;
const maxLists = 60;

/** The position of the pass, and its start: recalculated reports may appear again further down the list. */
const placeSchema = z.strictObject({
  since: z.iso.datetime(),
  department: z.string(),
  view: z.enum(views),
  inner: z.string().optional(),
});
type Place = z.infer<typeof placeSchema>;

/** The outcome for one report; none if this pass has handled it already. */
type Outcome = { moves: Move[]; isChanged: boolean } | { refused: string } | undefined;

/** Recalculates the clocks of open reports by the current rules, or previews the changes. */
export function createHandler(deps: Dependencies): HttpHandler {
  return endpoint({ 'POST /api/desk/policy': (event) => policy(deps, event) });
}

async function policy(deps: Dependencies, event: APIGatewayProxyEventV2): Promise<Answer> {
  const { city, store, now } = deps;
  const staff = staffOf(event);
  if (staff.role !== 'admin') throw new Problem('not-permitted');
  const { apply, cursor } = readBody(event, policyBody);
  const lists = city.departments.flatMap(({ id }) => views.map((view) => ({ department: id, view })));
  const started = cursor === undefined ? undefined : readPlace(cursor, placeSchema);
  const since = started?.since ?? now();
  let at = started
    ? lists.findIndex(({ department, view }) => department === started.department && view === started.view)
    : 0;
  if (at < 0) throw new Problem('invalid-cursor');
  let inner = started?.inner;

  const outcomes: { number: string; outcome: Outcome }[] = [];
  let [reports, reads] = [0, 0];
  for (; reports < maxReports && reads < maxLists; reads += 1) {
    const list = lists[at];
    if (!list) break;
    const page = await store.inbox({ of: 'department', department: list.department }, list.view, {
      now: now(),
      cursor: inner,
    });
    const all = page.items.map(async ({ number }) => ({
      number,
      outcome: await applied(deps, number, staff, since, apply),
    }));
    outcomes.push(...(await Promise.all(all)));
    reports += page.items.length;
    inner = page.cursor;
    if (inner === undefined) at += 1;
  }
  const next = lists[at];
  const place: Place | undefined = next && { since, ...next, ...(inner !== undefined && { inner }) };
  return {
    status: 200,
    body: { ...summed(outcomes), ...(place && { cursor: writePlace(place) }) },
  };
}

function summed(outcomes: readonly { number: string; outcome: Outcome }[]) {
  const moves: Move[] = [];
  const refused: { number: string; code: string }[] = [];
  const counts = { adjusted: 0, unchanged: 0 };
  for (const { number, outcome } of outcomes) {
    if (!outcome) continue;
    if ('refused' in outcome) refused.push({ number, code: outcome.refused });
    else if (outcome.moves.length > 0) moves.push(...outcome.moves);
    else counts[outcome.isChanged ? 'adjusted' : 'unchanged'] += 1;
  }
  return { moves, ...counts, refused };
}

async function applied(
  { city, store, now }: Dependencies,
  number: string,
  staff: Staff,
  since: string,
  apply: boolean,
): Promise<Outcome> {
  const context = { now: now(), actor: staff, city };
  const stored = await store.load(number);
  if (!stored) return undefined;
  const isDone = stored.events.some(
    ({ type, occurredAt }) => type === 'policy-applied.v1' && occurredAt >= since,
  );
  if (isDone) return undefined;
  const command = { type: 'apply-policy' } as const;
  if (!apply) {
    const decision = decide(kind, stored.record, command, context);
    if (!decision.ok) return { refused: decision.refusal.kind };
    return outcomeOf([...stored.events, ...decision.events], decision.events.length);
  }
  const result = await store.execute(stored, command, context);
  if (!result.ok) return { refused: result.refusal.kind };
  return outcomeOf(result.stored.events, result.events.length);
}

/** @param added how many of the events are new. */
function outcomeOf(events: readonly ReportEvent[], added: number): Outcome {
  const before = fold(kind, events.slice(0, events.length - added));
  return { moves: movesBetween(before, fold(kind, events)), isChanged: added > 0 };
}
