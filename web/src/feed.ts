/**
 * Follows the changes of one order.
 *
 * The order is read again when the WebSocket API announces a change, and also at intervals: short ones without a
 * connection, long ones with one.
 */

import { type Live, withoutLive } from "./live.js";

export interface Feed<T> {
  /** Calls `onChange` with each new state and `onTrouble` after a failed read. Returns a function that stops the feed. */
  follow(id: string, onChange: (state: T) => void, onTrouble: (error: unknown) => void): () => void;
}

export interface FeedOptions<T> {
  readonly read: (id: string, signal: AbortSignal) => Promise<T>;
  readonly isFinal: (state: T) => boolean;
  /** Waits for the order's next change. */
  readonly live?: Live;
  /** The current time in milliseconds. */
  readonly firstPause?: number;
  readonly longestPause?: number;
}

/** Returns a feed that reads the order at increasing intervals, until its status is final. */
export function feedOf<T extends { readonly version: number }>(options: FeedOptions<T>): Feed<T> {
  const { read, isFinal, live = withoutLive(), firstPause = 250, longestPause = 4000 } = options;
  return {
    follow(id, onChange, onTrouble) {
      const stop = new AbortController();
      const following = live.follow(id);
      const run = async () => {
        let next = firstPause;
        while (!stop.signal.aborted) {
          try {
            const state = await read(id, stop.signal);
            if (stop.signal.aborted) {
              return;
            }
            following.seen(state.version);
            onChange(state);
            if (isFinal(state)) {
              return;
            }
          } catch (error) {
            if (stop.signal.aborted) {
              return;
            }
            onTrouble(error);
          }
          await following.wait(next, stop.signal);
          next = Math.min(longestPause, next * 1.4);
        }
      };
      void run().finally(() => following.end());
      return () => stop.abort();
    },
  };
}
