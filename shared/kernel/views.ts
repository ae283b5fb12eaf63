import type { City } from '../config/city.ts';
import type { Contact } from './contact.ts';
import type { AnyKind, Model } from './kind.ts';
import type { StaffActor } from './permissions.ts';

/** Who looks at a record, when, and what of its contact they may see. */
export type StaffView = { contact: Contact | undefined; actor: StaffActor; city: City; now: string };

type View = Record<string, unknown>;
type Showing<Args extends unknown[], Result> = { call(...args: Args): Result }['call'];

/** What a kind shows of a record, without its photos: their links expire, so they are the caller's to add. */
export type Views<M extends Model = Model> = {
  forResident: Showing<[record: M['record'], events: readonly M['event'][], city: City, now: string], View>;
  forStaff: Showing<[record: M['record'], events: readonly M['event'][], view: StaffView], View>;
  /** The record that whoever opens this one follows as well. */
  followed: Showing<[record: M['record']], string | undefined>;
  forFollower: Showing<[record: M['record'], events: readonly M['event'][], city: City], View>;
};

/** @throws where nothing is said of how a kind is shown. */
export function viewsOf(views: Readonly<Record<string, Views>>, { name }: AnyKind): Views {
  const own = views[name];
  if (!own) throw new Error(`no views of kind ${name}`);
  return own;
}
