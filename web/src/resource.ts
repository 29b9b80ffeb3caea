/** A value that is read from the API: loading, ready or failed. */

import { useCallback, useEffect, useState } from "preact/hooks";

export type Resource<T> =
  | { readonly state: "loading" }
  | { readonly state: "ready"; readonly value: T }
  | { readonly state: "failed"; readonly error: unknown };

/** Reads when the component is mounted and whenever `inputs` change. An outdated read is aborted. */
export function useResource<T>(
  read: (signal: AbortSignal) => Promise<T>,
  inputs: readonly unknown[],
): [resource: Resource<T>, reload: () => void] {
  const [resource, setResource] = useState<Resource<T>>({ state: "loading" });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    setResource({ state: "loading" });
    read(stop.signal).then(
      (value) => stop.signal.aborted || setResource({ state: "ready", value }),
      (error: unknown) => stop.signal.aborted || setResource({ state: "failed", error }),
    );
    return () => stop.abort();
  }, [...inputs, round]);
  return [resource, useCallback(() => setRound((number) => number + 1), [])];
}
