import type { City } from '../config/city.ts';
import type { Contact } from './contact.ts';
import type { AnyKind, Bivariant, Model } from './kind.ts';
import type { StaffActor } from './permissions.ts';

/** Who reads a record, when, and the contact details that they may see. */
export type StaffView = { contact: Contact | undefined; actor: StaffActor; city: City; now: string };

type View = Record<string, unknown>;

/** The views of a record by reader, without its photos: the caller adds those, as their links expire. */
export type Views<M extends Model = Model> = {
  forResident: Bivariant<[record: M['record'], events: readonly M['event'][], city: City, now: string], View>;
  forStaff: Bivariant<[record: M['record'], events: readonly M['event'][], view: StaffView], View>;
  /** The number of the record that the holder of this one follows. */
  followed: Bivariant<[record: M['record']], string | undefined>;
  forFollower: Bivariant<[record: M['record'], events: readonly M['event'][], city: City], View>;
};

/** @throws when the kind has no views. */
export function viewsOf(views: Readonly<Record<string, Views>>, { name }: AnyKind): Views {
  const own = views[name];
  if (!own) throw new Error(`no views of kind ${name}`);
  return own;
}
