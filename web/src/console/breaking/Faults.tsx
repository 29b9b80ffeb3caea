import { useState } from "preact/hooks";

import { Icon, type IconName } from "../../components/Icon.js";
import { locale, t } from "../../i18n/i18n.js";
import { type ActionName, type BreakState, stepName } from "./server.js";

type Run = (action: ActionName, wanted?: Readonly<Record<string, unknown>>) => Promise<void>;

/** The step that is offered first: the one whose repetition would cost a customer money. */
const FIRST_STEP = "capture_payment";

export function Faults({ state, busy, run }: { state: BreakState; busy: ReadonlySet<string>; run: Run }) {
  const number = new Intl.NumberFormat(locale.value);
  const { faults, counts } = state;
  return (
    <section class="panel break-faults" aria-labelledby="faults">
      <h2 id="faults">{t("break.faults")}</h2>
      <ul>
        <Switch
          name="decline"
          icon="card"
          on={faults.declining}
          said={counts.declined > 0 ? t("break.declined", { count: number.format(counts.declined) }) : undefined}
          busy={busy}
          run={(on) => run("decline", { on })}
        />
        <Switch
          name="throttle"
          icon="cloud"
          on={faults.throttled}
          said={counts.refused > 0 ? t("break.refused", { count: number.format(counts.refused) }) : undefined}
          busy={busy}
          run={(on) => run("throttle", { on })}
        />
        <Switch
          name="sweep"
          icon="clock"
          on={faults.sweepStopped}
          busy={busy}
          run={(stopped) => run("sweep", { on: !stopped })}
        />
        <OnStep
          name="lose-answer"
          icon="compass"
          steps={state.steps}
          said={
            faults.losing.length > 0
              ? t("break.losing", { step: faults.losing.map(stepName).join(", ") })
              : counts.lost > 0
                ? t("break.lost", { count: number.format(counts.lost) })
                : undefined
          }
          busy={busy}
          run={run}
        />
        <OnStep name="kill-worker" icon="pulse" steps={state.steps} busy={busy} run={run} />
        <Once name="deliver-twice" icon="box" busy={busy} run={run} />
        <Once name="run-twice" icon="truck" busy={busy} run={run} />
      </ul>
    </section>
  );
}

interface Props {
  readonly icon: IconName;
  readonly busy: ReadonlySet<string>;
  readonly said?: string | undefined;
}

function Text({ name, said }: { name: ActionName; said?: string | undefined }) {
  return (
    <span class="fault-text">
      <strong id={`fault-${name}`}>{t(`break.${name}` as "break.sweep")}</strong>
      <span class="muted">{t(`break.${name}.hint` as "break.sweep.hint")}</span>
      {said !== undefined && <span class="fault-said">{said}</span>}
    </span>
  );
}

function Switch({ name, icon, on, busy, said, run }: Props & {
  name: "decline" | "throttle" | "sweep";
  on: boolean;
  run: (on: boolean) => Promise<void>;
}) {
  return (
    <li class={on ? "fault on" : "fault"}>
      <Icon name={icon} />
      <Text name={name} said={said} />
      <button
        class="switch"
        role="switch"
        aria-checked={on}
        aria-labelledby={`fault-${name}`}
        disabled={busy.has(name)}
        onClick={() => run(!on)}
      />
    </li>
  );
}

function OnStep({ name, icon, steps, busy, said, run }: Props & {
  name: "lose-answer" | "kill-worker";
  steps: readonly string[];
  run: Run;
}) {
  const [chosen, choose] = useState(FIRST_STEP);
  return (
    <li class="fault">
      <Icon name={icon} />
      <Text name={name} said={said} />
      <span class="fault-step">
        <select
          aria-label={`${t("break.step")}: ${t(`break.${name}`)}`}
          value={chosen}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          {steps.map((step) => (
            <option value={step} key={step}>
              {stepName(step)}
            </option>
          ))}
        </select>
        <button
          class="button small danger"
          aria-describedby={`fault-${name}`}
          disabled={busy.has(name)}
          onClick={() => run(name, { step: chosen })}
        >
          {t(`break.${name}.do`)}
        </button>
      </span>
    </li>
  );
}

function Once({ name, icon, busy, run }: Props & { name: "deliver-twice" | "run-twice"; run: Run }) {
  return (
    <li class="fault">
      <Icon name={icon} />
      <Text name={name} />
      <button
        class="button small danger"
        aria-describedby={`fault-${name}`}
        disabled={busy.has(name)}
        onClick={() => run(name)}
      >
        {t(`break.${name}.do`)}
      </button>
    </li>
  );
}
