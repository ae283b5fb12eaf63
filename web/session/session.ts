import { ErrorResponse, UserManager, WebStorageStateStore, type User } from 'oidc-client-ts';
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import type { StaffRole } from '../../shared/kernel/permissions.ts';
import type { LocalizedText } from '../../shared/language/wording.ts';
import { city, cityFailure, loadCity } from '../api/city.ts';
import { request, type Outcome, type UnansweredReason } from '../api/request.ts';
import { staffPhotos } from '../device/photo-store.ts';
import { syncServerClock } from './server-clock.ts';

type Named = { id: string; name: LocalizedText };

/** The signed-in person: the answer of `GET /api/desk/me`, with the display name from the identity provider. */
export type Me = {
  username: string;
  displayName: string;
  role: StaffRole;
  departments: Named[];
  areas: Named[];
  /** The departments whose inboxes this person may read. */
  inboxes: Named[];
  replyTemplates: LocalizedText[];
};

export type SessionState =
  | 'starting'
  | 'signed-out'
  | 'signed-in'
  /** The session has ended. The page keeps its content; requests need a new sign-in. */
  | 'expired'
  /** Signed in with an account that is not staff of this city. */
  | 'refused'
  /** The API or the identity provider cannot be reached. */
  | 'unavailable';

/** `signed-out`: the request was not sent, and `SessionGate` shows the sign-in. */
export type StaffOutcome<T> = Outcome<T> | { kind: 'signed-out' };

export const sessionState: Ref<SessionState> = ref('starting');
export const me: ShallowRef<Me | undefined> = shallowRef();
/** Why the session is unavailable. */
export const sessionFailure: ShallowRef<UnansweredReason | 'insecure' | undefined> = shallowRef();
/** Whether the last sign-in failed. */
export const signInFailed = ref(false);

/** A token that expires within this time is renewed before use. */
const renewBeforeSeconds = 60;
/** Session storage with this prefix is deleted at sign-out. */
const storagePrefix = 'suishoubao.';

let manager: UserManager | undefined;

/** Loads the signed-in person; completes the sign-in if the address is its callback. */
export async function startSession(): Promise<void> {
  sessionState.value = 'starting';
  await loadCity();
  if (!city.value) return setUnavailable(cityFailure.value ?? 'fault');
  manager ??= managerFor(city.value.signIn);
  if (new URLSearchParams(location.search).has('state')) await finishSignIn(manager);
  const user = await manager.getUser();
  if (user) return loadMe(user);
  sessionState.value = 'signed-out';
  // No session and no failed sign-in means that the tab was closed earlier; its photos must not stay.
  if (!signInFailed.value) await staffPhotos.clear();
}

/** Goes to the sign-in page, which returns to the current view. */
export async function signIn(): Promise<void> {
  if (!manager) return startSession();
  // PKCE needs SHA-256, which browsers offer only on secure pages.
  if (!isSecureContext) return setUnavailable('insecure');
  try {
    await manager.signinRedirect({ state: { hash: location.hash } });
  } catch {
    setUnavailable('offline');
  }
}

export async function signOut(): Promise<void> {
  const page = pageAddress();
  const { clientId = '' } = city.value?.signIn ?? {};
  try {
    for (const key of Object.keys(sessionStorage))
      if (key.startsWith(storagePrefix)) sessionStorage.removeItem(key);
    await staffPhotos.clear();
    // `logout_uri` is Cognito's parameter.
    await manager?.signoutRedirect({ extraQueryParams: { client_id: clientId, logout_uri: page } });
  } catch {
    // The identity provider cannot be reached: end at least the local session.
    await manager?.removeUser();
    me.value = undefined;
    sessionState.value = 'signed-out';
  }
}

/** Sends a request as the signed-in person; renews the token when it has expired or the API answers 401. */
export async function staffRequest<T>(
  path: string,
  options: { body?: unknown; idempotencyKey?: string } = {},
): Promise<StaffOutcome<T>> {
  const send = async (token: string): Promise<StaffOutcome<T>> =>
    request<T>(path, { ...options, token, onResponse: syncServerClock });
  const token = await currentToken();
  if (!token.ok) return withoutToken(token.why);
  const outcome = await send(token.value);
  if (!isUnauthorized(outcome)) return outcome;
  const renewed = await renew();
  if (!renewed.ok) return withoutToken(renewed.why);
  const second = await send(renewed.value);
  return isUnauthorized(second) ? withoutToken('ended') : second;
}

