"""Builds response bodies from records. Those of orders are in `order_views` and `admin_views`."""

from typing import Any

from ordering.domain.customer import Profile
from ordering.domain.exports import DataExport
from ordering.domain.images import Gallery, ProductImage, thumbnail_key
from ordering.domain.languages import language_of
from ordering.domain.money import Money
from ordering.domain.product import Sku
from ordering.domain.shipment import Address
from ordering.domain.stock import Stock, StockEntry
from ordering.domain.webhooks.delivery import WebhookDelivery
from ordering.domain.webhooks.endpoint import Endpoint
from ordering.http.shapes.addresses import AddressView
from ordering.http.shapes.customers import ExportView, ProfileView
from ordering.http.shapes.images import ImageView, ThumbnailView
from ordering.http.shapes.products import ProductView
from ordering.http.shapes.stock import StockEntryView, StockView
from ordering.http.shapes.webhooks import WebhookDeliveryView, WebhookView, WebhookWithSecret
from ordering.repositories.catalogue import ProductWithStock


def profile_view(profile: Profile) -> ProfileView:
    """Returns a profile as its customer sees it."""
    return ProfileView(
        email=profile.email,
        address=_address_view(profile.address) if profile.address else None,
        # A language that only a later release knows is left out: mail is then in the shop's language.
        language=language_of(profile.language),
        created_at=profile.created_at,
        updated_at=profile.updated_at,
        version=profile.version,
    )


def export_view(
    export: DataExport, *, url: str | None = None, url_expires_at: str | None = None
) -> ExportView:
    """Returns an export as its customer sees it, with the address of its file until `url_expires_at`."""
    return ExportView(
        export_id=export.export_id,
        status=export.status,
        requested_at=export.requested_at,
        finished_at=export.finished_at,
        url=url,
        url_expires_at=url_expires_at,
    )


def product_view(found: ProductWithStock) -> ProductView:
    """Returns a product with its available units."""
    product = found.product
    return ProductView(
        sku=product.sku,
        name=product.name,
        description=product.description,
        price=Money(amount=product.price.amount, currency=product.price.currency),
        available=found.stock.available if product.active else 0,
        category=product.category,
        attributes=product.attributes,
        active=product.active,
        created_at=product.created_at,
        updated_at=product.updated_at,
        version=product.version,
        images=image_views(found.images),
        low_stock_at=found.stock.low_stock_at,
        stock_shards=product.stock_shards,
    )


def image_views(gallery: Gallery) -> tuple[ImageView, ...]:
    """Returns the images of a product, without those that were never uploaded.

    A tuple, as the thumbnails of an image: an empty one is left out of a response.
    """
    return tuple(image_view(gallery.sku, each) for each in gallery.shown)


def image_view(sku: Sku, image: ProductImage) -> ImageView:
    """Returns an image of a product."""
    return ImageView(
        image_id=image.image_id,
        status=image.status,
        created_at=image.created_at,
        reason=image.reason,
        thumbnails=tuple(
            ThumbnailView(
                size=each.size,
                url=f"/{thumbnail_key(sku, image.image_id, image.digest, each.size)}",
                width=each.width,
                height=each.height,
            )
            for each in image.thumbnails
            if image.digest
        ),
    )


def stock_view(stock: Stock) -> StockView:
    """Returns the stock of a SKU."""
    return StockView(
        sku=stock.sku,
        received=stock.received,
        adjusted=stock.adjusted,
        available=stock.available,
        held=stock.held,
        shipped=stock.shipped,
    )


def stock_entry_view(entry: StockEntry) -> StockEntryView:
    """Returns an entry of a stock ledger."""
    return StockEntryView(
        key=entry.key,
        created_at=entry.created_at,
        received=entry.received or None,
        adjusted=entry.adjusted or None,
        reason=entry.reason,
        by=entry.by,
    )


def _address_view(address: Address) -> AddressView:
    return AddressView(
        name=address.name,
        line1=address.line1,
        city=address.city,
        country=address.country,
        postal_code=address.postal_code,
        line2=address.line2,
        region=address.region,
    )


def webhook_view(endpoint: Endpoint) -> WebhookView:
    """Returns a webhook endpoint without its secret."""
    return WebhookView(**_of_webhook(endpoint))


def webhook_with_secret(endpoint: Endpoint, secret: str) -> WebhookWithSecret:
    """Returns a webhook endpoint with its secret."""
    return WebhookWithSecret(secret=secret, **_of_webhook(endpoint))


def webhook_delivery_view(delivery: WebhookDelivery) -> WebhookDeliveryView:
    """Returns a delivery without its body."""
    return WebhookDeliveryView(
        event_id=delivery.event_id,
        type=delivery.type,
        order_id=delivery.order_id,
        status=delivery.status,
        attempts=delivery.attempts,
        created_at=delivery.created_at,
        updated_at=delivery.updated_at,
        last_result=delivery.last_result,
        due_at=delivery.due_at if delivery.has_not_ended else None,
    )


def _of_webhook(endpoint: Endpoint) -> dict[str, Any]:
    return {name: getattr(endpoint, name) for name in WebhookView.__struct_fields__}
