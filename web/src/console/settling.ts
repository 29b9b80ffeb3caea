/** When the page of an order has nothing more to wait for. */

import type { AnyOrder } from "@order-backend/client";

import { isFinal } from "../orders.js";

const LAST_EVENT: Readonly<Record<string, string>> = {
  FULFILLED: "OrderFulfilled",
  REJECTED: "OrderRejected",
  CANCELLED: "OrderCancelled",
};
/** How long after the end of an order its last mail is waited for, in milliseconds. A stage may send no mail. */
const PATIENCE = 60_000;

/** Returns whether the order has ended and its last mail is recorded, or will probably not be sent any more. */
export function isSettled(order: Pick<AnyOrder, "status" | "mails" | "updatedAt">, now: number): boolean {
  if (!isFinal(order.status)) {
    return false;
  }
  const isMailed = order.mails?.some((mail) => mail.eventType === LAST_EVENT[order.status]) ?? false;
  return isMailed || now - Date.parse(order.updatedAt) > PATIENCE;
}
