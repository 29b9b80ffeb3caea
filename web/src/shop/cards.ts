/** The payment tokens of the sandbox, shown as test cards (README.md, "To see the other outcomes"). */

export const CARDS = [
  { token: "tok_ok", number: "4242" },
  { token: "tok_declined", number: "0002" },
  { token: "tok_insufficient_funds", number: "9995" },
  { token: "tok_timeout", number: "7726" },
  { token: "tok_flaky", number: "3725" },
  { token: "tok_capture_refused", number: "0341" },
] as const;

export type CardToken = (typeof CARDS)[number]["token"];
