import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError, NoResponse, type Order, PriceChanged } from "@order-backend/client";

import { type BasketLine, emptyBasket, loadBasket, obstacleTo, saveBasket, withAdded, withPrices, withQuantity } from "../src/basket.js";
import { type Attempt, pendingAttempt, submit } from "../src/checkout.js";
import { parseConfig } from "../src/config.js";
import { feedOf } from "../src/feed.js";
import { decimal, formatDuration, formatMoney, totalOf } from "../src/format.js";
import { firstLanguage, localeFor } from "../src/i18n/choose.js";
import { LANGUAGES, MESSAGES } from "../src/i18n/messages.js";
import type { Live } from "../src/live.js";
import { stepName } from "../src/console/breaking/server.js";
import { statesVisited, transitionsOf } from "../src/saga.js";
import { search } from "../src/shop/catalogue.js";

class MemoryStorage implements Storage {
  private readonly items = new Map<string, string>();
  get length(): number {
    return this.items.size;
  }
  clear(): void {
    this.items.clear();
  }
  getItem(name: string): string | null {
    return this.items.get(name) ?? null;
  }
  key(index: number): string | null {
    return [...this.items.keys()][index] ?? null;
  }
  removeItem(name: string): void {
    this.items.delete(name);
  }
  setItem(name: string, value: string): void {
    this.items.set(name, value);
  }
}

const MUG: BasketLine = { sku: "MUG-RED", name: "Mug", quantity: 1, unitPrice: { amount: 1250, currency: "EUR" } };
const ORDER = { lines: [], paymentToken: "tok_ok", shippingAddress: {} } as unknown as Attempt["order"];
const ATTEMPT: Attempt = { customer: "issuer alice", key: "k1", order: ORDER };

// -- money and times ----------------------------------------------------------------------------------

test("minor units become a decimal number of the currency", () => {
  const cases = { EUR: ["0.05", 5], JPY: ["1250", 1250], KWD: ["1.250", 1250], USD: ["12.50", 1250] } as const;
  for (const [currency, [text, amount]] of Object.entries(cases)) {
    assert.equal(decimal({ amount, currency }), text);
  }
});

test("money is formatted exactly, in the user's locale", () => {
  assert.equal(formatMoney({ amount: 1250, currency: "EUR" }, "en-GB"), "€12.50");
  assert.equal(formatMoney({ amount: 1250, currency: "EUR" }, "de-DE").replace(/\s/g, " "), "12,50 €");
  assert.equal(formatMoney({ amount: 9007199254740991, currency: "EUR" }, "en-GB"), "€90,071,992,547,409.91");
});

test("a total is the sum of all lines, and an inexact total throws", () => {
  assert.deepEqual(totalOf([{ ...MUG, quantity: 3 }, MUG]), { amount: 5000, currency: "EUR" });
  assert.equal(totalOf([]), undefined);
  assert.throws(() => totalOf([{ quantity: 1000, unitPrice: { amount: 9007199254740991, currency: "EUR" } }]), RangeError);
});

test("a duration is rounded to a readable precision", () => {
  assert.equal(formatDuration("2026-11-21T12:00:00.000Z", "2026-11-21T12:00:00.520Z", "en"), "0.52s");
  assert.equal(formatDuration("2026-11-21T12:00:00.000Z", "2026-11-21T12:05:00.000Z", "en"), "5m");
});

// -- the basket ---------------------------------------------------------------------------------------

test("adding a product again adds units at the latest price", () => {
  const dearer = { ...MUG, quantity: 2, unitPrice: { amount: 1300, currency: "EUR" } };
  const basket = withAdded(withAdded(emptyBasket("k"), MUG), dearer);
  assert.deepEqual(basket, { key: "k", lines: [{ ...dearer, quantity: 3 }] });
});

