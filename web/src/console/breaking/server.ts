/** The routes of the local server: what the books say, and what can be broken. */

export const GUARANTEES = [1, 2, 3, 4, 5, 6, 7] as const;
export type GuaranteeNumber = (typeof GUARANTEES)[number];

export interface Judgement {
  readonly number: GuaranteeNumber;
  readonly state: "kept" | "waiting" | "broken";
  readonly checked: number;
  readonly waiting: number;
  readonly findings: readonly string[];
}

export type StockFigure = "received" | "adjusted" | "available" | "held" | "shipped";

/** What was charged in one currency, and what for, in minor units. */
export interface MoneyFigures {
  readonly currency: string;
  readonly charged: number;
  readonly delivered: number;
  readonly refunded: number;
  readonly underway: number;
}

export interface Happening {
  readonly at: string;
  readonly what: string;
  readonly [value: string]: string | number;
}

export interface BreakState {
  readonly guarantees: readonly Judgement[];
  readonly orders: { readonly total: number; readonly open: number };
  readonly statuses: Readonly<Record<string, number>>;
  /** The newest orders, the newest last. */
  readonly recent: readonly { readonly id: string; readonly status: string }[];
  readonly stock: Readonly<Record<StockFigure, number>>;
  readonly money: readonly MoneyFigures[];
  readonly steps: readonly string[];
  readonly faults: {
    readonly throttled: boolean;
    readonly declining: boolean;
    readonly losing: readonly string[];
    readonly sweepStopped: boolean;
  };
  readonly counts: {
    readonly refused: number;
    readonly lost: number;
    readonly declined: number;
    readonly placing: number;
  };
  readonly log: readonly Happening[];
}

export type ActionName =
  | "place"
  | "decline"
  | "throttle"
  | "lose-answer"
  | "kill-worker"
  | "deliver-twice"
  | "run-twice"
  | "sweep"
  | "end-faults";

export interface BreakServer {
  state(signal: AbortSignal): Promise<BreakState>;
  /** Throws an error with the server's own words if it refuses. */
  run(action: ActionName, wanted?: Readonly<Record<string, unknown>>): Promise<void>;
}

export function breakServer(path: string): BreakServer {
  // No form can send it, so no page of another site can.
  const headers = { "X-Break-It": "1", "Content-Type": "application/json" };
  return {
    async state(signal) {
      const response = await fetch(`${path}/state`, { headers, signal, credentials: "omit", cache: "no-store" });
      return (await read(response)) as BreakState;
    },
    async run(action, wanted = {}) {
      const body = JSON.stringify(wanted);
      await read(await fetch(`${path}/actions/${action}`, { method: "POST", headers, body, credentials: "omit" }));
    },
  };
}

async function read(response: Response): Promise<unknown> {
  const body: unknown = await response.json();
  if (!response.ok) {
    throw new Error((body as { detail?: string }).detail ?? String(response.status));
  }
  return body;
}

/** Returns the name of a step for people: `authorise_payment` is "Authorise payment". */
export function stepName(step: string): string {
  return (step.charAt(0).toUpperCase() + step.slice(1)).replaceAll("_", " ");
}
