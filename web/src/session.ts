/**
 * The user's session: OpenID Connect, authorisation code flow with PKCE.
 *
 * Tokens are kept in memory only. A refresh token renews them. After a reload, if this tab was signed in before, they are
 * requested again with the issuer's own session (`prompt=none`).
 */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { ErrorResponse, InMemoryWebStorage, type User, UserManager, WebStorageStateStore } from "oidc-client-ts";

import type { Config } from "./config.js";

export interface Person {
  /** Unique among all issuers: the issuer and the subject of the ID token (OpenID Connect Core, "ID Token"). */
  readonly id: string;
  readonly name: string;
  readonly scopes: ReadonlySet<string>;
}

export interface Session {
  readonly person: ReadonlySignal<Person | undefined>;
  /** Whether the last sign-in or sign-out failed, because the issuer could not be reached. */
  readonly hasTrouble: ReadonlySignal<boolean>;
  /** Whether the user's token has this scope. */
  can(scope: string): boolean;
  /** Returns a valid access token, renewed if necessary; undefined if nobody is signed in. */
  token(): Promise<string | undefined>;
  /** Redirects to the issuer's sign-in page, which redirects back to `returnTo`. */
  signIn(returnTo: string): Promise<void>;
  signOut(): Promise<void>;
  /** Restores the session of this tab, or completes a sign-in. Returns the path to navigate to, if it is another one. */
  start(url: URL): Promise<string | undefined>;
}

export const CALLBACK = "/callback";
const SIGNED_IN_BEFORE = "session.v1";
// Renewed this long before its end, in seconds.
const MARGIN = 30;

export function openIdSession(config: Config, origin: string): Session {
  const manager = new UserManager({
    authority: config.issuer,
    client_id: config.clientId,
    redirect_uri: origin + CALLBACK,
    post_logout_redirect_uri: `${origin}/`,
    scope: config.scopes,
    response_type: "code",
    loadUserInfo: false,
    monitorSession: false,
    automaticSilentRenew: true,
    accessTokenExpiringNotificationTimeInSeconds: MARGIN,
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    // Stores the PKCE code verifier while the issuer's page is open.
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
  });
  const user = signal<User | undefined>(undefined);
  const hasTrouble = signal(false);
  const person = computed(() => (user.value === undefined ? undefined : personOf(user.value)));
  let renewal: Promise<User | null> | undefined;

  const hold = (found: User | null | undefined) => {
    user.value = found ?? undefined;
    if (found) {
      sessionStorage.setItem(SIGNED_IN_BEFORE, "yes");
    } else {
      sessionStorage.removeItem(SIGNED_IN_BEFORE);
    }
  };
  manager.events.addUserLoaded(hold);

  const renew = () => {
    renewal ??= manager.signinSilent().finally(() => {
      renewal = undefined;
    });
    return renewal;
  };

  const session: Session = {
    person,
    hasTrouble,
    can: (scope) => person.value?.scopes.has(scope) ?? false,
    async token() {
      const present = user.value;
      if (present === undefined || (present.expires_in ?? MARGIN + 1) > MARGIN) {
        return present?.access_token;
      }
      try {
        hold(await renew());
      } catch (error) {
        if ((present.expires_in ?? 0) > 0) {
          return present.access_token;
        }
        // The issuer refused, so the session has ended. Any other error may be a temporary network failure.
        if (error instanceof ErrorResponse) {
          hold(undefined);
        }
      }
      return user.value?.access_token;
    },
    async signIn(returnTo) {
      hasTrouble.value = false;
      await manager.signinRedirect({ state: returnTo }).catch(() => {
        hasTrouble.value = true;
      });
    },
    async signOut() {
      const idToken = user.value?.id_token;
      const ended = await manager.metadataService.getEndSessionEndpoint().catch(() => undefined);
      sessionStorage.removeItem(SIGNED_IN_BEFORE);
      if (ended === undefined) {
        await manager.removeUser();
        user.value = undefined;
        return;
      }
      // Cognito's names for `id_token_hint` and `post_logout_redirect_uri` of OpenID Connect. Without the hint, the
      // library sends `client_id`.
      const cognito = { logout_uri: `${origin}/`, ...(idToken === undefined ? {} : { client_id: config.clientId }) };
      await manager.signoutRedirect({ extraQueryParams: cognito }).catch(() => {
        hasTrouble.value = true;
      });
      user.value = undefined;
    },
    async start(url) {
      if (url.pathname === CALLBACK) {
        return complete(url);
      }
      if (sessionStorage.getItem(SIGNED_IN_BEFORE) !== null) {
        // If the issuer cannot be reached, the public pages still work.
        await manager
          .signinRedirect({ state: url.pathname + url.search, prompt: "none" })
          .then(() => new Promise(() => {}))
          .catch(() => undefined);
      }
      return undefined;
    },
  };

  async function complete(url: URL): Promise<string> {
    try {
      const found = await manager.signinRedirectCallback(url.href);
      hold(found);
      return safePath(found.state);
    } catch (error) {
      hold(undefined);
      return error instanceof ErrorResponse ? safePath(error.state) : "/";
    }
  }

  return session;
}

/** Returns the path in the state if it is one of this application, otherwise the start page. */
export function safePath(state: unknown): string {
  return typeof state === "string" && /^\/(?![/\\])/.test(state) && !state.startsWith(CALLBACK) ? state : "/";
}

function personOf(user: User): Person {
  const profile = user.profile;
  const claims = claimsOf(user.access_token);
  const name = [profile.name, profile.preferred_username, profile["email"], profile.sub].find(Boolean);
  const granted = typeof claims["scope"] === "string" ? claims["scope"] : (user.scope ?? "");
  return { id: `${profile.iss} ${profile.sub}`, name: String(name ?? ""), scopes: new Set(granted.split(" ").map(withoutResource)) };
}

/** Cognito puts the resource server before the name of a scope: `orders/orders:read`. */
function withoutResource(scope: string): string {
  return scope.slice(scope.lastIndexOf("/") + 1);
}

/** Returns the claims of a token, only to decide which pages to show. The API checks every permission itself. */
function claimsOf(token: string): Record<string, unknown> {
  try {
    const [, payload = ""] = token.split(".");
    const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  } catch {
    return {};
  }
}
