"""The client with the real handlers behind an in-memory gateway."""

from datetime import UTC, datetime, timedelta

import pytest

from orders_client import (
    BadRequest,
    Forbidden,
    GatewayError,
    IdempotencyKeyReused,
    Language,
    Line,
    Money,
    NotFound,
    OrdersClient,
    OrderStatus,
    OrderSummary,
    PaymentStatus,
    PreconditionFailed,
    PreconditionRequired,
    ProblemType,
    Reason,
    ShipmentStatus,
    StockIsHeld,
    TooLateToCancel,
    Unauthorised,
    Unprocessable,
)
from tests.client.shop import Shop
from tests.client.support import ADDRESS, BASE_URL

MUGS = [Line("MUG-RED", 2)]


@pytest.fixture
def client(shop: Shop) -> OrdersClient:
    """Alice's client."""
    return shop.client()


@pytest.mark.slow
def test_an_order_is_placed_and_fulfilled(client: OrdersClient) -> None:
    placed = client.place_order(MUGS, "tok_ok", ADDRESS)
    assert (placed.status, placed.total, placed.http.status) == (
        OrderStatus.PENDING,
        Money(2500, "EUR"),
        202,
    )
    ended = client.wait_for_order(placed.order_id)
    assert [each.status for each in ended.history] == ["PENDING", "CONFIRMED", "FULFILLED"]
    assert ended.payment
    assert ended.payment.status is PaymentStatus.CAPTURED
    assert ended.shipment
    assert ended.shipment.status is ShipmentStatus.DISPATCHED
    assert ended.shipment.tracking_number


@pytest.mark.slow
def test_an_order_that_cannot_be_paid_is_rejected_with_its_reason(client: OrdersClient) -> None:
    placed = client.place_order(MUGS, "tok_declined", ADDRESS)
    ended = client.wait_for_order(placed.order_id)
    assert (ended.status, ended.reason) == (OrderStatus.REJECTED, Reason.PAYMENT_DECLINED)
    assert ended.payment
    assert ended.payment.reason == "card_declined"


@pytest.mark.slow
def test_a_repeated_key_returns_the_first_order(client: OrdersClient) -> None:
    first = client.place_order(MUGS, "tok_ok", ADDRESS, idempotency_key="basket-7")
    again = client.place_order(MUGS, "tok_ok", ADDRESS, idempotency_key="basket-7")
    assert (again.order_id, first.http.replayed, again.http.replayed) == (first.order_id, False, True)


@pytest.mark.slow
def test_a_key_with_another_body_is_refused(client: OrdersClient) -> None:
    client.place_order(MUGS, "tok_ok", ADDRESS, idempotency_key="basket-7")
    with pytest.raises(IdempotencyKeyReused) as error:
        client.place_order([Line("MUG-RED", 3)], "tok_ok", ADDRESS, idempotency_key="basket-7")
    assert error.value.errors[0].field == "Idempotency-Key"


@pytest.mark.slow
def test_the_error_for_an_unknown_product_names_its_line(client: OrdersClient) -> None:
    with pytest.raises(Unprocessable) as error:
        client.place_order([*MUGS, Line("NO-SUCH", 1)], "tok_ok", ADDRESS)
    assert error.value.type is ProblemType.UNKNOWN_SKU
    assert error.value.errors[0].field == "lines[1].sku"
    assert error.value.request_id


@pytest.mark.slow
def test_orders_are_listed_newest_first_over_pages(client: OrdersClient) -> None:
    placed = [client.place_order([Line("MUG-RED", 1)], "tok_ok", ADDRESS).order_id for _ in range(5)]
    listed = list(client.list_orders(limit=2))
    assert {each.order_id for each in listed} == set(placed)
    assert sorted((each.created_at for each in listed), reverse=True) == [each.created_at for each in listed]
    assert all(isinstance(each, OrderSummary) for each in listed)


@pytest.mark.slow
def test_orders_are_listed_by_status_and_time(client: OrdersClient) -> None:
    ended = client.wait_for_order(client.place_order(MUGS, "tok_ok", ADDRESS).order_id)
    client.place_order(MUGS, "tok_ok", ADDRESS)
    a_while_ago = datetime.now(UTC) - timedelta(hours=1)
    fulfilled = client.list_orders(status=OrderStatus.FULFILLED, created_after=a_while_ago)
    assert [each.order_id for each in fulfilled] == [ended.order_id]
    assert list(client.list_orders(created_before=a_while_ago)) == []


@pytest.mark.slow
def test_a_cursor_with_other_filters_is_refused(client: OrdersClient) -> None:
    for _ in range(2):
        client.place_order([Line("MUG-RED", 1)], "tok_ok", ADDRESS)
    page = next(client.list_orders(limit=1).pages())
    with pytest.raises(BadRequest) as error:
        list(client.list_orders(limit=1, status=OrderStatus.PENDING, cursor=page.next))
    assert error.value.errors[0].field == "cursor"


@pytest.mark.slow
def test_a_cancellation_can_be_repeated(client: OrdersClient) -> None:
    placed = client.place_order(MUGS, "tok_ok", ADDRESS)
    assert client.cancel_order(placed.order_id).status is OrderStatus.CANCELLING
    assert client.cancel_order(placed.order_id).status is OrderStatus.CANCELLING
    ended = client.wait_for_order(placed.order_id)
    assert (ended.status, ended.reason) == (OrderStatus.CANCELLED, Reason.CUSTOMER_REQUEST)
    assert client.cancel_order(placed.order_id).status is OrderStatus.CANCELLED


