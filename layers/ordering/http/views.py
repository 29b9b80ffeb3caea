"""Records as clients see them."""

from ordering.customer import Profile
from ordering.http.shapes import (
    AnyOrderView,
    FaultView,
    LineView,
    OpenOrderView,
    OrderSummaryView,
    OrderView,
    PaymentView,
    ProductView,
    ProfileView,
    ShipmentView,
    StockView,
    TransitionView,
    WaitingFor,
)
from ordering.money import Money
from ordering.order import Order, Status
from ordering.payment import Payment
from ordering.resilience.circuit import PAYMENTS, SHIPPING
from ordering.shipping import Shipment
from ordering.stock import Stock
from ordering.story import Story
from ordering.table.catalogue import Shelf
from ordering.table.sweep import Due

_WAITING_FOR = {PAYMENTS: WaitingFor.PAYMENT_PROVIDER, SHIPPING: WaitingFor.CARRIER}


def order_view(story: Story) -> OrderView:
    """An order as its customer sees it: never the payment token, nor the address."""
    order = story.order

    def money(amount: int) -> Money:
        return Money(amount=amount, currency=order.currency)

    return OrderView(
        order_id=order.order_id,
        status=order.status,
        reason=order.reason,
        lines=[
            LineView(
                sku=line.sku,
                name=line.name,
                quantity=line.quantity,
                unit_price=money(line.unit_price),
                total=money(line.total),
            )
            for line in order.lines
        ],
        subtotal=money(order.subtotal),
        tax=money(order.tax),
        shipping=money(order.shipping),
        discount=money(order.discount),
        total=money(order.total),
        created_at=order.created_at,
        updated_at=order.updated_at,
        version=order.version,
        payment=_payment_view(story.payment) if story.payment else None,
        shipment=_shipment_view(story.shipment) if story.shipment else None,
        waiting_for=_WAITING_FOR.get(order.waits_for or ""),
        history=[
            TransitionView(status=each.status, at=each.at, reason=each.reason) for each in order.history
        ],
    )


def any_order_view(story: Story) -> AnyOrderView:
    """An order as an administrator sees it."""
    own, order = order_view(story), story.order
    return AnyOrderView(
        customer_id=order.customer_id,
        attempts=order.attempts,
        parked_at=order.parked_at,
        fault=FaultView(at=order.fault.at, cause=order.fault.cause) if order.fault else None,
        **{name: getattr(own, name) for name in own.__struct_fields__},
    )


def summary_view(order: Order) -> OrderSummaryView:
    """An order in a list."""
    return OrderSummaryView(
        order_id=order.order_id,
        status=order.status,
        reason=order.reason,
        total=order.price,
        created_at=order.created_at,
        updated_at=order.updated_at,
        version=order.version,
    )


def open_order_view(order: Due) -> OpenOrderView:
    """An order that has not come to its end, by what the index tells of it."""
    return OpenOrderView(
        order_id=order.order_id,
        status=Status(order.status),
        created_at=order.created_at,
        updated_at=order.updated_at,
    )


def profile_view(profile: Profile) -> ProfileView:
    """A profile as its customer sees it."""
    return ProfileView(
        email=profile.email,
        address=profile.address,
        created_at=profile.created_at,
        updated_at=profile.updated_at,
        version=profile.version,
    )


def product_view(shelf: Shelf) -> ProductView:
    """A product as anybody sees it."""
    product = shelf.product
    return ProductView(
        sku=product.sku,
        name=product.name,
        description=product.description,
        price=Money(amount=product.price.amount, currency=product.price.currency),
        available=shelf.stock.available,
        created_at=product.created_at,
        updated_at=product.updated_at,
        version=product.version,
    )


def stock_view(stock: Stock) -> StockView:
    """The figures of a SKU."""
    return StockView(
        sku=stock.sku,
        received=stock.received,
        available=stock.available,
        held=stock.held,
        shipped=stock.shipped,
    )


def _payment_view(payment: Payment) -> PaymentView:
    return PaymentView(
        status=payment.status,
        attempt=payment.attempt,
        amount=Money(amount=payment.amount, currency=payment.currency),
        updated_at=payment.updated_at,
        reason=payment.reason,
    )


def _shipment_view(shipment: Shipment) -> ShipmentView:
    return ShipmentView(
        status=shipment.status,
        updated_at=shipment.updated_at,
        tracking_number=shipment.tracking_number,
        reason=shipment.reason,
    )
