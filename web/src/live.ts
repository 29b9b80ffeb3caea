/**
 * Notifies pages of changes of orders, over the WebSocket API.
 *
 * One connection serves all pages of a tab. It is opened when a page waits for a change, and closed when no page follows an
 * order. The token is in its first message, never in its URL. Without a connection, pages poll.
 */

export type Audience = "mine" | "all";

/** An order that is followed. */
export interface Following {
  /** Resolves when the order may have changed since `seen`, or after this number of milliseconds. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Records which version of the order the page shows. */
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

/** The interval in milliseconds at which a subscribed page polls, to find changes whose message was lost. */
const CONNECTED_PAUSE = 20_000;
const FIRST_RETRY = 1000;
const LONGEST_RETRY = 30_000;
/** The token is renewed this long before it expires, in milliseconds. */
const MARGIN = 60_000;
// The API's limit.
const MOST_SEEN = 20;

/** Returns a `Live` for a stage without a WebSocket API: pages poll. */
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
      // A problem. The next connection is made with a new token.
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
        // Changes since the connection was lost were not announced.
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
            // A socket that is still connecting is closed once it is open, because browsers warn if it is closed earlier.
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
