import type { Product } from "@order-backend/client";

import { t } from "../i18n/i18n.js";

const FEW = 5;

export function Availability({ product }: { product: Product }) {
  if (!product.active) {
    return <span class="availability none">{t("product.inactive")}</span>;
  }
  if (product.available === 0) {
    return <span class="availability none">{t("product.soldOut")}</span>;
  }
  if (product.available <= FEW) {
    return <span class="availability few">{t("product.few", { count: product.available })}</span>;
  }
  return <span class="availability">{t("product.inStock")}</span>;
}
