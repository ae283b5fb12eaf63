import { staffCommands, type CommandType, type StaffCommandType } from './commands.ts';

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

/** How a member of staff stands to a report: it is their department's, it lies in their area, or neither. */
export type Relation = 'own' | 'area' | 'other';

/** Where a report stands, as far as permission is concerned. */
export type Standing = { department?: string | undefined; path: readonly string[] };

const handle = ['acknowledge', 'start', 'return', 'transfer', 'resolve', 'note', 'reveal'] as const;
const sort = ['classify', 'assign', 'reject', 'merge'] as const;
const oversee = [
  'return',
  'transfer',
  'classify',
  'assign',
  'reject',
  'merge',
  'note',
  'reveal',
  'supervise',
  'take-alert',
] as const;

/** The whole table: role × relation → commands. What is not listed is not allowed. */
export const staffPermissions: Record<StaffRole, Record<Relation, readonly StaffCommandType[]>> = {
  handler: { own: handle, area: [], other: [] },
  'grid-worker': { own: [...handle, ...sort], area: ['note'], other: [] },
  manager: { own: [...new Set([...handle, ...oversee])], area: oversee, other: [] },
  admin: { own: staffCommands, area: staffCommands, other: staffCommands },
};

/** Whose reports a role may open at all. */
const visible: Record<StaffRole, readonly Relation[]> = {
  handler: ['own'],
  'grid-worker': ['own', 'area'],
  manager: ['own', 'area'],
  admin: ['own', 'area', 'other'],
};

const residentPermissions: readonly CommandType[] = ['note', 'withdraw', 'rate', 'reopen'];
const systemPermissions: readonly CommandType[] = [
  'submit',
  'classify',
  'record-photos',
  'join',
  'merge',
  'fire-timers',
];

export function relationOf(actor: Extract<Actor, { kind: 'staff' }>, report: Standing): Relation {
  if (report.department !== undefined && actor.departments.includes(report.department)) return 'own';
  return actor.areas.some((area) => report.path.includes(area)) ? 'area' : 'other';
}

export function mayDo(actor: Actor, command: CommandType, report: Standing): boolean {
  switch (actor.kind) {
    case 'resident':
      return residentPermissions.includes(command) || command === 'submit';
    case 'system':
      return systemPermissions.includes(command);
    case 'staff':
      return (
        command === 'submit' ||
        (staffPermissions[actor.role][relationOf(actor, report)] as readonly CommandType[]).includes(command)
      );
  }
}

export function maySee(actor: Extract<Actor, { kind: 'staff' }>, report: Standing): boolean {
  return visible[actor.role].includes(relationOf(actor, report));
}
