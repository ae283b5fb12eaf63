import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

/**
 * Sign-ins in progress and refresh tokens, in memory: after a restart staff sign in again, while access tokens, which
 * need no store, stay valid.
 */
export function createSessionStore(): AdapterFactory {
  const entries = new Map<string, { payload: AdapterPayload; expiresAt: number }>();
  const byGrant = new Map<string, Set<string>>();
  const read = (key: string): AdapterPayload | undefined => {
    const entry = entries.get(key);
    if (entry && entry.expiresAt <= Date.now()) entries.delete(key);
    return entries.get(key)?.payload;
  };
  const dropExpired = (): void => {
    for (const [key, { expiresAt }] of entries) if (expiresAt <= Date.now()) entries.delete(key);
    for (const [grant, keys] of byGrant)
      if (![...keys].some((key) => entries.has(key))) byGrant.delete(grant);
  };
  setInterval(dropExpired, 600_000).unref();

  return (model: string): Adapter => {
    const keyOf = (id: string): string => `${model}:${id}`;
    return {
      upsert(id, payload, expiresIn = 86_400) {
        entries.set(keyOf(id), { payload, expiresAt: Date.now() + expiresIn * 1000 });
        if (payload.uid !== undefined)
          entries.set(`${model}:uid:${payload.uid}`, { payload, expiresAt: Date.now() + expiresIn * 1000 });
        if (payload.grantId !== undefined)
          byGrant.set(payload.grantId, (byGrant.get(payload.grantId) ?? new Set()).add(keyOf(id)));
        return Promise.resolve();
      },
      find: (id) => Promise.resolve(read(keyOf(id))),
      findByUid: (uid) => Promise.resolve(read(`${model}:uid:${uid}`)),
      findByUserCode: () => Promise.resolve(undefined),
      consume(id) {
        const payload = read(keyOf(id));
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
        return Promise.resolve();
      },
      destroy(id) {
        entries.delete(keyOf(id));
        return Promise.resolve();
      },
      revokeByGrantId(grantId) {
        for (const key of byGrant.get(grantId) ?? []) entries.delete(key);
        byGrant.delete(grantId);
        return Promise.resolve();
      },
    };
  };
}