test("a quantity is between one and a thousand, and zero removes the line", () => {
  const basket = withAdded(emptyBasket("k"), MUG);
  assert.equal(withQuantity(basket, "MUG-RED", 5000).lines[0]?.quantity, 1000);
  assert.deepEqual(withQuantity(basket, "MUG-RED", 0).lines, []);
});

test("a basket accepts one currency and at most fifty products", () => {
  const full = Array.from({ length: 50 }, (_, number) => ({ ...MUG, sku: `S${number}` })).reduce(withAdded, emptyBasket());
  assert.equal(obstacleTo(full, MUG), "too-many-lines");
  assert.equal(obstacleTo(full, { ...MUG, sku: "S7" }), undefined);
  assert.equal(obstacleTo(withAdded(emptyBasket(), MUG), { ...MUG, unitPrice: { amount: 1, currency: "USD" } }), "other-currency");
});

test("a stored basket keeps its key, and a damaged one is replaced by an empty one", () => {
  const storage = new MemoryStorage();
  const basket = withAdded(emptyBasket("k7"), MUG);
  saveBasket(storage, basket);
  assert.deepEqual(loadBasket(storage), basket);
  for (const damaged of ["{", "null", '{"key":"k"}', '{"key":"k","lines":[{"sku":"A"}]}']) {
    storage.setItem("basket.v1", damaged);
    assert.deepEqual(loadBasket(storage).lines, []);
  }
});

test("accepting new prices replaces the shown ones and keeps the key", () => {
  const basket = withPrices(withAdded(emptyBasket("k"), MUG), [{ sku: "MUG-RED", unitPrice: { amount: 2, currency: "EUR" } }]);
  assert.deepEqual([basket.key, basket.lines[0]?.unitPrice.amount], ["k", 2]);
});

// -- the checkout -------------------------------------------------------------------------------------

test("the request is stored before it is sent, and deleted when it is accepted", async () => {
  const storage = new MemoryStorage();
  const outcome = await submit(storage, ATTEMPT, async (_, { idempotencyKey }) => {
    assert.deepEqual(pendingAttempt(storage, "issuer alice"), ATTEMPT);
    assert.equal(idempotencyKey, "k1");
    return { order: { orderId: "o1" } as Order };
  });
  assert.equal(outcome.kind, "placed");
  assert.equal(pendingAttempt(storage, "issuer alice"), undefined);
});

test("a request without a response is kept, so that a reload sends it again", async () => {
  for (const lost of [new NoResponse("POST /orders", "k1", undefined), new ApiError(503, undefined, undefined, "k1"), new ApiError(401, undefined, undefined, "k1"), new Error("?")]) {
    const storage = new MemoryStorage();
    const outcome = await submit(storage, ATTEMPT, () => Promise.reject(lost));
    assert.equal(outcome.kind, "unknown");
    assert.deepEqual(pendingAttempt(storage, "issuer alice"), ATTEMPT);
  }
});

test("a request without a response is of its customer only: anybody else's visit deletes it", async () => {
  for (const customer of ["issuer bob", "issuer alic", ""]) {
    const storage = new MemoryStorage();
    await submit(storage, ATTEMPT, () => Promise.reject(new Error("?")));
    assert.equal(pendingAttempt(storage, customer), undefined);
    assert.equal(storage.length, 0);
  }
});

test("a stored request that cannot be read, or names no customer, is deleted", () => {
  for (const damaged of ["{", "null", "1", JSON.stringify({ key: "k1", order: ORDER })]) {
    const storage = new MemoryStorage();
    storage.setItem("checkout.v1", damaged);
    assert.equal(pendingAttempt(storage, "issuer alice"), undefined);
    assert.equal(storage.length, 0);
  }
});

