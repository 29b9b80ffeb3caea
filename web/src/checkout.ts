/**
 * Places the order of a basket once, whatever happens.
 *
 * The whole request is stored before it is sent. If the page is reloaded, or no response comes, the same request is
 * sent again with the same key, and the API returns the same order. It is forgotten when the API has accepted or
 * refused it. It holds the address and the payment token, so it is kept no longer than that.
 */

import { ApiError, NoResponse, type Order, type PlaceOrder, PriceChanged, type Schemas } from "@order-backend/client";

export interface Attempt {
  readonly key: string;
  readonly order: PlaceOrder;
}

export type Outcome =
  | { readonly kind: "placed"; readonly order: Order }
  | { readonly kind: "price-changed"; readonly present: Schemas["PriceChangedBody"] }
  /** An earlier request with this basket's key has placed an order of other content. */
  | { readonly kind: "already-placed" }
  | { readonly kind: "refused"; readonly error: ApiError }
  /** It may have been placed. Only the same request may follow. */
  | { readonly kind: "unknown"; readonly error: Error };

export type Place = (order: PlaceOrder, options: { idempotencyKey: string }) => Promise<{ order: Order }>;

const NAME = "checkout.v1";

/** Returns the request whose outcome is not known yet, if there is one. */
export function pendingAttempt(storage: Storage): Attempt | undefined {
  try {
    const read = JSON.parse(storage.getItem(NAME) ?? "null") as Attempt | null;
    return read && typeof read.key === "string" && typeof read.order === "object" ? read : undefined;
  } catch {
    return undefined;
  }
}

/** Sends the request, or sends it again. Never throws for a refusal or a lost response. */
export async function submit(storage: Storage, attempt: Attempt, place: Place): Promise<Outcome> {
  // Before it is sent. If that is not possible, the order must not be sent: a reload could place a second one.
  storage.setItem(NAME, JSON.stringify(attempt));
  let outcome: Outcome;
  try {
    const { order } = await place(attempt.order, { idempotencyKey: attempt.key });
    outcome = { kind: "placed", order };
  } catch (error) {
    outcome = outcomeOf(error);
  }
  if (outcome.kind !== "unknown") {
    storage.removeItem(NAME);
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

/** Whether the status says that nothing was placed. A 401 says it too, but the customer has only to sign in again. */
function isDefinite(status: number): boolean {
  return status >= 400 && status < 500 && ![401, 408, 429].includes(status);
}
