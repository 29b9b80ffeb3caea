import type { Product } from "@order-backend/client";
import { useRoute } from "preact-iso";
import { useState } from "preact/hooks";

import { useApp } from "../app.js";
import { obstacleTo, withAdded } from "../basket.js";
import { Icon } from "../components/Icon.js";
import { Picture, readyImages, smallImage } from "../components/Picture.js";
import { Quantity } from "../components/Quantity.js";
import { Show } from "../components/states.js";
import { formatMoney } from "../format.js";
import { locale, t } from "../i18n/i18n.js";
import { useResource } from "../resource.js";
import { useTitle } from "../title.js";
import { Availability } from "./Availability.js";
import { labelOf } from "./catalogue.js";

export function ProductPage() {
  const { api } = useApp();
  const sku = useRoute().params["sku"] ?? "";
  const [product, reload] = useResource((signal) => api.getProduct(sku, { signal }), [sku]);
  return (
    <>
      <a class="back-link" href="/">
        <Icon name="back" /> {t("product.back")}
      </a>
      <Show resource={product} reload={reload}>
        {(value) => <Details product={value} />}
      </Show>
    </>
  );
}

function Details({ product }: { product: Product }) {
  const images = readyImages(product);
  const [shown, show] = useState(0);
  useTitle(product.name);
  return (
    <article class="product">
      <div>
        <div class="frame large">
          <Picture
            image={images[shown]}
            name={product.name}
            sku={product.sku}
            sizes="(min-width: 60rem) 36rem, 92vw"
            eager
          />
        </div>
        {images.length > 1 && (
          <div class="thumbs">
            {images.map((image, index) => (
              <button
                class="thumb"
                key={image.imageId}
                aria-label={t("product.image", { number: index + 1 })}
                aria-pressed={index === shown}
                onClick={() => show(index)}
              >
                <Picture image={image} name="" sku={product.sku} sizes="4rem" />
              </button>
            ))}
          </div>
        )}
      </div>
      <div class="stack">
        {product.category && <span class="eyebrow">{labelOf(product.category)}</span>}
        <h1>{product.name}</h1>
        <p class="price big">{formatMoney(product.price, locale.value)}</p>
        {product.description && <p class="lead">{product.description}</p>}
        <Availability product={product} />
        <AddToBasket product={product} />
        <Facts product={product} />
      </div>
    </article>
  );
}

function AddToBasket({ product }: { product: Product }) {
  const { basket } = useApp();
  const [quantity, setQuantity] = useState(1);
  const [said, say] = useState<"added" | "other-currency" | "too-many-lines">();
  const isSold = product.active && product.available > 0;
  const add = () => {
    const image = smallImage(product);
    const { sku, name, price: unitPrice } = product;
    const line = { sku, name, quantity, unitPrice, ...(image === undefined ? {} : { image }) };
    const obstacle = obstacleTo(basket.value, line);
    if (obstacle === undefined) {
      basket.value = withAdded(basket.value, line);
    }
    say(obstacle ?? "added");
  };
  return (
    <div class="stack">
      <div class="row">
        <Quantity value={quantity} label={t("product.quantity")} onChange={setQuantity} />
        <button class="button primary grow" disabled={!isSold} onClick={add}>
          <Icon name="basket" /> {t("product.add")}
        </button>
      </div>
      <p class={said === "added" ? "said good" : "said bad"} role="status">
        {said === "added" && (
          <>
            <Icon name="check" /> {t("product.added", { name: product.name })} · <a href="/basket">{t("nav.basket")}</a>
          </>
        )}
        {said === "other-currency" && t("basket.otherCurrency")}
        {said === "too-many-lines" && t("basket.tooManyLines")}
      </p>
    </div>
  );
}

function Facts({ product }: { product: Product }) {
  const facts = Object.entries(product.attributes ?? {});
  return (
    <section>
      <h2 class="small-title">{t("product.details")}</h2>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{labelOf(name.replace(/([A-Z])/g, " $1").toLowerCase())}</dt>
            <dd>{shownAs(value)}</dd>
          </div>
        ))}
        <div>
          <dt>{t("product.sku")}</dt>
          <dd class="mono">{product.sku}</dd>
        </div>
      </dl>
    </section>
  );
}

function shownAs(value: string | number | boolean): string {
  if (typeof value === "boolean") {
    return t(value ? "product.yes" : "product.no");
  }
  return typeof value === "number" ? new Intl.NumberFormat(locale.value).format(value) : value;
}
