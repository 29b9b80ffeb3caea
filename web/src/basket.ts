/**
 * The basket, stored in the browser, with the idempotency key of its order.
 *
 * The key is generated with the first line of the basket and kept until an order has been placed, so one basket leads to
 * at most one order. All tabs of a browser share the basket.
 */

import type { Money } from "@order-backend/client";

export interface BasketLine {
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  /** The price that was shown to the customer. */
  readonly unitPrice: Money;
  readonly image?: string;
}

export interface Basket {
  /** The idempotency key of its order. */
  readonly key: string;
  readonly lines: readonly BasketLine[];
}

export const MOST_UNITS = 1000;
export const MOST_LINES = 50;
const NAME = "basket.v1";

export function emptyBasket(key: string = crypto.randomUUID()): Basket {
  return { key, lines: [] };
}

export function countUnits(basket: Basket): number {
  return basket.lines.reduce((sum, line) => sum + line.quantity, 0);
}

/** Returns why a product cannot be added; undefined if it can. */
export type Obstacle = "too-many-lines" | "other-currency";

export function obstacleTo(basket: Basket, line: BasketLine): Obstacle | undefined {
  const [first] = basket.lines;
  if (first !== undefined && first.unitPrice.currency !== line.unitPrice.currency) {
    return "other-currency";
  }
  const isNew = basket.lines.every((each) => each.sku !== line.sku);
  return isNew && basket.lines.length >= MOST_LINES ? "too-many-lines" : undefined;
}

/** Returns the basket with more units of a product, at the price that was shown last. */
export function withAdded(basket: Basket, added: BasketLine): Basket {
  const present = basket.lines.find((line) => line.sku === added.sku);
  if (present === undefined) {
    return { ...basket, lines: [...basket.lines, { ...added, quantity: clamp(added.quantity) }] };
  }
  const merged = { ...present, ...added, quantity: clamp(present.quantity + added.quantity) };
  return { ...basket, lines: basket.lines.map((line) => (line.sku === added.sku ? merged : line)) };
}

/** Returns the basket with this number of units of a product; 0 removes the line. */
export function withQuantity(basket: Basket, sku: string, quantity: number): Basket {
  const lines = basket.lines
    .map((line) => (line.sku === sku ? { ...line, quantity: quantity > 0 ? clamp(quantity) : 0 } : line))
    .filter((line) => line.quantity > 0);
  return { ...basket, lines };
}

/** Returns the basket at the current prices, to which the customer has agreed. */
export function withPrices(basket: Basket, prices: readonly { sku: string; unitPrice: Money }[]): Basket {
  const bySku = new Map(prices.map((each) => [each.sku, each.unitPrice]));
  return {
    ...basket,
    lines: basket.lines.map((line) => ({ ...line, unitPrice: bySku.get(line.sku) ?? line.unitPrice })),
  };
}

export function loadBasket(storage: Storage): Basket {
  const read = parse(storage.getItem(NAME));
  return isBasket(read) ? read : emptyBasket();
}

/** Stores the basket. If the browser's storage is full or disabled, the basket is kept only until the page is closed. */
export function saveBasket(storage: Storage, basket: Basket): void {
  try {
    storage.setItem(NAME, JSON.stringify(basket));
  } catch {
    // The basket in memory remains.
  }
}

/** Whether another tab has changed the stored basket. */
export function concernsBasket(event: StorageEvent): boolean {
  return event.key === NAME || event.key === null;
}

function clamp(quantity: number): number {
  return Math.min(MOST_UNITS, Math.max(1, Math.trunc(quantity) || 1));
}

function parse(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isBasket(read: unknown): read is Basket {
  const found = read as Partial<Basket> | null | undefined;
  return typeof found?.key === "string" && Array.isArray(found.lines) && found.lines.every(isLine);
}

function isLine(read: unknown): read is BasketLine {
  const found = read as Partial<BasketLine> | null;
  return (
    typeof found?.sku === "string" &&
    typeof found.name === "string" &&
    Number.isInteger(found.quantity) &&
    Number.isInteger(found.unitPrice?.amount) &&
    typeof found.unitPrice?.currency === "string"
  );
}