@pytest.mark.slow
def test_cancelling_an_ended_order_is_too_late(client: OrdersClient) -> None:
    placed = client.place_order(MUGS, "tok_ok", ADDRESS)
    client.wait_for_order(placed.order_id)
    with pytest.raises(TooLateToCancel, match="already FULFILLED"):
        client.cancel_order(placed.order_id)


@pytest.mark.slow
def test_order_of_another_customer_is_not_found(shop: Shop, client: OrdersClient) -> None:
    placed = client.place_order(MUGS, "tok_ok", ADDRESS)
    with pytest.raises(NotFound):
        shop.client("mallory").get_order(placed.order_id)


def test_the_catalogue_is_read_without_a_token_and_in_pages(shop: Shop) -> None:
    shop.world.stocked("TEAPOT", units=0)
    listed = OrdersClient(BASE_URL, transport=shop.transport).list_products(limit=1)
    assert [(each.sku, each.available) for each in listed] == [("MUG-RED", 10), ("TEAPOT", 0)]


@pytest.mark.slow
def test_a_product_is_created_updated_and_deleted_by_its_etag(client: OrdersClient) -> None:
    entered = client.put_product("TEAPOT", "Teapot", Money(4800, "EUR"), description="For four.")
    assert entered.http.status == 201
    assert entered.http.etag
    with pytest.raises(PreconditionRequired):
        client.put_product("TEAPOT", "Teapot", Money(5200, "EUR"))
    changed = client.put_product("TEAPOT", "Teapot", Money(5200, "EUR"), if_match=entered.http.etag)
    assert (changed.http.status, changed.price, changed.description) == (200, Money(5200, "EUR"), None)
    with pytest.raises(PreconditionFailed):
        client.put_product("TEAPOT", "Teapot", Money(1, "EUR"), if_match=entered.http.etag)
    client.delete_product("TEAPOT", if_match=changed.http.etag)
    with pytest.raises(NotFound):
        client.get_product("TEAPOT")


@pytest.mark.slow
def test_a_known_product_is_not_transferred_again(client: OrdersClient) -> None:
    known = client.get_product("MUG-RED")
    again = client.get_product("MUG-RED", known=known)
    assert (again.http.status, again.name) == (304, known.name)


@pytest.mark.slow
def test_a_product_cannot_be_deleted_while_orders_hold_its_stock(client: OrdersClient) -> None:
    placed = client.place_order(MUGS, "tok_ok", ADDRESS)
    client.get_order(placed.order_id)
    mug = client.get_product("MUG-RED")
    with pytest.raises(StockIsHeld, match="hold 2 of its units"):
        client.delete_product("MUG-RED", if_match=mug.http.etag)


@pytest.mark.slow
def test_stock_is_counted_once_for_each_key(client: OrdersClient) -> None:
    first = client.receive_stock("MUG-RED", 5, idempotency_key="delivery-1")
    again = client.receive_stock("MUG-RED", 5, idempotency_key="delivery-1")
    assert (first.available, first.http.replayed) == (15, False)
    assert (again.available, again.http.replayed) == (15, True)
    with pytest.raises(IdempotencyKeyReused):
        client.receive_stock("MUG-RED", 6, idempotency_key="delivery-1")


@pytest.mark.slow
def test_a_profile_is_created_updated_and_deleted(client: OrdersClient) -> None:
    with pytest.raises(NotFound):
        client.get_profile()
    entered = client.put_profile("ada@example.com", address=ADDRESS, language=Language.FR)
    known = client.get_profile()
    assert (known.address, known.language, known.http.etag) == (ADDRESS, Language.FR, entered.http.etag)
    assert client.get_profile(known=known).http.status == 304
    changed = client.put_profile("ada@example.org", if_match=known.http.etag)
    assert (changed.email, changed.address, changed.language) == ("ada@example.org", None, None)
    assert client.delete_profile().status == 204
    assert client.delete_profile().status == 204


def test_an_administrator_reads_any_customers_orders(shop: Shop, client: OrdersClient) -> None:
    placed = client.place_order(MUGS, "tok_ok", ADDRESS)
    operator = shop.client("operator", "orders:admin")
    found = operator.admin_get_order(placed.order_id)
    listed = operator.admin_list_orders(found.customer_id)
    assert [each.order_id for each in listed] == [placed.order_id]
    with pytest.raises(NotFound):
        operator.admin_get_order("no-such-order")
    assert list(operator.admin_list_open_orders(open_for_minutes=15)) == []


@pytest.mark.slow
def test_the_gateway_refuses_a_missing_scope(shop: Shop) -> None:
    with pytest.raises(Forbidden):
        shop.client(scopes="orders:read").place_order(MUGS, "tok_ok", ADDRESS)


@pytest.mark.slow
def test_the_gateway_refuses_an_invalid_token(shop: Shop) -> None:
    with pytest.raises(Unauthorised):
        OrdersClient(BASE_URL, "x", transport=shop.transport).get_profile()


@pytest.mark.slow
def test_a_wrong_base_url_raises_a_gateway_error(shop: Shop) -> None:
    client = OrdersClient(f"{BASE_URL}/v9", transport=shop.transport)
    with pytest.raises(GatewayError, match="404: Not Found"):
        client.get_health()


@pytest.mark.slow
def test_the_health_of_the_api_is_read(client: OrdersClient) -> None:
    health = client.get_health()
    assert (health.status, health.stage) == ("ok", "test")
    assert health.http.request_id
