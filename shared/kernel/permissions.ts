/** Who acts on a record. A resident becomes an actor by presenting the tracking token. */
export type Actor =
  | { kind: 'resident' }
  | {
      kind: 'staff';
      username: string;
      role: StaffRole;
      departments: readonly string[];
      areas: readonly string[];
    }
  | { kind: 'system'; name: string };
export type StaffActor = Extract<Actor, { kind: 'staff' }>;

export const staffRoles = ['handler', 'grid-worker', 'manager', 'admin'] as const;
export type StaffRole = (typeof staffRoles)[number];

/**
 * The relation of a member of staff to a record: it is their department's, their department supports it, it lies in
 * their area, or none of these.
 */
export const relations = ['own', 'support', 'area', 'other'] as const;
export type Relation = (typeof relations)[number];

/** The facts about a record that permissions depend on. */
export type AccessScope = {
  department?: string | undefined;
  supporters?: readonly string[];
  path: readonly string[];
};

/**
 * The grants that a command's rule can name: role × relation. Administrators have all; what is not listed is not
 * allowed.
 */
export const staffGrants = {
  /** Works on the record. */
  holder: { handler: ['own'], 'grid-worker': ['own'], manager: ['own'] },
  /** Works on a supporting department's subtask of it. */
  supporter: { handler: ['support'], 'grid-worker': ['support'], manager: ['support'] },
  /** Decides which department gets it. */
  dispatcher: { 'grid-worker': ['own'] },
  /** Responsible for the area it lies in. */
  'area-worker': { 'grid-worker': ['area'] },
  /** Supervises the department or the area. */
  overseer: { manager: ['own', 'area'] },
  administrator: {},
  /** Every member of staff, whatever the record. */
  'any-staff': { handler: relations, 'grid-worker': relations, manager: relations },
} as const satisfies Record<string, Partial<Record<StaffRole, readonly Relation[]>>>;
export type StaffGrant = keyof typeof staffGrants;

/** Who may give a command: a grant of staff, the resident who holds the record's link, or the product itself. */
export type Grant = StaffGrant | 'resident' | 'system';

/** The relations in which a role may open a record. */
const visible: Record<StaffRole, readonly Relation[]> = {
  handler: ['own', 'support'],
  'grid-worker': ['own', 'support', 'area'],
  manager: ['own', 'support', 'area'],
  admin: relations,
};

export function isStaffGrant(grant: Grant): grant is StaffGrant {
  return grant in staffGrants;
}

/** The relations in which a grant allows a role something. */
export function relationsGranted(grant: StaffGrant, role: StaffRole): readonly Relation[] {
  const byRole: Partial<Record<StaffRole, readonly Relation[]>> = staffGrants[grant];
  return role === 'admin' ? relations : (byRole[role] ?? []);
}

/** All relations of a member of staff to a record; what any of them allows is allowed. */
export function relationsOf(actor: StaffActor, record: AccessScope): Relation[] {
  const { department, supporters = [], path } = record;
  const found: Relation[] = [];
  if (department !== undefined && actor.departments.includes(department)) found.push('own');
  if (actor.departments.some((own) => supporters.includes(own))) found.push('support');
  if (actor.areas.some((area) => path.includes(area))) found.push('area');
  return found.length > 0 ? found : ['other'];
}

/** Whether an actor has one of the grants on a record with this scope. */
export function hasGrant(actor: Actor, grants: readonly Grant[], record: AccessScope): boolean {
  if (actor.kind !== 'staff') return grants.includes(actor.kind);
  const own = relationsOf(actor, record);
  return grants
    .filter(isStaffGrant)
    .some((grant) => relationsGranted(grant, actor.role).some((relation) => own.includes(relation)));
}

export function maySee(actor: StaffActor, record: AccessScope): boolean {
  return relationsOf(actor, record).some((relation) => visible[actor.role].includes(relation));
}
