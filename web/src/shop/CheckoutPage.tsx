import type { FieldError, Money } from "@order-backend/client";
import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";

import { useApp } from "../app.js";
import { emptyBasket, withPrices } from "../basket.js";
import { type Attempt, type Outcome, pendingAttempt, submit } from "../checkout.js";
import { type AddressDraft, AddressFields, addressOf, draftOf } from "../components/AddressFields.js";
import { Icon } from "../components/Icon.js";
import { Notice, Protected } from "../components/states.js";
import { formatMoney, totalOf } from "../format.js";
import { locale, t } from "../i18n/i18n.js";
import { useTitle } from "../title.js";
import { CARDS, type CardToken } from "./cards.js";

export function CheckoutPage() {
  useTitle(t("checkout.title"));
  return (
    <Protected scope="orders:write">
      <Checkout />
    </Protected>
  );
}

function Checkout() {
  const { api, basket, session } = useApp();
  const { route } = useLocation();
  const [draft, setDraft] = useState<AddressDraft>(() => draftOf());
  const [card, setCard] = useState<CardToken>("tok_ok");
  const [isPlacing, setPlacing] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>();
  const total = totalOf(basket.value.lines);
  const customer = session.person.value?.id ?? "";

  const send = async (attempt: Attempt) => {
    setPlacing(true);
    setOutcome(undefined);
    const found = await submit(localStorage, attempt, (order, options) => api.placeOrder(order, options));
    // Another tab may have filled the next basket meanwhile.
    if ((found.kind === "placed" || found.kind === "already-placed") && basket.value.key === attempt.key) {
      basket.value = emptyBasket();
    }
    if (found.kind === "placed") {
      route(`/orders/${found.order.orderId}`, true);
      return;
    }
    setOutcome(found);
    setPlacing(false);
  };

  useEffect(() => {
    const pending = pendingAttempt(localStorage, customer);
    if (pending !== undefined) {
      // The page was reloaded before the response arrived: retry the same request with the same key.
      void send(pending);
    } else if (session.can("customers:read")) {
      api.getProfile().then(
        (profile) => profile?.value.address && setDraft(draftOf(profile.value.address)),
        () => undefined,
      );
    }
  }, []);

  const place = (expectedTotal: Money, withBasket = basket.value) =>
    send({
      customer,
      key: withBasket.key,
      order: {
        lines: withBasket.lines.map(({ sku, quantity }) => ({ sku, quantity })),
        // The generated type allows only the known codes. The API validates the value.
        expectedTotal: expectedTotal as { amount: number; currency: "EUR" },
        paymentToken: card,
        shippingAddress: addressOf(draft),
      },
    });

  if (outcome?.kind === "already-placed") {
    return (
      <Notice icon="box" title="checkout.alreadyPlaced" hint={t("checkout.alreadyPlacedHint")}>
        <a class="button primary" href="/orders">
          {t("nav.orders")}
        </a>
      </Notice>
    );
  }
  if (outcome?.kind === "unknown") {
    const again = pendingAttempt(localStorage, customer);
    return (
      <Notice icon="cloud" title="checkout.unknown" hint={t("checkout.unknownHint")} alert>
        <button class="button primary" onClick={() => again && send(again)}>
          {t("state.retry")}
        </button>
      </Notice>
    );
  }
  if (isPlacing) {
    return (
      <section class="notice" role="status">
        <span class="spinner" />
        <h2>{t("checkout.placing")}</h2>
      </section>
    );
  }
  if (total === undefined) {
    return (
      <Notice icon="basket" title="basket.empty" hint={t("basket.emptyHint")}>
        <a class="button primary" href="/">
          {t("basket.browse")}
        </a>
      </Notice>
    );
  }
  const errors: readonly FieldError[] = outcome?.kind === "refused" ? outcome.error.fieldErrors : [];
  return (
    <>
      <h1>{t("checkout.title")}</h1>
      <form
        class="split"
        onSubmit={(event) => {
          event.preventDefault();
          void place(total);
        }}
      >
        <div class="stack wide-gap">
          {outcome?.kind === "refused" && (
            <section class="panel alert" role="alert">
              <h2>{t("checkout.refused")}</h2>
              <p>{outcome.error.problem?.detail ?? outcome.error.message}</p>
            </section>
          )}
          {outcome?.kind === "price-changed" && (
            <section class="panel alert" role="alert">
              <h2>{t("checkout.priceChanged")}</h2>
              <p>
                {t("checkout.priceChangedHint", {
                  before: formatMoney(total, locale.value),
                  after: formatMoney(outcome.present.total, locale.value),
                })}
              </p>
              <div class="row">
                <button
                  type="button"
                  class="button primary"
                  onClick={() => {
                    basket.value = withPrices(basket.value, outcome.present.lines);
                    void place(outcome.present.total);
                  }}
                >
                  {t("checkout.accept", { total: formatMoney(outcome.present.total, locale.value) })}
                </button>
                <a class="button" href="/basket">
                  {t("checkout.edit")}
                </a>
              </div>
            </section>
          )}
          <fieldset class="panel">
            <legend>{t("checkout.address")}</legend>
            <AddressFields draft={draft} onChange={setDraft} errors={errors} path="shippingAddress" />
          </fieldset>
          <fieldset class="panel">
            <legend>{t("checkout.payment")}</legend>
            <p class="muted">{t("checkout.paymentHint")}</p>
            <div class="options">
              {CARDS.map((each) => (
                <label class="option" key={each.token}>
                  <input
                    type="radio"
                    name="card"
                    value={each.token}
                    checked={card === each.token}
                    onChange={() => setCard(each.token)}
                  />
                  <span class="option-body">
                    <span class="option-title">
                      <Icon name="card" /> {t(`card.${each.token}`)} <span class="mono muted">•••• {each.number}</span>
                    </span>
                    <span class="muted">{t(`card.${each.token}.hint`)}</span>
                  </span>
                </label>
              ))}
            </div>
          </fieldset>
        </div>
        <aside class="panel stack summary">
          <h2>{t("checkout.summary")}</h2>
          <ul class="plain">
            {basket.value.lines.map((line) => (
              <li class="between" key={line.sku}>
                <span>
                  {line.quantity} × {line.name}
                </span>
                <span class="amount">
                  {formatMoney(
                    { amount: line.quantity * line.unitPrice.amount, currency: line.unitPrice.currency },
                    locale.value,
                  )}
                </span>
              </li>
            ))}
          </ul>
          <p class="total">
            <span>{t("basket.total")}</span>
            <strong>{formatMoney(total, locale.value)}</strong>
          </p>
          <p class="muted">{t("basket.included")}</p>
          <button class="button primary" type="submit">
            {t("checkout.place", { total: formatMoney(total, locale.value) })}
          </button>
          <a class="quiet" href="/basket">
            {t("checkout.edit")}
          </a>
        </aside>
      </form>
    </>
  );
}
