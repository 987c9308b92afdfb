// Sign-in at the issuer: authorization code with PKCE. Tokens stay in this tab (sessionStorage) and never in an address.

import {APP, HOME, settings} from "./settings.js";

const PENDING = `doselane.${APP}.sign-in`;
const SESSION = `doselane.${APP}.session`;
export const BACK = `${HOME}/signed-in`.replace("//", "/");

// Nobody is signed in, or not any more.
export class SignInNeeded extends Error {}

// What went wrong at the issuer, in words for people.
export class SignInFailed extends Error {}

export function session() {
  return JSON.parse(sessionStorage.getItem(SESSION) ?? "null");
}

export function may(scope) {
  return (session()?.scope ?? "").split(" ").includes(scope);
}

export function signOut() {
  sessionStorage.removeItem(SESSION);
}

// Leaves for the issuer; `place` is where to be afterwards.
export async function signIn(place) {
  const {authorizationUrl, clientId, scopes} = await settings();
  if (!authorizationUrl || !clientId) {
    throw new SignInFailed("Sign-in is not set up here: whoever runs this gateway sets DOSELANE_EDGE_CONSOLE_AUTHORIZATION_URL and the client's id.");
  }
  if (!crypto.subtle) throw new SignInFailed("Open the console over https, or at localhost: a browser signs nobody in elsewhere.");
  const pending = {state: random(), nonce: random(), verifier: random(), place};
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  const asked = new URL(authorizationUrl, location.origin);
  const fields = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: location.origin + BACK,
    scope: scopes,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await challengeOf(pending.verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(fields)) asked.searchParams.set(name, value);
  location.assign(asked);
}

// Comes back from the issuer; returns where the person was. The code leaves the address before anything else happens.
export async function finish() {
  const given = new URLSearchParams(location.search);
  history.replaceState(null, "", HOME);
  const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? "null");
  sessionStorage.removeItem(PENDING);
  const {issuer, clientId} = await settings();
  if (!pending || given.get("state") !== pending.state) {
    throw new SignInFailed("This sign-in was not begun in this tab. Sign in again.");
  }
  if (issuer && given.has("iss") && given.get("iss") !== issuer) {
    throw new SignInFailed("Another issuer answered than the one that was asked. Sign in again, and tell whoever runs this gateway.");
  }
  if (given.has("error")) {
    throw new SignInFailed(`The issuer signed nobody in: ${given.get("error_description") ?? given.get("error")}`);
  }
  const found = await ask({
    grant_type: "authorization_code",
    code: given.get("code") ?? "",
    redirect_uri: location.origin + BACK,
    code_verifier: pending.verifier,
  });
  const about = claims(found.id_token);
  const wanted = [].concat(about.aud ?? []).includes(clientId) && (!issuer || about.iss === issuer);
  if (!wanted || about.nonce !== pending.nonce) {
    throw new SignInFailed("The issuer's answer belongs to another sign-in. Sign in again.");
  }
  keep(found, {name: about.name ?? about.sub, partner: about.partner ?? ""});
  return pending.place;
}

let renewing = null;

// Another access token without asking anybody, if the issuer allows that; false if it does not. All who ask at once share one.
export function renew() {
  renewing ??= renewed().finally(() => {
    renewing = null;
  });
  return renewing;
}

async function renewed() {
  const now = session();
  if (!now?.refreshToken) return false;
  try {
    keep(await ask({grant_type: "refresh_token", refresh_token: now.refreshToken}), now);
    return true;
  } catch (wrong) {
    if (!(wrong instanceof SignInFailed)) throw wrong; // The issuer cannot be reached: what we have may be good.
    signOut();
    return false;
  }
}

async function ask(fields) {
  const {tokenUrl, clientId} = await settings();
  const answer = await fetch(new URL(tokenUrl, location.origin), {
    method: "POST",
    body: new URLSearchParams({...fields, client_id: clientId}),
    cache: "no-store",
    credentials: "omit",
  });
  const found = await answer.json().catch(() => ({}));
  if (answer.status >= 500) throw new TypeError("The issuer cannot answer.");
  if (!answer.ok) throw new SignInFailed(`The issuer gave no token: ${found.error_description ?? found.error ?? answer.status}`);
  return found;
}

function keep(found, who) {
  const kept = {
    token: found.access_token,
    refreshToken: found.refresh_token ?? who.refreshToken ?? "",
    scope: found.scope ?? who.scope ?? "",
    name: who.name,
    partner: who.partner,
  };
  sessionStorage.setItem(SESSION, JSON.stringify(kept));
}

// The claims of an ID token that came straight from the issuer, which is why nothing else vouches for it (OpenID Connect Core, 3.1.3.7).
function claims(token) {
  try {
    const bytes = Uint8Array.from(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new SignInFailed("The issuer sent no ID token. The console's client needs the scope openid.");
  }
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

async function challengeOf(verifier) {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
