/**
 * Who may read an event. `party`: holders of the record's tracking link; `follower`: holders of a record merged into
 * it; `staff`: staff who may open it; `webhook`: the external system of the department that holds it; `public`:
 * anyone.
 */
export const audiences = ['public', 'follower', 'party', 'staff', 'webhook'] as const;
export type Audience = (typeof audiences)[number];

export const staffOnly = ['staff'] as const satisfies Audience[];
export const partyAndStaff = ['party', 'staff'] as const satisfies Audience[];
export const allInvolved = ['follower', 'party', 'staff'] as const satisfies Audience[];
