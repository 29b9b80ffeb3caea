/** The meaning of a status for display. A status that is newer than this application counts as open. */

export type Tone = "good" | "bad" | "open" | "back";

const TONES: Readonly<Record<string, Tone>> = {
  FULFILLED: "good",
  REJECTED: "bad",
  CANCELLED: "bad",
  REJECTING: "back",
  CANCELLING: "back",
};

export function toneOf(status: string): Tone {
  return TONES[status] ?? "open";
}

export function isFinal(status: string): boolean {
  const tone = toneOf(status);
  return tone === "good" || tone === "bad";
}

/** Whether to offer a cancellation. The API decides whether it accepts one. */
export function mayBeCancelled(status: string): boolean {
  return status === "PENDING" || status === "CONFIRMED";
}

export function shortId(orderId: string): string {
  return orderId.slice(0, 8);
}
