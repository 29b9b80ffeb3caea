/** Which days: the last 7, 30 or 90, or from one day to another. */

import { useState } from "preact/hooks";

import { t } from "../i18n/i18n.js";
import { daysOf, lastDays, MOST_DAYS, type Period, PERIODS } from "./sales.js";

const OWN = "own";

export function PeriodFields({ period, onChange }: { period: Period; onChange: (period: Period) => void }) {
  const [choice, setChoice] = useState<string>("30");
  const [draft, setDraft] = useState(period);
  const isPossible = isAPeriod(draft);
  const choose = (wanted: string) => {
    setChoice(wanted);
    if (wanted === OWN) {
      setDraft(period);
    } else {
      onChange(lastDays(Number(wanted), new Date()));
    }
  };
  const set = (name: keyof Period, day: string) => {
    const changed = { ...draft, [name]: day };
    setDraft(changed);
    if (isAPeriod(changed)) {
      onChange(changed);
    }
  };
  return (
    <div class="period push">
      <label class="inline-field">
        <span class="label">{t("sales.period")}</span>
        <select value={choice} onChange={(event) => choose(event.currentTarget.value)}>
          {PERIODS.map((days) => (
            <option value={days} key={days}>
              {t("sales.lastDays", { count: days })}
            </option>
          ))}
          <option value={OWN}>{t("sales.own")}</option>
        </select>
      </label>
      {choice === OWN &&
        (["from", "to"] as const).map((name) => (
          <label class="inline-field" key={name}>
            <span class="label">{t(`sales.${name}`)}</span>
            <input
              type="date"
              required
              value={draft[name]}
              aria-invalid={isPossible ? undefined : true}
              aria-describedby={isPossible ? undefined : "period-error"}
              onChange={(event) => set(name, event.currentTarget.value)}
            />
          </label>
        ))}
      {choice === OWN && !isPossible && (
        <p class="field-error" id="period-error" role="alert">
          {t("sales.badPeriod", { count: MOST_DAYS })}
        </p>
      )}
    </div>
  );
}

function isAPeriod(period: Period): boolean {
  const count = daysOf(period).length;
  return count >= 1 && count <= MOST_DAYS;
}
