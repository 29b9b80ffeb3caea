"""Examples for the API's description. They are instances of the shapes, so they always match the schemas."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, convert, to_builtins

from ordering.domain.events.envelope import opaque_id
from ordering.domain.events.types import EventType
from ordering.domain.images import (
    ImageId,
    ImageRefusal,
    ImageStatus,
    ImageType,
    Size,
    thumbnail_key,
)
from ordering.domain.languages import Language
from ordering.domain.money import ExpectedTotal, Money, Price
from ordering.domain.order import Reason, Status
from ordering.domain.payment import PaymentStatus
from ordering.domain.product import Sku
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.stock import ReservationStatus
from ordering.http import routes
from ordering.http.shapes.addresses import AddressView, PostalAddress
from ordering.http.shapes.admin import (
    AnyOrderView,
    FaultView,
    HeldUnitsView,
    MailView,
    OpenOrders,
    OpenOrderView,
    OrderEventView,
    ReservationView,
)
from ordering.http.shapes.customers import ProfileView, PutProfile
from ordering.http.shapes.images import (
    ImagesView,
    ImageView,
    OrderImages,
    ThumbnailView,
    UploadForm,
    UploadImage,
)
from ordering.http.shapes.orders import (
    LineView,
    OrderPage,
    OrderSummaryView,
    OrderView,
    PaymentView,
    ShipmentView,
    TransitionView,
)
from ordering.http.shapes.placing import LineWanted, PlaceOrder
from ordering.http.shapes.products import ProductPage, ProductView, PutProduct
from ordering.http.shapes.stock import ReceiveStock, StockEntryView, StockPage, StockView
from tools.openapi.example_values import example_value

Named = Mapping[str, object]

_FULFILLED_ID = "67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc"
_DECLINED_ID = "0b8a5f0c-4d0e-8c55-9f6e-5b9b9d7a1c20"
_IMAGE_ID = "0f8b1c5e7a9d4e6fb3c2a1d0e9f87654"
_CUSTOMER_ID = "9f86d081884c7d659a2feaa0c55ad015"
_PLACED_AT = "2026-11-21T12:00:00.000Z"
_CONFIRMED_AT = "2026-11-21T12:00:01.250Z"
_PARKED_AT = "2026-11-21T14:00:00.000Z"
_ENDED_AT = "2026-11-21T12:00:02.500Z"

_SANDBOX_CARD = "tok_ok"
_PRICE = Money(amount=1250, currency="EUR")
_TOTAL = Money(amount=2500, currency="EUR")
_NOTHING = Money(amount=0, currency="EUR")

_ADDRESS = PostalAddress(
    name="Ada Lovelace",
    line1="12 St James's Square",
    city="London",
    postal_code="SW1Y 4JH",
    country="GB",
)
_FULL_ADDRESS = PostalAddress(
    name="Grace Hopper",
    line1="Building 4",
    line2="Third floor",
    city="Arlington",
    region="VA",
    postal_code="22201",
    country="US",
)
_MUGS = LineView(sku="MUG-RED", name="Red mug", quantity=2, unit_price=_PRICE, total=_TOTAL)
_PENDING = TransitionView(status=Status.PENDING, at=_PLACED_AT)
_HISTORY = [
    _PENDING,
    TransitionView(status=Status.CONFIRMED, at=_CONFIRMED_AT),
    TransitionView(status=Status.FULFILLED, at=_ENDED_AT),
]
_CAPTURED = PaymentView(status=PaymentStatus.CAPTURED, attempt=1, amount=_TOTAL, updated_at=_ENDED_AT)
_DISPATCHED = ShipmentView(
    status=ShipmentStatus.DISPATCHED, updated_at=_ENDED_AT, tracking_number="SBX67AC7C2F9402"
)


def _order(
    order_id: str,
    status: Status,
    history: list[TransitionView],
    *,
    reason: Reason | None = None,
    payment: PaymentView | None = None,
    shipment: ShipmentView | None = None,
) -> OrderView:
    return OrderView(
        order_id=order_id,
        status=status,
        reason=reason,
        lines=[_MUGS],
        subtotal=_TOTAL,
        tax=_NOTHING,
        shipping=_NOTHING,
        discount=_NOTHING,
        total=_TOTAL,
        created_at=_PLACED_AT,
        updated_at=history[-1].at,
        version=len(history),
        payment=payment,
        shipment=shipment,
        history=history,
    )


def _summary(order: OrderView) -> OrderSummaryView:
    return OrderSummaryView(**{name: getattr(order, name) for name in OrderSummaryView.__struct_fields__})


def _for_administrators(order: OrderView, **more: Any) -> AnyOrderView:
    fields = {name: getattr(order, name) for name in OrderView.__struct_fields__}
    payments = [order.payment] if order.payment else []
    return AnyOrderView(customer_id=_CUSTOMER_ID, payments=payments, **fields, **more)


def _event(order_id: str, item: str, sequence: int, type: EventType, at: str) -> OrderEventView:
    change = f"ORDER#{order_id}/{item}#{sequence}#{type}"
    return OrderEventView(id=opaque_id(change), type=type, sequence=sequence, at=at)


def _mail(event: OrderEventView) -> MailView:
    return MailView(event_id=event.id, event_type=event.type, outcome="SENT", at=event.at)


_EVENTS = [
    _event(_FULFILLED_ID, "ORDER", 1, EventType.ORDER_PLACED, _PLACED_AT),
    _event(_FULFILLED_ID, "ORDER", 2, EventType.ORDER_CONFIRMED, _CONFIRMED_AT),
    _event(_FULFILLED_ID, "PAYMENT#01", 3, EventType.PAYMENT_CAPTURED, _ENDED_AT),
    _event(_FULFILLED_ID, "SHIPMENT", 3, EventType.SHIPMENT_DISPATCHED, _ENDED_AT),
    _event(_FULFILLED_ID, "ORDER", 3, EventType.ORDER_FULFILLED, _ENDED_AT),
]
_PLACED = _order(_FULFILLED_ID, Status.PENDING, [_PENDING])
_FULFILLED = _order(_FULFILLED_ID, Status.FULFILLED, _HISTORY, payment=_CAPTURED, shipment=_DISPATCHED)
_DECLINED = _order(
    _DECLINED_ID,
    Status.REJECTED,
    [
        _PENDING,
        TransitionView(status=Status.REJECTING, at=_CONFIRMED_AT, reason=Reason.PAYMENT_DECLINED),
        TransitionView(status=Status.REJECTED, at=_ENDED_AT, reason=Reason.PAYMENT_DECLINED),
    ],
    reason=Reason.PAYMENT_DECLINED,
    payment=PaymentView(
        status=PaymentStatus.DECLINED,
        attempt=1,
        amount=_TOTAL,
        updated_at=_CONFIRMED_AT,
        reason="insufficient_funds",
    ),
)
_BEING_CANCELLED = _order(
    _FULFILLED_ID,
    Status.CANCELLING,
    [
        _PENDING,
        TransitionView(status=Status.CANCELLING, at=_CONFIRMED_AT, reason=Reason.CUSTOMER_REQUEST),
    ],
    reason=Reason.CUSTOMER_REQUEST,
)
_OPEN = OpenOrderView(
    order_id=_FULFILLED_ID, status=Status.CONFIRMED, created_at=_PLACED_AT, updated_at=_CONFIRMED_AT
)
# The first version of an item that clients may change is its time of creation, in milliseconds.
_VERSION = 1_795_262_400_001
_PENDING_IMAGE = ImageView(image_id=_IMAGE_ID, status=ImageStatus.PENDING, created_at=_PLACED_AT)
_IMAGE = ImageView(
    image_id=_IMAGE_ID,
    status=ImageStatus.READY,
    created_at=_PLACED_AT,
    thumbnails=[
        ThumbnailView(
            size=size,
            url=f"/{thumbnail_key(Sku('MUG-RED'), ImageId(_IMAGE_ID), '5e0c7a1b9d3f4826', size)}",
            width=size.longest_side,
            height=size.longest_side * 3 // 4,
        )
        for size in Size
    ],
)
_REFUSED_IMAGE = ImageView(
    image_id="5b2e9f1c4d8a4b7c9e0f1a2b3c4d5e6f",
    status=ImageStatus.REFUSED,
    created_at=_PLACED_AT,
    reason=ImageRefusal.DAMAGED,
)
_FORM = UploadForm(
    image=_PENDING_IMAGE,
    url="https://images.s3.eu-west-1.amazonaws.com/",
    fields={
        "Content-Type": "image/jpeg",
        "key": f"uploads/MUG-RED/{_IMAGE_ID}",
        "policy": "eyJleHBpcmF0aW9uIjogIjIwMjYtMTEtMjFUMTI6MTA6MDBaIiwgLi4ufQ==",
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-credential": "ASIAEXAMPLE/20261121/eu-west-1/s3/aws4_request",
        "x-amz-date": "20261121T120000Z",
        "x-amz-security-token": "IQoJb3JpZ2luX2VjE...",
        "x-amz-signature": "6a5b...",
    },
    expires_at="2026-11-21T12:10:00.000Z",
)
_ATTRIBUTES: Mapping[str, str | int | float | bool] = {
    "colour": "red",
    "litres": 0.35,
    "dishwasherSafe": True,
}
_PRODUCT = ProductView(
    sku="MUG-RED",
    name="Red mug",
    description="Stoneware, 35 cl.",
    category="coffee-mugs",
    attributes=_ATTRIBUTES,
    active=True,
    price=_PRICE,
    available=8,
    created_at=_PLACED_AT,
    updated_at=_PLACED_AT,
    version=_VERSION,
    images=[_IMAGE],
)
_STOCK = StockView(sku="MUG-RED", received=10, adjusted=-3, available=5, held=2, shipped=0)
_DELIVERY = StockEntryView(key="delivery-2026-11-21-001", created_at=_PLACED_AT, received=10, by=_CUSTOMER_ID)
_ADJUSTMENT = StockEntryView(
    key="stocktaking-2026-11-22",
    created_at=_PARKED_AT,
    adjusted=-3,
    reason="three of them were counted twice",
    by=_CUSTOMER_ID,
)
_PROFILE = ProfileView(
    email="ada@example.com",
    address=convert(to_builtins(_ADDRESS), AddressView),
    language=Language.DE,
    created_at=_PLACED_AT,
    updated_at=_PLACED_AT,
    version=_VERSION,
)
_PAGE = OrderPage(orders=[_summary(_DECLINED), _summary(_FULFILLED)], next="Zm9yLXRoZS1uZXh0LXBhZ2U")
_LAST_PAGE = OrderPage(orders=[_summary(_FULFILLED)])
_LINE = LineWanted(sku="MUG-RED", quantity=2)
_EXPECTED_TOTAL = ExpectedTotal(amount=_TOTAL.amount, currency=_TOTAL.currency)

REQUESTS: Mapping[str, Named] = {
    routes.PLACE_ORDER.handler: {
        "two-mugs": PlaceOrder(
            lines=[_LINE],
            payment_token=_SANDBOX_CARD,
            shipping_address=_ADDRESS,
            expected_total=_EXPECTED_TOTAL,
        ),
        "address-in-the-us": PlaceOrder(
            lines=[_LINE],
            payment_token=_SANDBOX_CARD,
            shipping_address=_FULL_ADDRESS,
            expected_total=_EXPECTED_TOTAL,
        ),
        "without-expected-total": PlaceOrder(
            lines=[_LINE], payment_token=_SANDBOX_CARD, shipping_address=_ADDRESS
        ),
    },
    routes.PUT_PRODUCT.handler: {
        "mug": PutProduct(
            name="Red mug",
            price=Price(amount=1250, currency="EUR"),
            description="Stoneware, 35 cl.",
            category="coffee-mugs",
            attributes=_ATTRIBUTES,
        ),
        "with-threshold": PutProduct(
            name="Red mug", price=Price(amount=1250, currency="EUR"), low_stock_at=5
        ),
        "for-a-sale": PutProduct(name="Red mug", price=Price(amount=900, currency="EUR"), stock_shards=8),
        "no-longer-sold": PutProduct(name="Red mug", price=Price(amount=1250, currency="EUR"), active=False),
    },
    routes.RECEIVE_STOCK.handler: {
        "delivery": ReceiveStock(received=10),
        "adjustment": ReceiveStock(adjusted=-3, reason="three of them were counted twice"),
    },
    routes.UPLOAD_IMAGE.handler: {"photo": UploadImage(content_type=ImageType.JPEG, size=184320)},
    routes.ORDER_IMAGES.handler: {
        "two-images": OrderImages(image_ids=[_REFUSED_IMAGE.image_id, _IMAGE.image_id])
    },
    routes.PUT_PROFILE.handler: {
        "with-address": PutProfile(email="ada@example.com", address=_ADDRESS, language=Language.DE),
        "without-address": PutProfile(email="ada@example.com"),
    },
}
"""handler → examples of its request, by name."""

RESPONSES: Mapping[tuple[str, int], Named] = {
    (routes.PLACE_ORDER.handler, 202): {"placed": _PLACED},
    (routes.LIST_ORDERS.handler, 200): {"page": _PAGE, "last-page": _LAST_PAGE},
    (routes.GET_ORDER.handler, 200): {"fulfilled": _FULFILLED, "payment-declined": _DECLINED},
    (routes.CANCEL_ORDER.handler, 202): {"cancelling": _BEING_CANCELLED},
    (routes.LIST_PRODUCTS.handler, 200): {"last-page": ProductPage(products=[_PRODUCT])},
    (routes.GET_PRODUCT.handler, 200): {"mug": _PRODUCT},
    (routes.PUT_PRODUCT.handler, 200): {"updated": _PRODUCT},
    (routes.PUT_PRODUCT.handler, 201): {"created": _PRODUCT},
    (routes.RECEIVE_STOCK.handler, 200): {
        "received": StockView(sku="MUG-RED", received=10, adjusted=0, available=8, held=2, shipped=0),
        "adjusted": _STOCK,
    },
    (routes.LIST_STOCK_ENTRIES.handler, 200): {
        "page": StockPage(stock=_STOCK, entries=[_ADJUSTMENT], next="Zm9yLXRoZS1uZXh0LXBhZ2U"),
        "last-page": StockPage(stock=_STOCK, entries=[_ADJUSTMENT, _DELIVERY]),
    },
    (routes.UPLOAD_IMAGE.handler, 201): {"form": _FORM},
    (routes.ORDER_IMAGES.handler, 200): {"two-images": ImagesView(images=[_REFUSED_IMAGE, _IMAGE])},
    (routes.GET_IMAGE.handler, 200): {"excerpt": b"RIFF"},
    (routes.GET_PROFILE.handler, 200): {"profile": _PROFILE},
    (routes.PUT_PROFILE.handler, 200): {"updated": _PROFILE},
    (routes.PUT_PROFILE.handler, 201): {"created": _PROFILE},
    (routes.ADMIN_LIST_OPEN_ORDERS.handler, 200): {
        "page": OpenOrders(orders=[_OPEN], next="Zm9yLXRoZS1uZXh0LXBhZ2U"),
        "last-page": OpenOrders(orders=[_OPEN]),
    },
    (routes.ADMIN_GET_ORDER.handler, 200): {
        "fulfilled": _for_administrators(
            _FULFILLED,
            reservation=ReservationView(
                status=ReservationStatus.COMMITTED,
                lines=[HeldUnitsView(sku="MUG-RED", quantity=2)],
                created_at=_PLACED_AT,
                updated_at=_ENDED_AT,
            ),
            events=_EVENTS,
            mails=[_mail(_EVENTS[1]), _mail(_EVENTS[-1])],
        ),
        "parked": _for_administrators(
            _PLACED,
            attempts=5,
            parked_at=_PARKED_AT,
            fault=FaultView(at=_PARKED_AT, cause="Reserve stock: Lambda.TooManyRequestsException"),
        ),
    },
    (routes.ADMIN_LIST_ORDERS.handler, 200): {"page": _PAGE, "last-page": _LAST_PAGE},
    (routes.GET_OPENAPI.handler, 200): {
        "excerpt": {"openapi": "3.1.0", "info": {"title": "Orders", "version": "1.0.0"}, "paths": {}}
    },
    (routes.GET_DOCS.handler, 200): {"excerpt": "<!doctype html>"},
    (routes.GET_ASYNCAPI.handler, 200): {
        "excerpt": {
            "asyncapi": "3.0.0",
            "info": {"title": "Order events", "version": "1.0.0"},
            "channels": {},
        }
    },
    (routes.GET_EVENT_DOCS.handler, 200): {"excerpt": "<!doctype html>"},
}
"""(handler, status) → examples of its response, by name."""


def examples_of(handler: str, status: int | None = None) -> Named:
    """Returns the examples of a handler's request, or of its response with a status.

    If none is listed above, one is built from the shape.

    Raises:
        LookupError: None is listed, and none can be built.
    """
    listed = REQUESTS.get(handler) if status is None else RESPONSES.get((handler, status))
    if listed:
        return listed
    row = next(row for row in routes.ROUTES if row.handler == handler)
    shape = row.body if status is None else row.responses.get(status)
    if shape is None or not issubclass(shape, Struct):
        what = "request" if status is None else f"response {status}"
        raise LookupError(f"{handler}: add an example of its {what} to {__name__}")
    return {"example": example_value(shape)}
