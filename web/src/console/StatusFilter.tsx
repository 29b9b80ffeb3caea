/** The choice of one status, or of any. */

import { t, tValue } from "../i18n/i18n.js";

export function StatusFilter<Status extends string>(props: {
  class?: string;
  statuses: readonly Status[];
  chosen: Status | "";
  onChoose: (status: Status | "") => void;
}) {
  const { statuses, chosen, onChoose } = props;
  return (
    <label class={`inline-field ${props.class ?? ""}`.trim()}>
      <span class="label">{t("console.status")}</span>
      <select
        value={chosen}
        onChange={(event) => onChoose(statuses.find((each) => each === event.currentTarget.value) ?? "")}
      >
        <option value="">{t("console.any")}</option>
        {statuses.map((each) => (
          <option value={each} key={each}>
            {tValue("status", each)}
          </option>
        ))}
      </select>
    </label>
  );
}
