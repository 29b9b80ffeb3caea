import { useApp } from "../app.js";
import { Notice, Show } from "../components/states.js";
import { formatMoney } from "../format.js";
import { locale, t } from "../i18n/i18n.js";
import { useResource } from "../resource.js";
import { readCatalogue } from "../shop/catalogue.js";

export function StockTable() {
  const { api } = useApp();
  const [products, reload] = useResource((signal) => readCatalogue(api, signal), []);
  return (
    <>
      <h1>{t("console.stock")}</h1>
      <Show resource={products} reload={reload}>
        {(found) =>
          found.length === 0 ? (
            <Notice icon="box" title="catalogue.nothing" />
          ) : (
            <div class="table-frame panel" tabIndex={0} role="region" aria-label={t("console.stock")}>
              <table>
                <thead>
                  <tr>
                    <th scope="col">{t("console.product")}</th>
                    <th scope="col">{t("product.sku")}</th>
                    <th scope="col" class="number">
                      {t("console.price")}
                    </th>
                    <th scope="col" class="number">
                      {t("console.available")}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {found.map((product) => (
                    <tr key={product.sku}>
                      <th scope="row">
                        <a href={`/console/stock/${encodeURIComponent(product.sku)}`}>{product.name}</a>
                      </th>
                      <td class="mono">{product.sku}</td>
                      <td class="number">{formatMoney(product.price, locale.value)}</td>
                      <td class="number">{new Intl.NumberFormat(locale.value).format(product.available)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Show>
    </>
  );
}
