/** Faults on request, and beside them the guarantees, checked from the books every second. Stage local only. */

import { useCallback, useEffect, useMemo, useState } from "preact/hooks";

import { useApp } from "../../app.js";
import { Loading, NotFound } from "../../components/states.js";
import { t } from "../../i18n/i18n.js";
import { ConsoleFrame } from "../ConsoleFrame.js";
import { Balances } from "./Balances.js";
import { Faults } from "./Faults.js";
import { Guarantees, Verdict } from "./Guarantees.js";
import { OrderBoard } from "./OrderBoard.js";
import { type ActionName, breakServer, type BreakState } from "./server.js";
import { WhatHappened } from "./WhatHappened.js";

const EVERY = 1000;
const MANY = 100;

export function BreakItPage() {
  const { config } = useApp();
  return config.breakIt === undefined ? <NotFound /> : <Page path={config.breakIt} />;
}

function Page({ path }: { path: string }) {
  const server = useMemo(() => breakServer(path), [path]);
  const [state, setState] = useState<BreakState>();
  const [trouble, setTrouble] = useState<string>();
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const readAgain = async () => {
      try {
        setState(await server.state(stop.signal));
        setTrouble(undefined);
      } catch (error) {
        if (stop.signal.aborted) {
          return;
        }
        setTrouble(error instanceof Error ? error.message : String(error));
      }
      timer = setTimeout(() => void readAgain(), EVERY);
    };
    void readAgain();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [server]);
  const run = useCallback(
    async (action: ActionName, wanted: Readonly<Record<string, unknown>> = {}) => {
      setBusy((before) => new Set(before).add(action));
      try {
        await server.run(action, wanted);
        setState(await server.state(new AbortController().signal));
        setTrouble(undefined);
      } catch (error) {
        setTrouble(error instanceof Error ? error.message : String(error));
      } finally {
        setBusy((before) => new Set([...before].filter((each) => each !== action)));
      }
    },
    [server],
  );
  return (
    <ConsoleFrame current="break">
      <header class="break-head">
        <div>
          <h1>{t("break.title")}</h1>
          <p class="lead">{t("break.lead")}</p>
        </div>
        {state && <Verdict judgements={state.guarantees} />}
      </header>
      <div class="break-start">
        <button class="button primary" disabled={busy.has("place")} onClick={() => run("place", { count: MANY })}>
          {t("break.place", { count: MANY })}
        </button>
        <button class="button" disabled={busy.has("end-faults")} onClick={() => run("end-faults")}>
          {t("break.endFaults")}
        </button>
        <p class="muted">{t("break.endFaultsHint")}</p>
      </div>
      <p class="said bad" role="alert">
        {trouble}
      </p>
      {state === undefined ? (
        <Loading />
      ) : (
        <div class="break-grid">
          <Guarantees judgements={state.guarantees} />
          <Faults state={state} busy={busy} run={run} />
          <OrderBoard state={state} />
          <Balances state={state} />
          <WhatHappened log={state.log} />
        </div>
      )}
    </ConsoleFrame>
  );
}
