"use strict";
// The page that opened this window waits for the code (Swagger UI's `oauth2RedirectUrl`).
const waiting = window.opener?.swaggerUIRedirectOauth2;
const received = new URLSearchParams(location.search);
const complain = (message) => waiting.errCb({ authId: waiting.auth.name, source: "auth", level: "error", message });
if (!waiting) {
  document.querySelector("main").textContent = "Open the API's documentation, and sign in there.";
} else {
  if (received.get("state") !== waiting.state) {
    complain("The state is not the one that was sent: sign in again.");
  } else if (received.has("code")) {
    delete waiting.state;
    waiting.auth.code = received.get("code");
    waiting.callback({ auth: waiting.auth, redirectUrl: waiting.redirectUrl });
  } else {
    complain(`${received.get("error")}: ${received.get("error_description") ?? "no code was received"}`);
  }
  window.close();
}
