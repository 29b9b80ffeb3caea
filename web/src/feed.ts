/**
 * One order's changes, as they happen.
 *
 * The seam between the pages and what brings the changes: polling today.
 */

export interface Feed<T> {
  /** Calls `onChange` with each new state, and `onTrouble` while none can be had; returns a function that ends it. */
  follow(id: string, onChange: (state: T) => void, onTrouble: (error: unknown) => void): () => void;
}

export interface PollingOptions<T> {
  readonly read: (id: string, signal: AbortSignal) => Promise<T>;
  readonly isFinal: (state: T) => boolean;
  /** In milliseconds. */
  readonly firstPause?: number;
  readonly longestPause?: number;
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** Returns a feed that reads again and again, at first often and later less often, until the state is final. */
export function polling<T>(options: PollingOptions<T>): Feed<T> {
  const { read, isFinal, firstPause = 250, longestPause = 4000, wait = pause } = options;
  return {
    follow(id, onChange, onTrouble) {
      const stop = new AbortController();
      const run = async () => {
        let next = firstPause;
        while (!stop.signal.aborted) {
          try {
            const state = await read(id, stop.signal);
            if (stop.signal.aborted) {
              return;
            }
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
          await wait(next, stop.signal);
          next = Math.min(longestPause, next * 1.4);
        }
      };
      void run();
      return () => stop.abort();
    },
  };
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
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