test("a refused request is deleted", async () => {
  const present = { type: "urn:problem-type:price-changed", lines: [], total: { amount: 1, currency: "EUR" } } as never;
  const reused = { type: "urn:problem-type:idempotency-key-reused" } as never;
  const cases = [
    ["refused", new ApiError(400, undefined, undefined, "k1")],
    ["price-changed", new PriceChanged(present, undefined, "k1")],
    ["already-placed", new ApiError(422, reused, undefined, "k1")],
  ] as const;
  for (const [kind, error] of cases) {
    const storage = new MemoryStorage();
    assert.equal((await submit(storage, ATTEMPT, () => Promise.reject(error))).kind, kind);
    assert.equal(pendingAttempt(storage, "issuer alice"), undefined);
  }
});

test("an order that cannot be stored is not sent", async () => {
  const storage = new MemoryStorage();
  storage.setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  await assert.rejects(submit(storage, ATTEMPT, () => assert.fail("it was sent")));
});

// -- following an order -------------------------------------------------------------------------------

/** A `Live` that announces nothing. `wait` records its time in `pauses` and then calls `then`. */
function noting(pauses: number[], then: () => void = () => {}): Live {
  return {
    follow: () => ({
      wait: async (milliseconds) => {
        pauses.push(milliseconds);
        then();
      },
      seen: () => {},
      end: () => {},
    }),
  };
}

test("a page without announcements polls less and less often, survives a failure, and stops at the final state", async () => {
  const replies = ["PENDING", new Error("down"), "CONFIRMED", "FULFILLED"];
  const pauses: number[] = [];
  const seen: string[] = [];
  const troubles: unknown[] = [];
  const feed = feedOf<{ status: string; version: number }>({
    read: async () => {
      const reply = replies.shift();
      if (reply instanceof Error) {
        throw reply;
      }
      return { status: reply ?? assert.fail("read after the end"), version: 1 };
    },
    isFinal: ({ status }) => status === "FULFILLED",
    live: noting(pauses),
  });
  await new Promise<void>((resolve) =>
    feed.follow(
      "o1",
      ({ status }) => (seen.push(status), status === "FULFILLED" && resolve()),
      (error) => troubles.push(error),
    ),
  );
  assert.deepEqual(seen, ["PENDING", "CONFIRMED", "FULFILLED"]);
  assert.equal(troubles.length, 1);
  assert.deepEqual(pauses, [250, 350, 489.99999999999994]);
});

test("a closed page stops polling", async () => {
  let reads = 0;
  let stop = () => {};
  const feed = feedOf<{ version: number }>({
    read: async () => ((reads += 1), { version: 1 }),
    isFinal: () => false,
    live: noting([], () => stop()),
  });
  stop = feed.follow("o1", () => {}, () => assert.fail("no trouble is expected"));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(reads, 1);
});

// -- the saga's path ----------------------------------------------------------------------------------

type History = Order["history"];
const PATHS: Record<string, { history: [string, string?][]; payment?: { attempt: number }; path: string }> = {
  "an order that is fulfilled": {
    history: [["PENDING"], ["CONFIRMED"], ["FULFILLED"]],
    payment: { attempt: 1 },
    path: "LoadOrder ReserveStock AuthorisePayment ConfirmOrder Fulfil CompleteOrder Ended",
  },
  "an order whose second authorisation is captured": {
    history: [["PENDING"], ["CONFIRMED"], ["FULFILLED"]],
    payment: { attempt: 2 },
    path: "LoadOrder ReserveStock AuthorisePayment ConfirmOrder Fulfil AuthoriseAgain Fulfil CompleteOrder Ended",
  },
  "an order without stock": {
    history: [["PENDING"], ["REJECTING", "OUT_OF_STOCK"], ["REJECTED", "OUT_OF_STOCK"]],
    path: "LoadOrder ReserveStock RejectOrder CancelShipment VoidOrRefundPayment ReleaseStock CloseOrder Ended",
  },
  "an order whose payment is declined, on its way back": {
    history: [["PENDING"], ["REJECTING", "PAYMENT_DECLINED"]],
    payment: { attempt: 1 },
    path: "LoadOrder ReserveStock AuthorisePayment RejectOrder CancelShipment VoidOrRefundPayment ReleaseStock",
  },
  "an order that the carrier refuses": {
    history: [["PENDING"], ["CONFIRMED"], ["CANCELLING", "SHIPMENT_REFUSED"], ["CANCELLED", "SHIPMENT_REFUSED"]],
    payment: { attempt: 1 },
    path: "LoadOrder ReserveStock AuthorisePayment ConfirmOrder Fulfil TurnBack CancelShipment VoidOrRefundPayment ReleaseStock CloseOrder Ended",
  },
  "an order that the customer cancels at once": {
    history: [["PENDING"], ["CANCELLING", "CUSTOMER_REQUEST"], ["CANCELLED", "CUSTOMER_REQUEST"]],
    path: "LoadOrder CancelShipment VoidOrRefundPayment ReleaseStock CloseOrder Ended",
  },
  "an order that waits": { history: [["PENDING"]], path: "LoadOrder ReserveStock" },
};
for (const [name, { history, payment, path }] of Object.entries(PATHS)) {
  test(`the path of ${name}`, () => {
    const changes = history.map(([status, reason]) => ({ status, at: "", ...(reason && { reason }) })) as History;
    const order = { history: changes, ...(payment && { payment }) } as unknown as Order;
    assert.deepEqual(statesVisited(order), path.split(" "));
    assert.equal(transitionsOf(path.split(" ")).has(path.split(" ").slice(0, 2).join(">")), true);
  });
}

