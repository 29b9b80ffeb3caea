import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError, type Clock, DEFAULT_RETRIES, NoResponse, OrdersClient, PriceChanged, secondsAskedFor } from "@order-backend/client";

const ORDER = {
  lines: [{ sku: "MUG-RED", quantity: 2 }],
  paymentToken: "tok_ok",
  shippingAddress: { name: "Ada", line1: "12 Rose Street", city: "Edinburgh", postalCode: "EH2 2PR", country: "GB" as const },
};

type Reply = Response | Error;

function problem(status: number, type: string, more: object = {}): Response {
  const body = { type: `urn:problem-type:${type}`, title: type, status, detail: "", instance: "urn:request:r1", ...more };
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/problem+json" } });
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
}

/** A client whose API returns these responses in order. `sent` has the requests, `slept` the pauses. */
function playing(...replies: Reply[]) {
  const sent: { method: string; key: string | null; token: string | null; body: string }[] = [];
  const slept: number[] = [];
  let now = 0;
  const clock: Clock = {
    now: () => now,
    random: () => 0.5,
    sleep: async (seconds) => {
      slept.push(seconds);
      now += seconds;
    },
  };
  const client = new OrdersClient({
    baseUrl: "https://api.example.com",
    token: () => "t1",
    clock,
    fetch: async (request) => {
      sent.push({
        method: request.method,
        key: request.headers.get("Idempotency-Key"),
        token: request.headers.get("Authorization"),
        body: await request.text(),
      });
      const reply = replies.shift();
      if (reply === undefined) {
        throw new Error("one request too many");
      }
      if (reply instanceof Error) {
        throw reply;
      }
      return reply;
    },
  });
  return { client, sent, slept };
}

test("an order is retried with the same key and the same body", async () => {
  const { client, sent } = playing(new TypeError("reset"), json(503, {}), json(202, { orderId: "o1" }));
  const { order } = await client.placeOrder(ORDER, { idempotencyKey: "basket-1" });
  assert.equal(order.orderId, "o1");
  assert.deepEqual(new Set(sent.map((each) => each.key)), new Set(["basket-1"]));
  assert.equal(new Set(sent.map((each) => each.body)).size, 1);
  assert.deepEqual(JSON.parse(sent[2]!.body), ORDER);
});

test("an order without a key gets one, which all its attempts send", async () => {
  const { client, sent } = playing(json(500, {}), json(202, { orderId: "o1" }));
  await client.placeOrder(ORDER);
  assert.match(sent[0]!.key ?? "", /^[0-9a-f-]{36}$/);
  assert.equal(sent[0]!.key, sent[1]!.key);
});

test("a replayed order is marked as replayed", async () => {
  const { client } = playing(json(202, { orderId: "o1" }, { "Idempotency-Replayed": "true" }));
  assert.equal((await client.placeOrder(ORDER)).replayed, true);
});

test("pauses grow with full jitter and respect Retry-After", async () => {
  const { client, slept } = playing(
    json(429, { message: "slow down" }, { "Retry-After": "2" }),
    json(500, {}),
    json(200, { status: "ok", stage: "local" }),
  );
  await client.getHealth();
  assert.deepEqual(slept, [2 + 0.5 * 0.2, 0.5 * 0.4]);
});

test("attempts are limited by number", async () => {
  const { client, sent } = playing(...Array.from({ length: 9 }, () => new TypeError("down")));
  await assert.rejects(client.getHealth(), NoResponse);
  assert.equal(sent.length, DEFAULT_RETRIES.attempts);
});

test("no attempt starts after the deadline", async () => {
  const { client, sent } = playing(json(429, {}, { "Retry-After": "60" }));
  await assert.rejects(client.getHealth(), (error: ApiError) => error.status === 429);
  assert.equal(sent.length, 1);
});

test("a response with a client error (4xx) is not retried", async () => {
  const { client, sent } = playing(problem(400, "invalid-body", { errors: [{ field: "lines", message: "too few" }] }));
  await assert.rejects(client.placeOrder(ORDER), (error: ApiError) => {
    assert.equal(error.type, "invalid-body");
    assert.equal(error.requestId, "r1");
    assert.deepEqual(error.fieldErrors, [{ field: "lines", message: "too few" }]);
    return true;
  });
  assert.equal(sent.length, 1);
});

test("an unreadable record is not retried", async () => {
  const { client, sent } = playing(problem(500, "unreadable-record"));
  await assert.rejects(client.getOrder("o1"), ApiError);
  assert.equal(sent.length, 1);
});

test("a change with a version is retried only if nothing was changed", async () => {
  const busy = playing(problem(503, "busy"), json(200, { email: "ada@example.com" }, { ETag: '"2"' }));
  const saved = await busy.client.putProfile({ email: "ada@example.com" }, '"1"');
  assert.equal(saved.etag, '"2"');

  for (const lost of [new TypeError("reset"), json(503, { message: "time-out" }), json(500, {})]) {
    const { client, sent } = playing(lost);
    await assert.rejects(client.putProfile({ email: "ada@example.com" }, '"1"'));
    assert.equal(sent.length, 1);
  }
});

test("a cancellation is retried, because it has the same effect twice", async () => {
  const { client, sent } = playing(new TypeError("reset"), json(202, { orderId: "o1" }));
  await client.cancelOrder("o1");
  assert.equal(sent.length, 2);
});

test("a changed price throws an error with the current prices", async () => {
  const total = { amount: 3000, currency: "EUR" };
  const { client } = playing(problem(409, "price-changed", { lines: [], total }));
  await assert.rejects(client.placeOrder(ORDER, { idempotencyKey: "k" }), (error: PriceChanged) => {
    assert.ok(error instanceof PriceChanged);
    assert.deepEqual(error.present.total, total);
    assert.equal(error.idempotencyKey, "k");
    return true;
  });
});

test("every attempt sends the token", async () => {
  const { client, sent } = playing(json(500, {}), json(200, { orders: [] }));
  await client.listOrders();
  assert.deepEqual(sent.map((each) => each.token), ["Bearer t1", "Bearer t1"]);
});

test("a missing profile is returned as undefined", async () => {
  const { client } = playing(problem(404, "profile-not-found"));
  assert.equal(await client.getProfile(), undefined);
});

test("Retry-After may be a date, by the server's clock", () => {
  const dated = json(503, {}, { Date: "Sat, 28 Nov 2026 12:00:00 GMT", "Retry-After": "Sat, 28 Nov 2026 12:00:07 GMT" });
  assert.equal(secondsAskedFor(dated), 7);
  assert.equal(secondsAskedFor(json(503, {}, { "Retry-After": "soon" })), 0);
});
