/**
 * Who may read what. `party`: whom the record is about or who reported it, by the link; `follower`: whose own record
 * was merged into it; `staff`: who may open it; `webhook`: the holding department's own system; `public`: anyone.
 */
export const audiences = ['public', 'follower', 'party', 'staff', 'webhook'] as const;
export type Audience = (typeof audiences)[number];

export const staffOnly = ['staff'] as const satisfies Audience[];
export const partyAndStaff = ['party', 'staff'] as const satisfies Audience[];
export const allInvolved = ['follower', 'party', 'staff'] as const satisfies Audience[];
