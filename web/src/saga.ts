/**
 * The path of an order through the saga, as far as its history shows it.
 *
 * Each execution starts at "Load order", so an order with several executions visits some states again.
 */

import type { Order } from "@order-backend/client";

export type Transition = readonly [from: string, to: string];

const GIVE_BACK: readonly string[] = ["CancelShipment", "VoidOrRefundPayment", "ReleaseStock"];

/** Returns the states that the order has visited, in this order. The last one is the current state. */
export function statesVisited(order: Pick<Order, "history" | "payment" | "shipment">): string[] {
  const statuses: readonly string[] = order.history.map((change) => change.status);
  const reason = order.history.find((change) => change.reason !== undefined)?.reason;
  const path = ["LoadOrder"];
  const { payment } = order;
  const wasConfirmed = statuses.includes("CONFIRMED");
  const wasRejected = statuses.includes("REJECTING");
  const wasCancelled = statuses.includes("CANCELLING");
  const byCustomer = reason === "CUSTOMER_REQUEST";

  if (!byCustomer || payment !== undefined || wasConfirmed) {
    path.push("ReserveStock");
  }
  if (payment !== undefined || wasConfirmed) {
    path.push("AuthorisePayment");
  }
  if (wasRejected) {
    path.push("RejectOrder");
  }
  if (wasConfirmed) {
    path.push("ConfirmOrder", "Fulfil");
    const wasAuthorisedAgain = (payment?.attempt ?? 1) > 1 || reason === "CAPTURE_REFUSED";
    if (wasAuthorisedAgain) {
      path.push("AuthoriseAgain");
    }
    if (wasCancelled && !byCustomer) {
      path.push("TurnBack");
    } else if (wasAuthorisedAgain) {
      path.push("Fulfil");
    }
  }
  if (statuses.includes("FULFILLED")) {
    path.push("CompleteOrder", "Ended");
  }
  if (wasRejected || wasCancelled) {
    // An execution notices the customer's cancellation when it loads the order again.
    path.push(...(byCustomer && path.length > 1 ? ["LoadOrder"] : []), ...GIVE_BACK);
    if (statuses.includes("REJECTED") || statuses.includes("CANCELLED")) {
      path.push("CloseOrder", "Ended");
    }
  }
  return path;
}

/** Returns the transitions between the states, each written `from>to`. */
export function transitionsOf(path: readonly string[]): ReadonlySet<string> {
  return new Set(path.slice(1).map((state, index) => `${path[index]}>${state}`));
}
