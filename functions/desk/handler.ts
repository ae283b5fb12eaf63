import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Contact } from '../../shared/kernel/contact.ts';
import { decide } from '../../shared/records/report/decide.ts';
import { parseNumber } from '../../shared/kernel/number.ts';
import { mayDo, maySee, standingOf } from '../../shared/kernel/permissions.ts';
import { staffView } from '../../shared/records/report/views.ts';
import { areaName, departmentName } from '../../shared/language/wording.ts';
import { staffCommandBody } from '../../shared/http/bodies.ts';
import { staffOf, type Staff } from '../../shared/http/credentials.ts';
import { endpoint, readBody, type Answer, type HttpHandler } from '../../shared/http/endpoint.ts';
import { giveCommand, type CommandDependencies } from '../../shared/http/give-command.ts';
import { publicPhotos, workPhotos } from '../../shared/http/linked-photos.ts';
import { numberOf } from '../../shared/http/open-report.ts';
import { fieldProblem, Problem } from '../../shared/http/problems.ts';
import { problemOf } from '../../shared/http/refusals.ts';
import { logFailure } from '../../shared/log.ts';
import { ContactKeyUnavailable, type ContactOpener } from '../../shared/store/contact-cipher.ts';
import type { Private, Stored } from '../../shared/store/records.ts';
import { createLists, mayReadInbox, type Dependencies as ListDependencies } from './lists.ts';

export type Dependencies = CommandDependencies & ListDependencies & { contacts: ContactOpener };

/** What staff see and do. The gateway has checked who they are; what they may is decided here and in `decide`. */
export function createHandler(deps: Dependencies): HttpHandler {
  const { city, store } = deps;

  async function openFor(staff: Staff, number: string): Promise<Stored> {
    const stored = await store.load(number);
    if (!stored) throw new Problem('report-not-found');
    if (!maySee(staff, standingOf(stored.report))) throw new Problem('not-permitted');
    return stored;
  }

  async function answer(
    staff: Staff,
    { report, events, private: secret }: Stored,
  ): Promise<{ status: number; body: object }> {
    const view = staffView(report, events, secret.contact?.masked, staff, city, deps.now());
    // Who may cover parts of a photo has to see them.
    const link = mayDo(staff, 'blur-photo', standingOf(report)) ? workPhotos : publicPhotos;
    return {
      status: 200,
      body: { ...view, photos: await link(deps.photos, report.photos, report.number) },
    };
  }

  async function command(event: APIGatewayProxyEventV2): Promise<Answer> {
    const staff = staffOf(event);
    const body = readBody(event, staffCommandBody);
    const opened = await openFor(staff, numberOf(event));
    if (body.type === 'merge') {
      const into = parseNumber(String(body['into']));
      if (into === undefined) throw fieldProblem('into', 'report-not-found');
      body['into'] = into;
      await joinFirst(staff, opened, into, body.version);
    }
    // Before it is recorded that somebody saw it: without the key nobody does.
    const contact = body.type === 'reveal' ? await contactOf(opened) : undefined;
    const revise = body.type === 'revoke-link' ? withoutLink : undefined;
    const done = await giveCommand(deps, event, opened, body, staff, revise);
    const { status, body: view } = await answer(staff, done);
    // The one answer with the contact in the clear; that it was given, and why, is in the history.
    return body.type === 'reveal' ? { status, body: { ...view, contact } } : { status, body: view };
  }

  async function contactOf({ report, private: { contact } }: Stored): Promise<Contact | undefined> {
    try {
      return contact && (await deps.contacts.open(report.number, contact));
    } catch (error) {
      if (!(error instanceof ContactKeyUnavailable)) throw error;
      logFailure('contact-key-unavailable', error, { number: report.number });
      throw new Problem('temporarily-unavailable');
    }
  }

  /**
   * The report that goes on is told first, once the merging is known to be allowed. Should the second write fail,
   * giving the command again finds the first done already.
   */
  async function joinFirst(
    staff: Staff,
    { report }: Stored,
    into: string,
    expectedVersion: number | undefined,
  ): Promise<void> {
    const target = await openFor(staff, into);
    const now = deps.now();
    const foreseen = decide(report, { type: 'merge', into }, { now, actor: staff, city, expectedVersion });
    if (!foreseen.ok) throw problemOf(foreseen.refusal);
    if (['merged', 'withdrawn', 'rejected'].includes(target.report.state))
      throw new Problem('merge-target-ended');
    const context = { now, actor: { kind: 'system', name: 'merge' } as const, city };
    const { number, duplicates, clocks } = report;
    const clock = clocks.resolve?.stoppedAt === undefined ? clocks.resolve : undefined;
    const join = { type: 'join', number, followers: duplicates, clock } as const;
    const joined = await store.execute(into, join, context);
    if (!joined.ok) throw problemOf(joined.refusal);
  }

  return endpoint({
    'GET /api/desk/me': (event) => {
      const staff = staffOf(event);
      const { username, role, areas } = staff;
      const named = (id: string) => ({ id, name: departmentName(city, id) });
      const body = {
        username,
        role,
        departments: staff.departments.map(named),
        areas: areas.map((id) => ({ id, name: areaName(city, id) })),
        inboxes: city.departments
          .filter((department) => mayReadInbox(city, staff, department))
          .map(({ id }) => named(id)),
        replyTemplates: city.replyTemplates,
      };
      return Promise.resolve({ status: 200, body });
    },
    ...createLists(deps),
    'GET /api/desk/reports/{number}': async (event) => {
      const staff = staffOf(event);
      return answer(staff, await openFor(staff, numberOf(event)));
    },
    'POST /api/desk/reports/{number}/commands': command,
  });
}

/** Nothing opens the report any more, until its reporter proves to be the one who sent it. No new link passes here. */
function withoutLink({ formerTokenHash: _, ...secret }: Private): Private {
  return { ...secret, tokenHash: '' };
}
