import { tValue } from "../i18n/i18n.js";
import { toneOf } from "../orders.js";

export function StatusBadge({ status }: { status: string }) {
  return <span class={`badge ${toneOf(status)}`}>{tValue("status", status)}</span>;
}
