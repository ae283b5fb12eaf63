import {
  residentCommands,
  staffCommands,
  type CommandType,
  type StaffCommandType,
} from '../records/report/commands.ts';

/** Who acts on a report. Residents have proved that they hold its tracking token before they become an actor. */
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

export type StaffRole = 'grid-worker' | 'handler' | 'manager' | 'admin';

/**
 * How a member of staff stands to a report: it is their department's, their department supports it, it lies in
 * their area, or none of these.
 */
export type Relation = 'own' | 'support' | 'area' | 'other';

/** Where a report stands, as far as permission is concerned. */
export type Standing = {
  department?: string | undefined;
  supporters?: readonly string[];
  path: readonly string[];
};

const handle = [
  'acknowledge',
  'start',
  'suspend',
  'resume',
  'extend',
  'support',
  'return',
  'transfer',
  'resolve',
  'note',
  'reveal',
  'blur-photo',
] as const;
const sort = ['classify', 'assign', 'reject', 'merge', 'prioritise', 'follow-up'] as const;
const oversee = [
  'return',
  'transfer',
  'classify',
  'assign',
  'reject',
  'merge',
  'note',
  'reveal',
  'revoke-link',
  'blur-photo',
  'supervise',
  'take-alert',
  'grant',
  'decline',
  'prioritise',
  'support',
  'reopen',
  'close',
  'follow-up',
] as const;

/** The whole table: role × relation → commands. What is not listed is not allowed. */
export const staffPermissions: Record<StaffRole, Record<Relation, readonly StaffCommandType[]>> = {
  handler: { own: handle, support: ['note'], area: [], other: [] },
  'grid-worker': { own: [...handle, ...sort], support: ['note'], area: ['note', 'follow-up'], other: [] },
  manager: { own: [...new Set([...handle, ...oversee])], support: ['note'], area: oversee, other: [] },
  admin: { own: staffCommands, support: staffCommands, area: staffCommands, other: staffCommands },
};

/** Whose reports a role may open at all. */
const visible: Record<StaffRole, readonly Relation[]> = {
  handler: ['own', 'support'],
  'grid-worker': ['own', 'support', 'area'],
  manager: ['own', 'support', 'area'],
  admin: ['own', 'support', 'area', 'other'],
};

const residentPermissions: readonly CommandType[] = ['submit', ...residentCommands];
const systemPermissions: readonly CommandType[] = [
  'submit',
  'classify',
  'record-photos',
  'join',
  'merge',
  'open-support',
  'record-support',
  'end-support',
  'reveal',
  'erase',
  'fire-timers',
];

/** Every way in which a member of staff stands to a report; what any of them allows is allowed. */
export function relationsOf(actor: Extract<Actor, { kind: 'staff' }>, report: Standing): Relation[] {
  const { department, supporters = [], path } = report;
  const relations: Relation[] = [];
  if (department !== undefined && actor.departments.includes(department)) relations.push('own');
  if (actor.departments.some((own) => supporters.includes(own))) relations.push('support');
  if (actor.areas.some((area) => path.includes(area))) relations.push('area');
  return relations.length > 0 ? relations : ['other'];
}

export function mayDo(actor: Actor, command: CommandType, report: Standing): boolean {
  switch (actor.kind) {
    case 'resident':
      return residentPermissions.includes(command);
    case 'system':
      return systemPermissions.includes(command);
    case 'staff': {
      const allowed: Record<Relation, readonly CommandType[]> = staffPermissions[actor.role];
      return (
        command === 'submit' ||
        relationsOf(actor, report).some((relation) => allowed[relation].includes(command))
      );
    }
  }
}

export function maySee(actor: Extract<Actor, { kind: 'staff' }>, report: Standing): boolean {
  return relationsOf(actor, report).some((relation) => visible[actor.role].includes(relation));
}

/** Where a report stands, from the report. */
export function standingOf({ department, support, location }: StandingReport): Standing {
  return { department, supporters: support.map((part) => part.department), path: location.path };
}

type StandingReport = {
  department?: string;
  support: readonly { department: string }[];
  location: { path: readonly string[] };
};