type Token = { ok: true; value: string } | { ok: false; why: 'ended' | 'offline' };

/** For requests that cannot use `staffRequest`, such as a streaming download. */
export async function currentToken(): Promise<Token> {
  const user = await manager?.getUser();
  if (!user) return { ok: false, why: 'ended' };
  const secondsLeft = user.expires_in ?? Infinity;
  if (secondsLeft > renewBeforeSeconds) return { ok: true, value: user.access_token };
  const renewed = await renew();
  return !renewed.ok && secondsLeft > 0 ? { ok: true, value: user.access_token } : renewed;
}

let renewing: Promise<Token> | undefined;

/** Concurrent callers share one renewal: a refresh token may be valid only once. */
function renew(): Promise<Token> {
  renewing ??= renewNow().finally(() => (renewing = undefined));
  return renewing;
}

async function renewNow(): Promise<Token> {
  const user = await manager?.getUser();
  // Without a refresh token the library would use an iframe, which the Content-Security-Policy forbids.
  if (!manager || user?.refresh_token === undefined) return { ok: false, why: 'ended' };
  try {
    const renewed = await manager.signinSilent();
    return renewed ? { ok: true, value: renewed.access_token } : { ok: false, why: 'ended' };
  } catch (error) {
    return { ok: false, why: error instanceof ErrorResponse ? 'ended' : 'offline' };
  }
}

function withoutToken(
  why: 'ended' | 'offline',
): { kind: 'signed-out' } | { kind: 'unanswered'; why: UnansweredReason } {
  if (why === 'offline') return { kind: 'unanswered', why };
  sessionState.value = me.value ? 'expired' : 'signed-out';
  return { kind: 'signed-out' };
}

function isUnauthorized(outcome: StaffOutcome<unknown>): boolean {
  // The functions answer with a problem, the gateway with a body of its own.
  return outcome.kind === 'problem'
    ? outcome.problem.status === 401
    : outcome.kind === 'unanswered' && outcome.status === 401;
}

async function loadMe({ profile }: User): Promise<void> {
  const outcome = await staffRequest<Omit<Me, 'displayName'>>('/api/desk/me');
  switch (outcome.kind) {
    case 'answer':
      me.value = { ...outcome.body, displayName: profile.name ?? outcome.body.username };
      sessionState.value = 'signed-in';
      return;
    case 'problem':
      sessionState.value = 'refused';
      return;
    case 'unanswered':
      setUnavailable(outcome.why);
      return;
    case 'signed-out':
      await manager?.removeUser();
  }
}

async function finishSignIn(from: UserManager): Promise<void> {
  let hash = location.hash;
  try {
    const user = await from.signinCallback();
    const { hash: before } = (user?.state ?? {}) as { hash?: string };
    hash = before ?? hash;
    signInFailed.value = false;
  } catch {
    // Cancelled, expired, or a callback address opened twice.
    signInFailed.value = true;
  }
  // The authorization code is used, and must not end up in a bookmark.
  history.replaceState(null, '', location.pathname + hash);
  // `replaceState` fires no event, but routes and filters listen for one.
  dispatchEvent(new PopStateEvent('popstate'));
}

function setUnavailable(why: UnansweredReason | 'insecure'): void {
  sessionFailure.value = why;
  sessionState.value = 'unavailable';
}

/** The page's address without query and hash, as registered with the identity provider. */
function pageAddress(): string {
  return location.origin + location.pathname;
}

function managerFor({ issuer, clientId }: { issuer: string; clientId: string }): UserManager {
  // The session lasts only as long as this tab: computers are shared.
  const store = new WebStorageStateStore({ store: sessionStorage });
  return new UserManager({
    authority: issuer,
    client_id: clientId,
    redirect_uri: pageAddress(),
    post_logout_redirect_uri: pageAddress(),
    response_type: 'code',
    scope: 'openid profile',
    userStore: store,
    stateStore: store,
    // Tokens are renewed on demand: timers of a sleeping tab fire late or not at all.
    automaticSilentRenew: false,
    accessTokenExpiringNotificationTimeInSeconds: 0,
    monitorSession: false,
    loadUserInfo: false,
    revokeTokensOnSignout: false,
  });
}
