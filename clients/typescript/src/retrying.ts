/** Which requests are retried, after which outcomes, and when: the rules of the Python client. */

import { NoResponse, problemOf } from "./errors.js";

/** All times are in seconds. */
export interface RetryPolicy {
  readonly attempts: number;
  /** Before the n-th retry, the client waits a random time of up to `firstPause` × 2ⁿ⁻¹. */
  readonly firstPause: number;
  readonly longestPause: number;
  /** No attempt starts later than this after the first one. */
  readonly deadline: number;
  /** No attempt waits for its response longer than this. */
  readonly timeout: number;
}

export const DEFAULT_RETRIES: RetryPolicy = {
  attempts: 5,
  firstPause: 0.2,
  longestPause: 5,
  deadline: 45,
  timeout: 30,
};

/** A clock in seconds, and a source of random numbers. Tests replace both. */
export interface Clock {
  now(): number;
  sleep(seconds: number, signal: AbortSignal): Promise<void>;
  random(): number;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now() / 1000,
  sleep: (seconds, signal) =>
    new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", stop);
        resolve();
      }, seconds * 1000);
      signal.addEventListener("abort", stop, { once: true });
    }),
  random: () => Math.random(),
};

export type Fetch = (request: Request) => Promise<Response>;

const PASSING: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

// Requests that name the wanted state: they have the same effect if they arrive twice.
const SAME_EFFECT_TWICE: readonly (readonly [method: string, path: RegExp])[] = [
  ["POST", /\/orders\/[^/]+\/cancel$/],
  ["DELETE", /\/customers\/me$/],
  ["PUT", /\/products\/[^/]+\/images$/],
];

/** Whether the request has the same effect if it arrives twice. */
export function isRepeatable(request: Request): boolean {
  return (
    request.method === "GET" ||
    request.method === "HEAD" ||
    request.headers.has("Idempotency-Key") ||
    SAME_EFFECT_TWICE.some(([method, path]) => request.method === method && path.test(new URL(request.url).pathname))
  );
}

/**
 * Returns a `fetch` that retries what can be retried safely, each time with the same headers and the same body.
 *
 * It throws `NoResponse` when no attempt got a response, and the reason of the request's own signal when it is aborted.
 */
export function retrying(send: Fetch, policy: RetryPolicy, clock: Clock = SYSTEM_CLOCK): Fetch {
  return async (request) => {
    const ends = clock.now() + policy.deadline;
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await attemptOnce(send, request, Math.min(policy.timeout, ends - clock.now()));
      if (outcome instanceof Response && outcome.status < 400) {
        return outcome;
      }
      request.signal.throwIfAborted();
      const pause = pauseAfter(attempt, outcome, policy, clock);
      const triedEnough = attempt >= policy.attempts || clock.now() + pause >= ends;
      if (triedEnough || !(await isWorthRetrying(request, outcome))) {
        if (outcome instanceof Response) {
          return outcome;
        }
        const what = `${request.method} ${new URL(request.url).pathname}`;
        throw new NoResponse(what, request.headers.get("Idempotency-Key") ?? undefined, outcome);
      }
      await clock.sleep(pause, request.signal);
    }
  };
}

async function attemptOnce(send: Fetch, request: Request, seconds: number): Promise<unknown> {
  const limit = AbortSignal.timeout(Math.max(seconds, 0.001) * 1000);
  try {
    // Send a copy, because the body of a request can be sent only once.
    return await send(new Request(request.clone(), { signal: AbortSignal.any([request.signal, limit]) }));
  } catch (error) {
    return error;
  }
}

async function isWorthRetrying(request: Request, outcome: unknown): Promise<boolean> {
  if (!(outcome instanceof Response)) {
    // `fetch` does not report whether the request was sent, so it counts as sent.
    return isRepeatable(request);
  }
  if (isRepeatable(request)) {
    const unreadable = outcome.status === 500 && (await hasType(outcome, "unreadable-record"));
    return PASSING.has(outcome.status) && !unreadable;
  }
  // A 503 of the gateway may be a time-out; this problem says that nothing was changed.
  return outcome.status === 429 || (outcome.status === 503 && (await hasType(outcome, "busy")));
}

async function hasType(response: Response, type: string): Promise<boolean> {
  return (await problemOf(response))?.type === `urn:problem-type:${type}`;
}

function pauseAfter(attempt: number, outcome: unknown, policy: RetryPolicy, clock: Clock): number {
  const ceiling = Math.min(policy.longestPause, policy.firstPause * 2 ** Math.min(attempt - 1, 30));
  // Full jitter ("Exponential Backoff And Jitter", AWS Architecture Blog).
  return (outcome instanceof Response ? secondsAskedFor(outcome) : 0) + clock.random() * ceiling;
}

/** Returns the seconds of `Retry-After`, which is a number or a date (RFC 9110, section 10.2.3). */
export function secondsAskedFor(response: Response): number {
  const text = response.headers.get("Retry-After") ?? "";
  if (/^\d+$/.test(text)) {
    return Number(text);
  }
  // By the server's clock, because the client's clock may be wrong. A browser may hide `Date` from another origin.
  const seconds = (Date.parse(text) - Date.parse(response.headers.get("Date") ?? "")) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
}