// -- texts and searching ------------------------------------------------------------------------------

test("every text has the same placeholders in every language", () => {
  for (const [key, texts] of Object.entries(MESSAGES)) {
    const values = LANGUAGES.map((language) => [...texts[language].matchAll(/\{\w+\}/g)].map(String).sort());
    for (const each of values) {
      assert.deepEqual(each, values[0], key);
    }
  }
});

test("the language is the user's choice, else the browser's, else English", () => {
  assert.equal(firstLanguage("de", ["en-GB"]), "de");
  assert.equal(firstLanguage(null, ["fr", "de-AT"]), "de");
  assert.equal(firstLanguage("xx", ["fr"]), "en");
  assert.equal(localeFor("de", ["en", "de-AT"]), "de-AT");
});

test("a search finds all words in any field, ignoring case and accents", () => {
  const products = [
    { sku: "A", name: "Café Crème", category: "coffee", attributes: { roast: "dark" } },
    { sku: "B", name: "Mug", category: "mugs", description: "for coffee" },
  ] as never[];
  const found = (text: string, category = "") => search(products, text, category).map((each: { sku: string }) => each.sku);
  assert.deepEqual(found("CREME dark"), ["A"]);
  assert.deepEqual(found("coffee"), ["A", "B"]);
  assert.deepEqual(found("coffee", "mugs"), ["B"]);
  assert.deepEqual(found(""), ["A", "B"]);
});

test("the error of an incomplete configuration names the missing field", () => {
  const config = { stage: "local", apiUrl: "/api", issuer: "http://x", clientId: "web", scopes: "openid" };
  assert.deepEqual(parseConfig(config), config);
  assert.throws(() => parseConfig({ ...config, issuer: "" }), /issuer/);
  assert.throws(() => parseConfig(null), /stage/);
});

test("the path of the fault routes is accepted for stage local only", () => {
  const config = { stage: "local", apiUrl: "/api", issuer: "http://127.0.0.1:4567", clientId: "web", scopes: "openid" };
  assert.equal(parseConfig(config).breakIt, undefined);
  assert.equal(parseConfig({ ...config, breakIt: "/local/break" }).breakIt, "/local/break");
  for (const wrong of [
    { breakIt: "/local/break", stage: "prod" },
    { breakIt: "https://elsewhere.example" },
    { breakIt: 1 },
  ]) {
    assert.throws(() => parseConfig({ ...config, ...wrong }), /breakIt/);
  }
});

test("the name of a step is shown in words", () => {
  assert.equal(stepName("void_or_refund_payment"), "Void or refund payment");
});
