/** Reads the whole catalogue, and searches in it. */

import type { OrdersClient, Product } from "@order-backend/client";

// The shop shows at most this many products; the API has no search of its own.
const MOST_PAGES = 10;

export async function readCatalogue(api: OrdersClient, signal: AbortSignal): Promise<Product[]> {
  const products: Product[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const read = await api.listProducts({ limit: 100, ...(cursor === undefined ? {} : { cursor }) }, { signal });
    products.push(...read.products);
    cursor = read.next;
    if (cursor === undefined) {
      break;
    }
  }
  return products;
}

export function categoriesOf(products: readonly Product[]): string[] {
  return [...new Set(products.flatMap((product) => product.category ?? []))].sort();
}

/** Returns the products that contain every word, ignoring case and accents. */
export function search(products: readonly Product[], text: string, category: string): Product[] {
  const words = fold(text).split(/\s+/).filter(Boolean);
  return products.filter((product) => {
    const attributes = Object.values(product.attributes ?? {}).join(" ");
    const described = fold(
      `${product.name} ${product.description ?? ""} ${product.sku} ${product.category ?? ""} ${attributes}`,
    );
    return (category === "" || product.category === category) && words.every((word) => described.includes(word));
  });
}

/** Returns the name of a category for display: "Coffee tools" for `coffee-tools`. */
export function labelOf(category: string): string {
  const words = category.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{Mn}/gu, "").toLowerCase();
}
