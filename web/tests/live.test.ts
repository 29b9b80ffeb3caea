import assert from "node:assert/strict";
import { test } from "node:test";

import { type Audience, live, type Socket } from "../src/live.js";

const NEVER = new AbortController().signal;

class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly sent: { action: string; token: string; orders: string; seen: Record<string, number> }[] = [];
  isClosed = false;

  constructor(readonly url: string) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.isClosed = true;
    this.onclose?.();
  }

  receives(message: unknown): void {
    this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }
}

/** A client whose delays end when the test calls `end`. */
function client(audience: Audience = "mine") {
  const sockets: FakeSocket[] = [];
  const delays: { milliseconds: number; end: () => void }[] = [];
  const tokens: { current: string | undefined } = { current: "t1" };
  const told = live({
    url: "wss://realtime.example/live",
    audience,
    token: async () => tokens.current,
    open: (url) => {
      const socket = new FakeSocket(url);
      sockets.push(socket);
      return socket;
    },
    delay: (milliseconds) => new Promise((end) => delays.push({ milliseconds, end })),
    now: () => Date.parse("2026-11-27T12:00:00Z"),
  });
  /** Follows an order, as a page does that has read it and waits for its next change. */
  const follow = (orderId: string) => {
    const following = told.follow(orderId);
    void following.wait(0, AbortSignal.abort());
    return following;
  };
  return { of: { follow }, told, sockets, delays, tokens };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const SUBSCRIBED = { type: "subscribed", orders: "mine", expiresAt: "2026-11-27T13:00:00.000Z", changed: [] };

function socketOf(sockets: FakeSocket[], number = 0): FakeSocket {
  return sockets[number] ?? assert.fail(`there is no socket ${number}`);
}

async function subscribed(made: ReturnType<typeof client>): Promise<FakeSocket> {
  const socket = socketOf(made.sockets, made.sockets.length - 1);
  socket.onopen?.();
  await settled();
  socket.receives(SUBSCRIBED);
  return socket;
}

test("the token is in the first message and not in the URL", async () => {
  const made = client("all");
  const following = made.of.follow("o1");
  following.seen(3);
  const socket = await subscribed(made);
  assert.equal(socket.url, "wss://realtime.example/live");
  assert.deepEqual(socket.sent, [{ action: "subscribe", token: "t1", orders: "all", seen: { o1: 3 } }]);
});

test("two pages share one connection, which is closed when the last page ends", async () => {
  const made = client();
  const [first, second] = [made.of.follow("o1"), made.of.follow("o2")];
  const socket = await subscribed(made);
  first.end();
  assert.equal(socket.isClosed, false);
  second.end();
  assert.deepEqual([socket.isClosed, made.sockets.length], [true, 1]);
});

test("a page of an ended order opens no connection, and one that ends while connecting closes it", async () => {
  const made = client();
  made.told.follow("o1").end();
  assert.equal(made.sockets.length, 0);
  made.of.follow("o2").end();
  const socket = socketOf(made.sockets);
  assert.equal(socket.isClosed, false);
  socket.onopen?.();
  await settled();
  assert.deepEqual([socket.isClosed, socket.sent], [true, []]);
});

test("a page waits until its own order changes", async () => {
  const made = client();
  const following = made.of.follow("o1");
  const socket = await subscribed(made);
  let isOver = false;
  const waiting = following.wait(1, NEVER).then(() => (isOver = true));
  await new Promise((resolve) => setTimeout(resolve, 20));
  socket.receives({ type: "orderChanged", orderId: "o2", version: 2 });
  await settled();
  assert.equal(isOver, false, "it would have asked after a millisecond without a connection");
  socket.receives({ type: "orderChanged", orderId: "o1", version: 2 });
  await waiting;
});

test("a change during a read is not missed, and a version already seen is ignored", async () => {
  const made = client();
  const following = made.of.follow("o1");
  const socket = await subscribed(made);
  following.seen(2);
  socket.receives({ type: "orderChanged", orderId: "o1", version: 3 });
  await following.wait(60_000, NEVER);
  following.seen(3);
  socket.receives({ type: "orderChanged", orderId: "o1", version: 3 });
  const stop = new AbortController();
  const waiting = following.wait(60_000, stop.signal);
  let isOver = false;
  void waiting.then(() => (isOver = true));
  await settled();
  assert.equal(isOver, false);
  stop.abort();
  await waiting;
});

test("a lost connection wakes the pages and is reopened with the versions seen, with growing delays", async () => {
  const made = client();
  const following = made.of.follow("o1");
  (await subscribed(made)).onclose?.();
  following.seen(5);
  await following.wait(1, NEVER);
  const retries = () => made.delays.filter(({ milliseconds }) => milliseconds < 60_000);
  for (const expected of [1000, 2000, 4000]) {
    const retry = retries().at(-1) ?? assert.fail("it does not try again");
    assert.equal(retry.milliseconds, expected);
    retry.end();
    await settled();
    made.sockets.at(-1)?.onclose?.();
  }
  retries().at(-1)?.end();
  await settled();
  const socket = await subscribed(made);
  assert.deepEqual(socket.sent[0]?.seen, { o1: 5 });
});

test("the response to a subscription contains the changes that were missed", async () => {
  const made = client();
  const following = made.of.follow("o1");
  following.seen(1);
  const socket = socketOf(made.sockets);
  socket.onopen?.();
  await settled();
  socket.receives({ ...SUBSCRIBED, changed: [{ type: "orderChanged", orderId: "o1", version: 4 }] });
  await following.wait(60_000, NEVER);
});

test("the connection subscribes again before its token expires", async () => {
  const made = client();
  made.of.follow("o1");
  const socket = await subscribed(made);
  const renewal = made.delays.find(({ milliseconds }) => milliseconds === 59 * 60_000) ?? assert.fail("no renewal");
  made.tokens.current = "t2";
  renewal.end();
  await settled();
  assert.deepEqual(socket.sent.map(({ token }) => token), ["t1", "t2"]);
});

test("a refused token or a sign-out closes the connection", async () => {
  for (const token of ["t1", undefined]) {
    const made = client();
    made.tokens.current = token;
    made.of.follow("o1");
    const socket = socketOf(made.sockets);
    socket.onopen?.();
    await settled();
    if (token !== undefined) {
      socket.receives({ type: "urn:problem-type:token-refused", status: 401 });
    }
    assert.equal(socket.isClosed, true);
  }
});

test("a message that is not JSON is ignored", async () => {
  const made = client();
  made.of.follow("o1");
  const socket = await subscribed(made);
  socket.receives("<html>");
  assert.equal(socket.isClosed, true);
});
