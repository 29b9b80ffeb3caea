import { Icon } from "../../components/Icon.js";
import { locale, t } from "../../i18n/i18n.js";
import type { Judgement } from "./server.js";

const ICONS = { kept: "check", waiting: "clock", broken: "cross" } as const;

/** One sentence about all guarantees, for those who look only once. */
export function Verdict({ judgements }: { judgements: readonly Judgement[] }) {
  const broken = judgements.filter(({ state }) => state === "broken").length;
  const waiting = judgements.some(({ state }) => state === "waiting");
  const state = broken > 0 ? "broken" : waiting ? "waiting" : "kept";
  const total = judgements.length;
  return (
    <p class={`verdict ${state}`} role="status">
      <span class="verdict-number">{total - broken}</span>
      <span class="verdict-text">
        <strong>{t("break.verdict", { total })}</strong>
        <span>{t(`break.verdict.${state}`)}</span>
      </span>
    </p>
  );
}

export function Guarantees({ judgements }: { judgements: readonly Judgement[] }) {
  const number = new Intl.NumberFormat(locale.value);
  return (
    <section class="panel break-guarantees" aria-labelledby="guarantees">
      <h2 id="guarantees">{t("break.guarantees")}</h2>
      <ol>
        {judgements.map((each) => (
          <li class={`guarantee ${each.state}`} key={each.number} data-state={each.state}>
            <span class="light">
              <Icon name={ICONS[each.state]} />
              <span class="visually-hidden">{t(`break.state.${each.state}`)}:</span>
            </span>
            <span class="guarantee-text">
              <strong>{t(`break.guarantee.${each.number}`)}</strong>
              <span class="muted">
                {t(`break.checked.${each.number}`, { count: number.format(each.checked) })}
                {each.waiting > 0 && `, ${t("break.waiting", { count: number.format(each.waiting) })}`}
              </span>
              {each.findings.map((finding) => (
                <span class="finding" key={finding}>
                  {finding}
                </span>
              ))}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
