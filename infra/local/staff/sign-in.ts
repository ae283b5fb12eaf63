import type { IncomingMessage, ServerResponse } from 'node:http';
import Provider from 'oidc-provider';
import type { UserPoolPlan } from '../template/plan.ts';
import { isFromThisMachine } from '../http/loopback.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { StaffKeys } from './keys.ts';
import type { Person, Staff } from './people.ts';
import { createSessionStore } from './session-store.ts';
import { messagePage, pageHeaders, signInPage } from './sign-in-page.ts';

const mount = '/oidc';
const sessionSeconds = 12 * 3600;

/** Signs staff in by OpenID Connect under /oidc: authorization code flow with PKCE, like Cognito. */
export class SignIn {
  readonly #provider: Provider;
  readonly #handle: (request: IncomingMessage, response: ServerResponse) => void;
  readonly #staff: Staff;
  readonly #publicUrl: URL;

  constructor(options: {
    plan: UserPoolPlan;
    publicUrl: string;
    tokens: AccessTokens;
    keys: StaffKeys;
    staff: Staff;
  }) {
    const { plan, tokens, keys, staff } = options;
    this.#staff = staff;
    this.#publicUrl = new URL(options.publicUrl);
    const personOf = (username: string): Person | undefined =>
      staff.staff.find((person) => person.username === username);
    const resource = `${options.publicUrl}/api`;
    const clientOf = (id: string | undefined): UserPoolPlan['clients'][number] | undefined =>
      plan.clients.find((client) => client.id === id);

    const provider: Provider = new Provider(tokens.issuer, {
      adapter: createSessionStore(),
      clients: plan.clients.map((client) => ({
        client_id: client.id,
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: client.redirectUrls,
        post_logout_redirect_uris: client.logoutUrls,
        scope: client.scopes.join(' '),
      })),
      jwks: { keys: [keys.signing] },
      cookies: { keys: [keys.cookies] },
      scopes: ['openid', 'profile'],
      claims: { openid: ['sub'], profile: ['name', 'cognito:username', 'cognito:groups'] },
      conformIdTokenClaims: false,
      pkce: { required: () => true },
      clientBasedCORS: () => true,
      // Cognito always issues one.
      issueRefreshToken: () => Promise.resolve(true),
      ttl: {
        AccessToken: (_, __, client) => clientOf(client.clientId)?.accessTokenSeconds ?? 3600,
        AuthorizationCode: 60,
        Grant: sessionSeconds,
        IdToken: (_, __, client) => clientOf(client.clientId)?.idTokenSeconds ?? 3600,
        Interaction: 3600,
        RefreshToken: (_, __, client) => clientOf(client.clientId)?.refreshTokenSeconds ?? sessionSeconds,
        Session: sessionSeconds,
      },
      features: {
        devInteractions: { enabled: false },
        // Access tokens are for the API only.
        userinfo: { enabled: false },
        revocation: { enabled: true },
        rpInitiatedLogout: {
          enabled: true,
          logoutSource: renderSignOut,
          postLogoutSuccessSource: renderSignedOut,
        },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => resource,
          useGrantedResource: () => true,
          getResourceServerInfo: (_, __, client) => ({
            scope: 'openid profile',
            audience: client.clientId,
            accessTokenTTL: clientOf(client.clientId)?.accessTokenSeconds ?? 3600,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'RS256' } },
          }),
        },
      },
      interactions: { url: (_, interaction) => `${mount}/interaction/${interaction.uid}` },
      findAccount: (_, username) => {
        const person = personOf(username);
        return (
          person && {
            accountId: username,
            claims: () => ({
              sub: username,
              name: person.name,
              'cognito:username': username,
              'cognito:groups': [person.role],
            }),
          }
        );
      },
      // The city's own pages need no consent.
      loadExistingGrant: async ({ oidc }) => {
        const grant = new provider.Grant({
          clientId: oidc.client?.clientId ?? '',
          accountId: oidc.session?.accountId ?? '',
        });
        grant.addOIDCScope('openid profile');
        grant.addResourceScope(resource, 'openid profile');
        await grant.save();
        return grant;
      },
      extraTokenClaims: async (_, token) => {
        const username = 'accountId' in token ? token.accountId : undefined;
        const person = username === undefined ? undefined : personOf(username);
        return person && tokens.claimsOf(person, token.clientId ?? '', [...token.scopes]);
      },
      renderError: (context, out) => {
        context.type = 'html';
        context.body = messagePage(
          '登录没有成功',
          `Signing in did not work: ${out.error}${out.error_description === undefined ? '' : ` (${out.error_description})`}`,
        );
        for (const [name, value] of Object.entries(pageHeaders)) context.set(name, value);
      },
    });
    // The provider builds its URLs from the forwarded headers, which `serve` sets.
    provider.proxy = true;
    this.#provider = provider;
    const handle = provider.callback();
    this.#handle = (request, response) => void handle(request, response);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '/';
    request.headers.host = this.#publicUrl.host;
    request.headers['x-forwarded-host'] = this.#publicUrl.host;
    request.headers['x-forwarded-proto'] = this.#publicUrl.protocol.slice(0, -1);
    Object.assign(request, { originalUrl: url, url: url.slice(mount.length) || '/' });
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (/^\/interaction\/[\w-]+$/.test(path)) await this.#interact(request, response, `${mount}${path}`);
    else this.#handle(request, response);
  }

  async #interact(request: IncomingMessage, response: ServerResponse, action: string): Promise<void> {
    const show = (status: number, html: string): void => {
      response.writeHead(status, { ...pageHeaders, 'content-length': Buffer.byteLength(html) }).end(html);
    };
    if (!isFromThisMachine(request)) {
      show(
        403,
        messagePage(
          '只能在这台机器上登录',
          'Without passwords, staff can sign in on the machine itself only.',
        ),
      );
      return;
    }
    try {
      await this.#provider.interactionDetails(request, response);
    } catch {
      show(
        400,
        messagePage(
          '登录已过期，请返回页面重试',
          'This sign-in has run out; go back to the page and try again.',
        ),
      );
      return;
    }
    if (request.method !== 'POST') {
      show(200, signInPage(this.#staff, action));
      return;
    }
    const username = await userIn(request);
    if (!this.#staff.staff.some((person) => person.username === username)) {
      show(400, signInPage(this.#staff, action));
      return;
    }
    await this.#provider.interactionFinished(request, response, { login: { accountId: username } });
  }
}

async function userIn(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    text += chunk.toString('latin1');
    if (text.length > 1000) return '';
  }
  return new URLSearchParams(text).get('user') ?? '';
}

type Context = { type: string; body: unknown; set(name: string, value: string): void };

function renderSignOut(context: Context, form: string): void {
  context.type = 'html';
  context.body = messagePage('退出登录', 'Sign out').replace(
    '</body>',
    `${form}<button form="op.logoutForm" name="logout" value="yes"><strong>退出</strong><span lang="en">Sign out</span></button></body>`,
  );
}

function renderSignedOut(context: Context): void {
  context.type = 'html';
  context.body = messagePage('已退出登录', 'You are signed out.');
}
