/**
 * One order's changes, as they happen.
 *
 * A page reads its order again when it is told that the order has changed, and from time to time anyway: often while
 * nobody tells it, and rarely while somebody does.
 */

import { type Live, withoutLive } from "./live.js";

export interface Feed<T> {
  /** Calls `onChange` with each new state, and `onTrouble` while none can be had; returns a function that ends it. */
  follow(id: string, onChange: (state: T) => void, onTrouble: (error: unknown) => void): () => void;
}

export interface FeedOptions<T> {
  readonly read: (id: string, signal: AbortSignal) => Promise<T>;
  readonly isFinal: (state: T) => boolean;
  /** Tells when the order has changed. */
  readonly live?: Live;
  /** In milliseconds. */
  readonly firstPause?: number;
  readonly longestPause?: number;
}

/** Returns a feed that reads again and again, at first often and later less often, until the state is final. */
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
