/** Reads metrics, and reads them again when there are new values, while somebody looks at the page. */

import type { Metrics, OrdersClient } from "@order-backend/client";
import { useCallback, useEffect, useState } from "preact/hooks";

import { online } from "../online.js";
import type { Resource } from "../resource.js";
import { type MetricPeriod, pauseUntilNext } from "./metrics.js";

const PAUSE_AFTER_FAILURE = 60_000;

/** `isOld`: the last read has failed, and the values are those of an earlier one. */
export interface MetricsFeed {
  readonly resource: Resource<Metrics>;
  readonly isOld: boolean;
  readonly isBusy: boolean;
  readonly reload: () => void;
}

export function useMetrics(api: OrdersClient, period: MetricPeriod): MetricsFeed {
  const [resource, setResource] = useState<Resource<Metrics>>({ state: "loading" });
  const [isOld, setOld] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [round, setRound] = useState(0);
  useEffect(() => setResource({ state: "loading" }), [period]);
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (pause: number) => {
      timer = setTimeout(() => (document.hidden || !online.value ? again(PAUSE_AFTER_FAILURE) : void read()), pause);
    };
    const read = async () => {
      setBusy(true);
      try {
        const value = await api.adminGetMetrics({ period }, { signal: stop.signal });
        if (!stop.signal.aborted) {
          setResource({ state: "ready", value });
          setOld(false);
          again(pauseUntilNext(value, Date.now()));
        }
      } catch (error) {
        if (!stop.signal.aborted) {
          setResource((before) => (before.state === "ready" ? before : { state: "failed", error }));
          setOld(true);
          again(PAUSE_AFTER_FAILURE);
        }
      }
      if (!stop.signal.aborted) {
        setBusy(false);
      }
    };
    void read();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [period, round]);
  const reload = useCallback(() => {
    setResource((before) => (before.state === "failed" ? { state: "loading" } : before));
    setRound((number) => number + 1);
  }, []);
  return { resource, isOld, isBusy, reload };
}
