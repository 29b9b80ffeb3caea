/**
 * Places the order of a basket at most once.
 *
 * The whole request is stored before it is sent. If the page is reloaded, or there is no response, the same request is
 * retried with the same key, and the API returns the same order. The stored request contains the address and the payment
 * token, so it is deleted as soon as the API has accepted or refused it, when its customer signs out, and when another
 * customer would send it. Their own attempt to order the same basket still has the same key, because the basket has it.
 */

import { ApiError, NoResponse, type Order, type PlaceOrder, PriceChanged, type Schemas } from "@order-backend/client";

export interface Attempt {
  /** The `id` of the person who ordered. Nobody else may send the request. */
  readonly customer: string;
  readonly key: string;
  readonly order: PlaceOrder;
}

export type Outcome =
  | { readonly kind: "placed"; readonly order: Order }
  | { readonly kind: "price-changed"; readonly present: Schemas["PriceChangedBody"] }
  /** An earlier request with this basket's key has placed an order with other content. */
  | { readonly kind: "already-placed" }
  | { readonly kind: "refused"; readonly error: ApiError }
  /** The order may have been placed, so only the same request may be sent again. */
  | { readonly kind: "unknown"; readonly error: Error };

export type Place = (order: PlaceOrder, options: { idempotencyKey: string }) => Promise<{ order: Order }>;

const NAME = "checkout.v1";

/** Returns this customer's stored request whose outcome is unknown; undefined if there is none. Deletes any other. */
export function pendingAttempt(storage: Storage, customer: string): Attempt | undefined {
  const read = parsed(storage.getItem(NAME));
  if (read?.customer === customer && typeof read.key === "string" && typeof read.order === "object") {
    return read;
  }
  forgetAttempt(storage);
  return undefined;
}

/** Deletes the stored request, whoever it is from. */
export function forgetAttempt(storage: Storage): void {
  storage.removeItem(NAME);
}

function parsed(text: string | null): Attempt | null {
  try {
    return JSON.parse(text ?? "null") as Attempt | null;
  } catch {
    return null;
  }
}

/** Sends or retries the request. A refusal or a lost response is returned as an outcome, not thrown. */
export async function submit(storage: Storage, attempt: Attempt, place: Place): Promise<Outcome> {
  // Store the request first. If this fails, it must not be sent, because a reload could place a second order.
  storage.setItem(NAME, JSON.stringify(attempt));
  let outcome: Outcome;
  try {
    const { order } = await place(attempt.order, { idempotencyKey: attempt.key });
    outcome = { kind: "placed", order };
  } catch (error) {
    outcome = outcomeOf(error);
  }
  if (outcome.kind !== "unknown") {
    forgetAttempt(storage);
  }
  return outcome;
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof PriceChanged) {
    return { kind: "price-changed", present: error.present };
  }
  if (error instanceof ApiError && error.type === "idempotency-key-reused") {
    return { kind: "already-placed" };
  }
  if (error instanceof ApiError && isDefinite(error.status)) {
    return { kind: "refused", error };
  }
  if (error instanceof ApiError || error instanceof NoResponse) {
    return { kind: "unknown", error };
  }
  return { kind: "unknown", error: error instanceof Error ? error : new Error(String(error)) };
}

/** Whether the status means that nothing was placed. After a 401 the request is kept, so that it is retried after signing in. */
function isDefinite(status: number): boolean {
  return status >= 400 && status < 500 && ![401, 408, 429].includes(status);
}
