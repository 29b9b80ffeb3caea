import type { Product } from "@order-backend/client";
import { useLocation } from "preact-iso";

import { useApp } from "../app.js";
import { Icon } from "../components/Icon.js";
import { Picture, readyImages } from "../components/Picture.js";
import { Notice, Show } from "../components/states.js";
import { formatMoney } from "../format.js";
import { locale, t } from "../i18n/i18n.js";
import { useResource } from "../resource.js";
import { useTitle } from "../title.js";
import { categoriesOf, labelOf, readCatalogue, search } from "./catalogue.js";
import { Availability } from "./Availability.js";

export function CataloguePage() {
  const { api } = useApp();
  const { query, route } = useLocation();
  const [catalogue, reload] = useResource((signal) => readCatalogue(api, signal), []);
  const text = query["q"] ?? "";
  const category = query["category"] ?? "";
  useTitle(undefined);

  // Kept in the URL, so that bookmarks and the back button restore it.
  const filter = (wanted: { q?: string; category?: string }) => {
    const parameters = new URLSearchParams({ q: text, category, ...wanted });
    [...parameters].forEach(([name, value]) => value === "" && parameters.delete(name));
    route(parameters.size > 0 ? `/?${parameters}` : "/", true);
  };

  return (
    <>
      <div class="hero">
        <h1>{t("shop.tagline")}</h1>
        <p>{t("shop.intro")}</p>
      </div>
      <Show resource={catalogue} reload={reload} loading={<Skeletons />}>
        {(products) => {
          const found = search(products, text, category);
          return (
            <>
              <search class="filters">
                <label class="search">
                  <Icon name="search" />
                  <span class="visually-hidden">{t("catalogue.search")}</span>
                  <input
                    type="search"
                    value={text}
                    placeholder={t("catalogue.searchHint")}
                    onInput={(event) => filter({ q: event.currentTarget.value })}
                  />
                </label>
                <div class="chips" role="group" aria-label={t("catalogue.category")}>
                  {["", ...categoriesOf(products)].map((each) => (
                    <button
                      class="chip"
                      key={each}
                      aria-pressed={category === each}
                      onClick={() => filter({ category: each })}
                    >
                      {each === "" ? t("catalogue.all") : labelOf(each)}
                    </button>
                  ))}
                </div>
              </search>
              <p class="visually-hidden" role="status">
                {t("catalogue.found", { count: found.length })}
              </p>
              {found.length === 0 ? (
                <Notice icon="search" title="catalogue.nothing" hint={t("catalogue.nothingHint")}>
                  <button class="button" onClick={() => filter({ q: "", category: "" })}>
                    {t("catalogue.reset")}
                  </button>
                </Notice>
              ) : (
                <ul class="cards">
                  {found.map((product, index) => (
                    <Card product={product} eager={index < 4} key={product.sku} />
                  ))}
                </ul>
              )}
            </>
          );
        }}
      </Show>
    </>
  );
}

function Card({ product, eager }: { product: Product; eager: boolean }) {
  return (
    <li class="card">
      <div class="frame">
        <Picture
          image={readyImages(product)[0]}
          name={product.name}
          sku={product.sku}
          sizes="(min-width: 60rem) 18rem, (min-width: 30rem) 45vw, 45vw"
          eager={eager}
        />
      </div>
      <div class="card-text">
        {product.category && <span class="eyebrow">{labelOf(product.category)}</span>}
        <h2>
          <a class="cover" href={`/products/${encodeURIComponent(product.sku)}`}>
            {product.name}
          </a>
        </h2>
        <p class="card-foot">
          <span class="price">{formatMoney(product.price, locale.value)}</span>
          <Availability product={product} />
        </p>
      </div>
    </li>
  );
}

function Skeletons() {
  return (
    <div class="cards" role="status" aria-label={t("state.loading")}>
      {Array.from({ length: 4 }, (_, index) => (
        <div class="card skeleton tall" key={index} />
      ))}
    </div>
  );
}
