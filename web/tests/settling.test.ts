import assert from "node:assert/strict";
import { test } from "node:test";

import { isSettled } from "../src/console/settling.js";

const ENDED_AT = "2026-11-21T12:00:00.000Z";
const now = Date.parse(ENDED_AT);

test("an open order is never settled, however old it is", () => {
  assert.equal(isSettled({ status: "CONFIRMED", updatedAt: ENDED_AT }, now + 86_400_000), false);
});

test("an order that has ended is settled when its last mail is recorded, or after a minute without one", () => {
  const mail = (eventType: string) => ({ eventId: "id", eventType, outcome: "SENT", at: ENDED_AT });
  const ended = { status: "FULFILLED", updatedAt: ENDED_AT } as const;
  assert.equal(isSettled({ ...ended, mails: [mail("OrderConfirmed")] }, now), false);
  assert.equal(isSettled({ ...ended, mails: [mail("OrderConfirmed"), mail("OrderFulfilled")] }, now), true);
  assert.equal(isSettled(ended, now + 30_000), false);
  assert.equal(isSettled(ended, now + 61_000), true);
});
