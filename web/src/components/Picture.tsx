/** A product's picture, or a coloured tile if it has none. */

import type { Product } from "@order-backend/client";

import { useApp } from "../app.js";

type Image = NonNullable<Product["images"]>[number];

export function readyImages(product: Product): Image[] {
  return (product.images ?? []).filter((image) => image.status === "READY" && (image.thumbnails?.length ?? 0) > 0);
}

/** Returns the path of a product's smallest picture, for lists. */
export function smallImage(product: Product): string | undefined {
  return readyImages(product)[0]?.thumbnails?.[0]?.url;
}

export function Picture(props: { image?: Image | undefined; name: string; sku: string; sizes: string; eager?: boolean }) {
  const { imageUrl } = useApp();
  const thumbnails = props.image?.thumbnails ?? [];
  const largest = thumbnails.at(-1);
  if (largest === undefined) {
    return <Placeholder name={props.name} sku={props.sku} />;
  }
  return (
    <img
      class="picture"
      src={imageUrl(largest.url)}
      srcset={thumbnails.map((each) => `${imageUrl(each.url)} ${each.width}w`).join(", ")}
      sizes={props.sizes}
      width={largest.width}
      height={largest.height}
      alt={props.name}
      loading={props.eager ? "eager" : "lazy"}
      decoding="async"
    />
  );
}

/** The picture of a line in the basket, which stores only the picture's path. */
export function SmallPicture({ path, name, sku }: { path: string | undefined; name: string; sku: string }) {
  const { imageUrl } = useApp();
  return path === undefined ? (
    <Placeholder name={name} sku={sku} />
  ) : (
    <img class="picture" src={imageUrl(path)} alt="" width="96" height="96" loading="lazy" />
  );
}

const HUES = 6;

function Placeholder({ name, sku }: { name: string; sku: string }) {
  const hue = [...sku].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % HUES;
  return (
    <span class={`picture placeholder hue-${hue}`} aria-hidden="true">
      {[...name][0]}
    </span>
  );
}
