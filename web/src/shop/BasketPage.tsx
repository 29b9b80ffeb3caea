import { useApp } from "../app.js";
import { withQuantity } from "../basket.js";
import { Icon } from "../components/Icon.js";
import { SmallPicture } from "../components/Picture.js";
import { Quantity } from "../components/Quantity.js";
import { Notice } from "../components/states.js";
import { formatMoney, totalOf } from "../format.js";
import { locale, t } from "../i18n/i18n.js";
import { useTitle } from "../title.js";

export function BasketPage() {
  const { basket } = useApp();
  const { lines } = basket.value;
  const total = totalOf(lines);
  useTitle(t("basket.title"));
  if (total === undefined) {
    return (
      <Notice icon="basket" title="basket.empty" hint={t("basket.emptyHint")}>
        <a class="button primary" href="/">
          {t("basket.browse")}
        </a>
      </Notice>
    );
  }
  const change = (sku: string, quantity: number) => {
    basket.value = withQuantity(basket.value, sku, quantity);
  };
  return (
    <>
      <h1>{t("basket.title")}</h1>
      <div class="split">
        <ul class="lines panel">
          {lines.map((line) => (
            <li class="line" key={line.sku}>
              <a class="frame small" href={`/products/${encodeURIComponent(line.sku)}`} aria-hidden="true" tabIndex={-1}>
                <SmallPicture path={line.image} name={line.name} sku={line.sku} />
              </a>
              <div class="line-text">
                <a class="line-name" href={`/products/${encodeURIComponent(line.sku)}`}>
                  {line.name}
                </a>
                <span class="muted">{t("basket.each", { price: formatMoney(line.unitPrice, locale.value) })}</span>
                <div class="line-tools">
                  <Quantity
                    value={line.quantity}
                    label={`${t("product.quantity")}: ${line.name}`}
                    onChange={(quantity) => change(line.sku, quantity)}
                  />
                  <button
                    class="tool"
                    aria-label={t("basket.remove", { name: line.name })}
                    onClick={() => change(line.sku, 0)}
                  >
                    <Icon name="trash" />
                  </button>
                </div>
              </div>
              <strong class="amount">
                {formatMoney(
                  { amount: line.quantity * line.unitPrice.amount, currency: line.unitPrice.currency },
                  locale.value,
                )}
              </strong>
            </li>
          ))}
        </ul>
        <aside class="panel stack summary">
          <p class="total">
            <span>{t("basket.total")}</span>
            <strong>{formatMoney(total, locale.value)}</strong>
          </p>
          <p class="muted">{t("basket.included")}</p>
          <a class="button primary" href="/checkout">
            {t("basket.checkout")}
          </a>
        </aside>
      </div>
    </>
  );
}
