/**
 * Tells pages that an order has changed, by the WebSocket API.
 *
 * One connection serves all pages of a tab. It is opened when a page waits for a change, and closed when none follows. The
 * token is in its first message, never in its address. While there is no connection, pages ask from time to time.
 */

export type Audience = "mine" | "all";

/** An order that is followed. */
export interface Following {
  /** Resolves when the order may have changed since `seen`, or after some milliseconds. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Says which version of the order the page shows. */
  seen(version: number): void;
  end(): void;
}

export interface Live {
  follow(orderId: string): Following;
}

/** The part of `WebSocket` that is used. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: (() => void) | null;
  send(text: string): void;
  close(): void;
}

export interface LiveOptions {
  readonly url: string;
  readonly audience: Audience;
  readonly token: () => Promise<string | undefined>;
  readonly open?: (url: string) => Socket;
  readonly delay?: (milliseconds: number) => Promise<void>;
  readonly now?: () => number;
}

interface Order {
  version: number;
  changed: boolean;
  wake: (() => void) | undefined;
}

/** While subscribed, a page asks this much less often: only what was lost is found that way. */
const CONNECTED_PAUSE = 20_000;
const FIRST_RETRY = 1000;
const LONGEST_RETRY = 30_000;
/** The token is renewed this long before it expires, in milliseconds. */
const MARGIN = 60_000;
// The API refuses more.
const MOST_SEEN = 20;

/** Returns a `Live` for which there is no WebSocket API: pages ask from time to time. */
export function withoutLive(): Live {
  return { follow: () => ({ wait: pause, seen: () => undefined, end: () => undefined }) };
}

export function live(options: LiveOptions): Live {
  const { url, audience, token, open = (address) => new WebSocket(address) as Socket, now = Date.now } = options;
  const delay = options.delay ?? ((milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)));
  const followed = new Map<string, Set<Order>>();
  let socket: Socket | undefined;
  let isOpen = false;
  let isSubscribed = false;
  let retry = FIRST_RETRY;

  const each = () => [...followed.values()].flatMap((orders) => [...orders]);

  const subscribe = async (of: Socket) => {
    const current = await token();
    if (current === undefined || of !== socket) {
      of.close();
      return;
    }
    const seen = [...followed].map(([id, orders]) => [id, Math.max(...[...orders].map(({ version }) => version))]);
    of.send(
      JSON.stringify({
        action: "subscribe",
        token: current,
        orders: audience,
        seen: Object.fromEntries(seen.filter(([, version]) => Number(version) > 0).slice(0, MOST_SEEN)),
      }),
    );
  };

  const receive = (of: Socket, message: unknown) => {
    const { type, changed, expiresAt } = message as { type?: string; changed?: unknown[]; expiresAt?: string };
    if (type === "subscribed") {
      isSubscribed = true;
      retry = FIRST_RETRY;
      changed?.forEach(tell);
      const left = Date.parse(expiresAt ?? "") - now() - MARGIN;
      void delay(Math.max(left, FIRST_RETRY)).then(async () => {
        if (of === socket) {
          await subscribe(of);
        }
      });
    } else if (type === "orderChanged") {
      tell(message);
    } else {
      // A problem: the connection is of no use. Another one may be, with another token.
      of.close();
    }
  };

  const tell = (message: unknown) => {
    const { orderId, version } = message as { orderId?: string; version?: number };
    for (const order of followed.get(orderId ?? "") ?? []) {
      if (version === undefined || version > order.version) {
        order.changed = true;
        order.wake?.();
      }
    }
  };

  const connect = () => {
    if (socket !== undefined || followed.size === 0) {
      return;
    }
    const opened = open(url);
    socket = opened;
    opened.onopen = () => {
      isOpen = opened === socket;
      void subscribe(opened).catch(() => opened.close());
    };
    opened.onmessage = ({ data }) => receive(opened, parsed(data));
    opened.onclose = () => {
      if (opened !== socket) {
        return;
      }
      socket = undefined;
      isOpen = false;
      const wasSubscribed = isSubscribed;
      isSubscribed = false;
      if (wasSubscribed) {
        // Something may have changed that nobody was told.
        each().forEach((order) => order.wake?.());
      }
      void delay(retry).then(connect);
      retry = Math.min(LONGEST_RETRY, retry * 2);
    };
  };

  return {
    follow(orderId) {
      const order: Order = { version: 0, changed: false, wake: undefined };
      const orders = followed.get(orderId) ?? new Set();
      followed.set(orderId, orders.add(order));
      return {
        async wait(milliseconds, signal) {
          connect();
          if (!order.changed && !signal.aborted) {
            const stop = new AbortController();
            order.wake = () => stop.abort();
            signal.addEventListener("abort", order.wake, { once: true });
            await pause(isSubscribed ? CONNECTED_PAUSE : milliseconds, stop.signal);
            signal.removeEventListener("abort", order.wake);
            order.wake = undefined;
          }
          order.changed = false;
        },
        seen(version) {
          order.version = Math.max(order.version, version);
        },
        end() {
          orders.delete(order);
          if (orders.size === 0 && followed.get(orderId) === orders) {
            followed.delete(orderId);
          }
          if (followed.size === 0) {
            const last = socket;
            socket = undefined;
            isSubscribed = false;
            if (isOpen) {
              last?.close();
            }
            // One that is not open yet is closed as soon as it is: browsers warn of a close before that.
            isOpen = false;
          }
        },
      };
    },
  };
}

function parsed(data: unknown): unknown {
  try {
    return (typeof data === "string" && JSON.parse(data)) || {};
  } catch {
    return {};
  }
}

export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
