import { ErrorResponse, UserManager, WebStorageStateStore, type User } from 'oidc-client-ts';
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import type { StaffRole } from '../../shared/kernel/permissions.ts';
import type { LocalizedText } from '../../shared/language/wording.ts';
import { city, cityFailure, loadCity } from '../api/city.ts';
import { request, type Outcome, type Silence } from '../api/request.ts';
import { staffPhotos } from '../device/photo-store.ts';
import { learnServerTime } from './server-clock.ts';

type Named = { id: string; name: LocalizedText };

/** Who is signed in, as `GET /api/desk/me` tells it, with the name that the sign-in gave. */
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
  /** Was signed in, and what is on the page stays there; nothing more can be asked until signing in again. */
  | 'expired'
  /** Signed in with an account that is nobody's here. */
  | 'refused'
  /** Nobody can tell at the moment. */
  | 'unavailable';

/** As an outcome of `request`; `signed-out` was not carried out, and the gate around the page says so. */
export type StaffOutcome<T> = Outcome<T> | { kind: 'signed-out' };

export const sessionState: Ref<SessionState> = ref('starting');
export const me: ShallowRef<Me | undefined> = shallowRef();
/** Why the session is unavailable. */
export const sessionFailure: ShallowRef<Silence | 'insecure' | undefined> = shallowRef();
/** Whether the last attempt to sign in came back without success. */
export const signInFailed = ref(false);

/** So long before it ends, a token is renewed rather than used. */
const spareSeconds = 60;
/** What pages keep for this person in this tab; it goes when they sign out. */
const keptPrefix = 'suishoubao.';

let manager: UserManager | undefined;

/** Finds out who is signed in, and finishes a sign-in that this address is the answer to. */
export async function startSession(): Promise<void> {
  sessionState.value = 'starting';
  await loadCity();
  if (!city.value) return unavailable(cityFailure.value ?? 'fault');
  manager ??= managerFor(city.value.signIn);
  if (new URLSearchParams(location.search).has('state')) await finishSignIn(manager);
  const user = await manager.getUser();
  if (user) return loadMe(user);
  sessionState.value = 'signed-out';
  // Whoever closed their tab has left; who only failed to sign in will try again.
  if (!signInFailed.value) await staffPhotos.clear();
}

/** Leaves for the sign-in page; whoever comes back is where they were. */
export async function signIn(): Promise<void> {
  if (!manager) return startSession();
  // PKCE takes a hash, which browsers compute on secure pages only.
  if (!isSecureContext) return unavailable('insecure');
  try {
    await manager.signinRedirect({ state: { hash: location.hash } });
  } catch {
    unavailable('offline');
  }
}

export async function signOut(): Promise<void> {
  const page = pageAddress();
  const { clientId = '' } = city.value?.signIn ?? {};
  try {
    for (const key of Object.keys(sessionStorage))
      if (key.startsWith(keptPrefix)) sessionStorage.removeItem(key);
    await staffPhotos.clear();
    // `logout_uri` is what Cognito calls it.
    await manager?.signoutRedirect({ extraQueryParams: { client_id: clientId, logout_uri: page } });
  } catch {
    // The place to sign out at cannot be reached; here, at least, nobody is signed in any more.
    await manager?.removeUser();
    me.value = undefined;
    sessionState.value = 'signed-out';
  }
}

/** Asks the API as the person who is signed in; renews the token when it has run out, or is said to have. */
export async function staffRequest<T>(
  path: string,
  options: { body?: unknown; idempotencyKey?: string } = {},
): Promise<StaffOutcome<T>> {
  const ask = async (token: string): Promise<StaffOutcome<T>> =>
    request<T>(path, { ...options, token, onResponse: learnServerTime });
  const token = await currentToken();
  if (!token.ok) return lacking(token.why);
  const outcome = await ask(token.value);
  if (!isUnauthorized(outcome)) return outcome;
  const renewed = await renew();
  if (!renewed.ok) return lacking(renewed.why);
  const second = await ask(renewed.value);
  return isUnauthorized(second) ? lacking('ended') : second;
}

type Token = { ok: true; value: string } | { ok: false; why: 'ended' | 'offline' };

/** For what cannot go through `staffRequest`, such as a download that streams. */
export async function currentToken(): Promise<Token> {
  const user = await manager?.getUser();
  if (!user) return { ok: false, why: 'ended' };
  const secondsLeft = user.expires_in ?? Infinity;
  if (secondsLeft > spareSeconds) return { ok: true, value: user.access_token };
  const renewed = await renew();
  return !renewed.ok && secondsLeft > 0 ? { ok: true, value: user.access_token } : renewed;
}

let renewing: Promise<Token> | undefined;

/** One renewal for all who wait: a refresh token may be good for one use. */
function renew(): Promise<Token> {
  renewing ??= renewNow().finally(() => (renewing = undefined));
  return renewing;
}

async function renewNow(): Promise<Token> {
  const user = await manager?.getUser();
  // Without a refresh token the library would try a frame, which the pages' policy forbids.
  if (!manager || user?.refresh_token === undefined) return { ok: false, why: 'ended' };
  try {
    const renewed = await manager.signinSilent();
    return renewed ? { ok: true, value: renewed.access_token } : { ok: false, why: 'ended' };
  } catch (error) {
    return { ok: false, why: error instanceof ErrorResponse ? 'ended' : 'offline' };
  }
}

function lacking(why: 'ended' | 'offline'): { kind: 'signed-out' } | { kind: 'unanswered'; why: Silence } {
  if (why === 'offline') return { kind: 'unanswered', why };
  sessionState.value = me.value ? 'expired' : 'signed-out';
  return { kind: 'signed-out' };
}

function isUnauthorized(outcome: StaffOutcome<unknown>): boolean {
  // The gateway says it in words of its own, the functions as a problem.
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
      unavailable(outcome.why);
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
    // Cancelled, too late, or an address that was opened a second time.
    signInFailed.value = true;
  }
  // The code is used up, and no bookmark should hold it.
  history.replaceState(null, '', location.pathname + hash);
  // The browser does not say so by itself; the page's own parts wait to hear of it.
  dispatchEvent(new PopStateEvent('popstate'));
}

function unavailable(why: Silence | 'insecure'): void {
  sessionFailure.value = why;
  sessionState.value = 'unavailable';
}

/** The page without what changes on it: it is what the issuer has been told of. */
function pageAddress(): string {
  return location.origin + location.pathname;
}

function managerFor({ issuer, clientId }: { issuer: string; clientId: string }): UserManager {
  // In this tab alone, and gone with it: desks are shared.
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
    // Tokens are renewed when they are needed: timers of a sleeping tab fire late or not at all.
    automaticSilentRenew: false,
    accessTokenExpiringNotificationTimeInSeconds: 0,
    monitorSession: false,
    loadUserInfo: false,
    revokeTokensOnSignout: false,
  });
}
