/** A quantity with buttons to decrease and increase it. */

import { MOST_UNITS } from "../basket.js";
import { t } from "../i18n/i18n.js";
import { Icon } from "./Icon.js";

export function Quantity(props: { value: number; label: string; least?: number; onChange: (value: number) => void }) {
  const { value, least = 1 } = props;
  return (
    <div class="quantity" role="group" aria-label={props.label}>
      <button type="button" aria-label={t("product.less")} disabled={value <= least} onClick={() => props.onChange(value - 1)}>
        <Icon name="minus" />
      </button>
      <input
        type="number"
        inputMode="numeric"
        min={least}
        max={MOST_UNITS}
        value={value}
        aria-label={props.label}
        onChange={(event) => {
          const wanted = Math.trunc(event.currentTarget.valueAsNumber);
          const valid = Number.isFinite(wanted) ? Math.min(MOST_UNITS, Math.max(least, wanted)) : value;
          event.currentTarget.value = String(valid);
          props.onChange(valid);
        }}
      />
      <button
        type="button"
        aria-label={t("product.more")}
        disabled={value >= MOST_UNITS}
        onClick={() => props.onChange(value + 1)}
      >
        <Icon name="plus" />
      </button>
    </div>
  );
}
