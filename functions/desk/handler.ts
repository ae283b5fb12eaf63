import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { commandBody } from '../../shared/http/command-bodies.ts';
import { staffOf, type Staff } from '../../shared/http/credentials.ts';
import type { Answer } from '../../shared/http/answers.ts';
import { endpoint, type HttpHandler } from '../../shared/http/endpoint.ts';
import { readBody } from '../../shared/http/read-request.ts';
import { giveCommand, type CommandDependencies } from '../../shared/http/give-command.ts';
import { publicPhotos, workPhotos } from '../../shared/http/linked-photos.ts';
import { kindOfPath, numberOf } from '../../shared/http/open-record.ts';
import { Problem } from '../../shared/http/problems.ts';
import type { Contact } from '../../shared/kernel/contact.ts';
import { mayGive } from '../../shared/kernel/offers.ts';
import { mayReadInbox } from '../../shared/kernel/inbox-access.ts';
import { maySee } from '../../shared/kernel/permissions.ts';
import { viewsOf, type Views } from '../../shared/kernel/views.ts';
import { areaName, departmentName } from '../../shared/language/wording.ts';
import { logFailure } from '../../shared/logging/log.ts';
import { ContactKeyUnavailable, type ContactOpener } from '../../shared/store/contact-cipher.ts';
import type { Private, Stored } from '../../shared/store/item.ts';
import { listRoutes } from './lists.ts';
import { joinTarget } from './merge.ts';

export type Dependencies = CommandDependencies & {
  /** The views of each kind, by its name. */
  views: Readonly<Record<string, Views>>;
  contacts: ContactOpener;
};

/** The API of the desk. The gateway has authenticated the member of staff; this handler and `decide` authorise. */
export function createHandler(deps: Dependencies): HttpHandler {
  return endpoint({
    'GET /api/desk/me': (event) =>
      Promise.resolve({ status: 200, body: describeStaff(deps, staffOf(event)) }),
    ...listRoutes(deps),
    'GET /api/desk/reports/{number}': async (event) => {
      const staff = staffOf(event);
      return { status: 200, body: await viewOf(deps, staff, await openFor(deps, staff, numberOf(event))) };
    },
    'POST /api/desk/reports/{number}/commands': (event) => command(deps, event),
  });
}

async function openFor({ store }: Dependencies, staff: Staff, number: string): Promise<Stored> {
  const stored = await store.load(number);
  if (!stored) throw new Problem('report-not-found');
  if (!maySee(staff, stored.kind.accessScope(stored.record))) throw new Problem('not-permitted');
  return stored;
}

async function viewOf(deps: Dependencies, staff: Staff, stored: Stored): Promise<object> {
  const { kind, record, events, private: secret } = stored;
  const reader = { contact: secret.contact?.masked, actor: staff, city: deps.city, now: deps.now() };
  const view = viewsOf(deps.views, kind).forStaff(record, events, reader);
  // Staff who may blur a photo need the unblurred one.
  const link = mayGive(kind, staff, 'blur-photo', record) ? workPhotos : publicPhotos;
  return { ...view, photos: await link(deps.photos, record.photos, record.number) };
}

async function command(deps: Dependencies, event: APIGatewayProxyEventV2): Promise<Answer> {
  const staff = staffOf(event);
  const sent = readBody(event, commandBody(kindOfPath(event, deps.store.kinds), 'staff'));
  const opened = await openFor(deps, staff, numberOf(event));
  const body = sent.type === 'merge' ? await joinTarget(deps, staff, opened, sent) : sent;
  // Decrypted before the event is recorded: without the key nobody sees the contact.
  const contact = body.type === 'reveal' ? await contactOf(deps, opened) : undefined;
  const revise = body.type === 'revoke-link' ? withoutLink : undefined;
  const done = await giveCommand(deps, event, opened, body, staff, revise);
  const view = await viewOf(deps, staff, done);
  // The only answer with the contact in the clear; the event records who read it and why.
  return { status: 200, body: body.type === 'reveal' ? { ...view, contact } : view };
}

async function contactOf(
  { contacts }: Dependencies,
  { record: { number }, private: { contact } }: Stored,
): Promise<Contact | undefined> {
  try {
    return contact && (await contacts.open(number, contact));
  } catch (error) {
    if (!(error instanceof ContactKeyUnavailable)) throw error;
    logFailure('contact-key-unavailable', error, { number });
    throw new Problem('temporarily-unavailable');
  }
}

function describeStaff({ city }: Dependencies, staff: Staff): object {
  const { username, role, areas, departments } = staff;
  const named = (id: string) => ({ id, name: departmentName(city, id) });
  return {
    username,
    role,
    departments: departments.map(named),
    areas: areas.map((id) => ({ id, name: areaName(city, id) })),
    inboxes: city.departments
      .filter((department) => mayReadInbox(city, staff, department))
      .map(({ id }) => named(id)),
    replyTemplates: city.replyTemplates,
  };
}

/** Revokes the tracking link, until its sender renews it. A pending retry with the former token is refused too. */
function withoutLink({ renewal: _, ...secret }: Private): Private {
  return { ...secret, tokenHash: '' };
}
