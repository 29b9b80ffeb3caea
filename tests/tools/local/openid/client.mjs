// Signs in at the issuer with openid-client, which OpenID has certified, and prints what it received as JSON.
// Each answer is checked by the library: state, nonce, issuer, signature, hashes, times, token types.
// The URL of the sign-in page goes out on a line; the URL that the browser is sent to comes in on one.
import { createInterface } from "node:readline";
import * as client from "openid-client";

const [issuer, clientId, redirectUri, scope] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const print = (value) => console.log(JSON.stringify(value));

const config = await client.discovery(new URL(issuer), clientId, undefined, client.None(), {
  execute: [client.allowInsecureRequests],
});
client.enableNonRepudiationChecks(config);
const verifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const nonce = client.randomNonce();
const url = client.buildAuthorizationUrl(config, {
  redirect_uri: redirectUri,
  scope,
  state,
  nonce,
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
});
print(url.href);
const landed = new URL(JSON.parse((await lines.next()).value));
const tokens = await client.authorizationCodeGrant(config, landed, {
  pkceCodeVerifier: verifier,
  expectedState: state,
  expectedNonce: nonce,
  idTokenExpected: true,
});
const claims = tokens.claims();
const person = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
const signOut = client.buildEndSessionUrl(config, {
  id_token_hint: refreshed.id_token,
  post_logout_redirect_uri: redirectUri,
});
await client.tokenRevocation(config, refreshed.refresh_token);
const refusal = await client.refreshTokenGrant(config, refreshed.refresh_token).catch((error) => error.error);
print({
  claims, person, refusal,
  access_token: tokens.access_token,
  refreshed: refreshed.access_token,
  end: signOut.href,
  next: refreshed.refresh_token !== tokens.refresh_token,
});
process.exit(0);
