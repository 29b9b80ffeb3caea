"""The shop in a browser, against the deployed app: from the catalogue to an order that ends."""

import json
import re

import httpx
import pytest
from playwright.sync_api import Page, Route, WebSocket, expect

from orders_client import Money, OrdersClient
from tests.e2e.shop import CUSTOMER_SCOPES, Shop
from tests.e2e.waiting import until
from tests.e2e.web.shopping import (
    ADDRESS,
    expect_status,
    fill_in_checkout,
    order_id,
    place_order,
    put_into_basket,
)
from tests.e2e.web.signing_in import sign_in
from tests.e2e.web.visitor import Visitor


def _client(shop: Shop, person: str) -> OrdersClient:
    return shop.client(shop.instance.token(person, CUSTOMER_SCOPES))


def _order_count(shop: Shop, person: str) -> int:
    return len(list(_client(shop, person).list_orders()))


def _customer(visitor: Visitor, sku: str, person: str = "alice") -> Page:
    """A customer who is signed in, with a product in the basket."""
    page = visitor.open()
    sign_in(page, person)
    # From here on without a reload, because `goto` restarts the application.
    page.get_by_label("Search").fill(sku)
    page.get_by_role("link", name="Enamel mug").click()
    page.get_by_role("button", name="Add to basket").click()
    return page


def _lose_the_response(page: Page) -> list[str]:
    """Order what is in the basket, and lose every response; returns the keys of the requests that arrived."""
    fill_in_checkout(page)
    keys: list[str] = []

    def lose(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        route.fetch()

    page.route(re.compile("/api/orders$"), lose)
    page.get_by_role("button", name="Order and pay").click()
    expect(page.get_by_text("Placing your order")).to_be_visible()
    while not keys:
        page.wait_for_timeout(50)
    return keys


def test_customer_orders_and_watches_the_order_to_its_end(shop: Shop, visitor: Visitor) -> None:
    sku = shop.product()
    page = visitor.open()
    put_into_basket(page, sku)
    sign_in(page, "alice")
    with shop.paused_processing():
        placed = place_order(page)
        expect_status(page, "Accepted")
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect_status(page, "On its way")
    assert page.locator(".timeline strong").all_inner_texts() == ["Accepted", "Confirmed", "On its way"]
    expect(page.get_by_text("Paid · €12.50")).to_be_visible()
    page.get_by_role("banner").get_by_role("link", name="My orders").click()
    expect(page.get_by_role("link", name=placed[:8])).to_be_visible()
    order = _client(shop, "alice").get_order(placed)
    assert order.total == Money(1250, "EUR")
    assert shop.available(sku) == 9


def test_orders_page_is_notified_of_changes_without_a_token_in_a_url(shop: Shop, visitor: Visitor) -> None:
    """It reads the order once for each message, and does not poll four times a second."""
    messages: list[dict[str, object]] = []
    addresses: list[str] = []
    reads: list[str] = []
    page = _customer(visitor, shop.product())

    def listen(socket: WebSocket) -> None:
        addresses.append(socket.url)
        socket.on("framereceived", lambda frame: messages.append(json.loads(frame)))

    page.on("websocket", listen)
    page.on(
        "request",
        lambda sent: reads.append(sent.url) if re.search("/orders/[0-9a-f-]{36}$", sent.url) else None,
    )
    with shop.paused_processing():
        place_order(page)
        expect_status(page, "Accepted")
        until("the subscription", lambda: _turn(page) and messages)
        reads.clear()
    expect_status(page, "On its way")
    assert messages[0]["type"] == "subscribed"
    # The last message may arrive after the page has read the final status.
    assert {each["type"] for each in messages[1:]} == {"orderChanged"}
    assert 1 <= len(reads) <= len(messages)
    assert addresses == [shop.instance.outputs["WebSocketUrl"]]


def _turn(page: Page) -> bool:
    """Let the page handle its events."""
    page.wait_for_timeout(100)
    return True


def test_declined_payment_is_shown_with_its_reason(shop: Shop, visitor: Visitor) -> None:
    page = _customer(visitor, shop.product())
    place_order(page, card="Declined")
    expect_status(page, "Rejected")
    expect(page.get_by_text("The payment was declined").first).to_be_visible()
    expect(page.get_by_text("You were not charged.")).to_be_visible()


def test_customer_cancels_an_open_order(shop: Shop, visitor: Visitor) -> None:
    page = _customer(visitor, shop.product())
    with shop.paused_processing():
        placed = place_order(page)
        page.get_by_role("button", name="Cancel order").click()
        page.get_by_role("button", name="Keep order").click()
        expect_status(page, "Accepted")
        page.get_by_role("button", name="Cancel order").click()
        page.get_by_role("button", name="Yes, cancel it").click()
        expect_status(page, "Being cancelled")
    expect_status(page, "Cancelled")
    assert _client(shop, "alice").get_order(placed).reason == "CUSTOMER_REQUEST"


def test_reload_during_the_checkout_places_one_order(shop: Shop, visitor: Visitor) -> None:
    """Guarantee 1: one order at most per customer and idempotency key."""
    page = _customer(visitor, shop.product())
    before = _order_count(shop, "alice")
    keys = _lose_the_response(page)
    page.unroute_all(behavior="ignoreErrors")
    with page.expect_request(
        lambda request: request.url.endswith("/api/orders") and request.method == "POST"
    ) as sent:
        page.reload()
    assert sent.value.headers["idempotency-key"] == keys[0]
    order_id(page)
    assert _order_count(shop, "alice") == before + 1
    expect(page.get_by_role("link", name="Basket, 0 items")).to_be_visible()


@pytest.mark.parametrize("signs_out", [True, False], ids=["signed out", "still signed in elsewhere"])
def test_order_whose_response_was_lost_is_never_placed_as_another_customer(
    shop: Shop, visitor: Visitor, signs_out: bool
) -> None:
    """The next customer at the same browser pays for nothing, and sees neither the address nor the card."""
    page = _customer(visitor, shop.product())
    _lose_the_response(page)
    before = _order_count(shop, "bob")
    if signs_out:
        page.goto("/profile")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("banner").get_by_role("button", name="Sign in")).to_be_visible()
        assert page.evaluate("localStorage.getItem('checkout.v1')") is None
        other = page
    else:
        other = visitor.open()
    sign_in(other, "bob")
    other.get_by_role("banner").get_by_role("link", name="Basket").click()
    other.get_by_role("link", name="Go to checkout").click()
    expect(other.get_by_label("Street and number")).not_to_have_value(ADDRESS["Street and number"])
    expect(other.get_by_role("button", name="Order and pay")).to_be_visible()
    assert other.evaluate("localStorage.getItem('checkout.v1')") is None
    assert _order_count(shop, "bob") == before


def test_changed_price_is_shown_and_ordered_after_it_is_accepted(shop: Shop, visitor: Visitor) -> None:
    """Guarantee 7: the total is the one that the customer agreed to."""
    sku = shop.product(price=1250)
    page = _customer(visitor, sku)
    shop.staff.put_product(
        sku, "Enamel mug", Money(1400, "EUR"), if_match=shop.public.get_product(sku).http.etag
    )
    fill_in_checkout(page)
    page.get_by_role("button", name="Order and pay €12.50").click()
    changed = "The total was €12.50 and is now €14.00. Nothing has been ordered."
    expect(page.get_by_text(changed)).to_be_visible()
    page.get_by_role("button", name="Order for €14.00").click()
    assert _client(shop, "alice").get_order(order_id(page)).total == Money(1400, "EUR")


def test_address_that_the_api_refuses_is_marked_at_its_field(shop: Shop, visitor: Visitor) -> None:
    page = _customer(visitor, shop.product())
    fill_in_checkout(page)
    page.get_by_label("Postcode").fill("XX")
    page.get_by_role("button", name="Order and pay").click()
    expect(page.get_by_text("The order was not accepted")).to_be_visible()
    expect(page.get_by_label("Postcode")).to_have_attribute("aria-invalid", "true")


def test_two_tabs_share_one_basket(shop: Shop, visitor: Visitor) -> None:
    sku = shop.product()
    one, other = visitor.open(), visitor.open()
    put_into_basket(one, sku)
    expect(other.get_by_role("link", name="Basket, 1 items")).to_be_visible()


def test_unavailable_api_is_reported_and_can_be_retried(visitor: Visitor, shop: Shop) -> None:
    shop.product()
    page = visitor.context.new_page()
    page.route("**/api/**", lambda route: route.abort())
    page.goto("/")
    expect(page.get_by_role("alert")).to_contain_text("Something went wrong")
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("link", name="Enamel mug").first).to_be_visible()


def test_lost_network_is_announced_while_it_lasts(visitor: Visitor) -> None:
    page = visitor.open()
    page.wait_for_load_state("networkidle")
    visitor.context.set_offline(True)
    expect(page.get_by_text("You are offline")).to_be_visible()
    visitor.context.set_offline(False)
    expect(page.get_by_text("You are offline")).to_be_hidden()


def test_signing_in_returns_to_the_page_that_required_it(visitor: Visitor) -> None:
    page = visitor.open("/orders")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.get_by_text("Bob Keller").click()
    expect(page.get_by_role("heading", name="My orders")).to_be_visible()
    assert page.url == f"{visitor.origin}/orders"


def test_token_that_the_api_refuses_leads_to_signing_in(visitor: Visitor) -> None:
    page = visitor.open()
    sign_in(page, "alice")
    page.route(
        re.compile(r"/api/orders$"), lambda route: route.fulfill(status=401, json={"message": "Unauthorized"})
    )
    page.get_by_role("banner").get_by_role("link", name="My orders").click()
    expect(page.get_by_role("heading", name="Sign in to continue")).to_be_visible()


def test_customer_who_signs_out_stays_signed_out(visitor: Visitor) -> None:
    page = visitor.open()
    sign_in(page, "alice")
    page.get_by_role("banner").get_by_title("Profile").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{visitor.origin}/")
    page.reload()
    expect(page.get_by_role("banner").get_by_role("button", name="Sign in")).to_be_visible()


def test_tokens_are_in_no_storage_and_survive_a_reload(visitor: Visitor) -> None:
    page = visitor.open()
    sign_in(page, "alice")
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "access_token" not in stored
    assert "eyJ" not in stored
    page.reload()
    expect(page.get_by_role("banner").get_by_text("Alice Martin")).to_be_visible()


def test_profile_is_saved_and_its_address_fills_the_checkout(shop: Shop, visitor: Visitor) -> None:
    page = _customer(visitor, shop.product(), "bob")
    page.get_by_role("banner").get_by_title("Profile").click()
    page.get_by_role("textbox", name="E-mail").fill("bob@example.com")
    page.get_by_label("Save a delivery address").check()
    page.get_by_label("Name", exact=True).fill("Bob Keller")
    page.get_by_label("Street and number").fill("Gartenstraße 3")
    page.get_by_label("Postcode").fill("8002")
    page.get_by_label("City").fill("Zürich")
    page.get_by_label("Country").select_option("CH")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.get_by_role("banner").get_by_role("link", name="Basket").click()
    page.get_by_role("link", name="Go to checkout").click()
    expect(page.get_by_label("Street and number")).to_have_value("Gartenstraße 3")


def test_customer_requests_a_copy_of_their_data_and_downloads_it(shop: Shop, visitor: Visitor) -> None:
    """No other test may request a copy for the same customer: a day must pass between two copies."""
    page = _customer(visitor, shop.product(), "bob")
    page.get_by_role("banner").get_by_title("Profile").click()
    panel = page.get_by_role("region", name="Your data")
    page.get_by_role("textbox", name="E-mail").fill("bob@example.com")
    page.get_by_role("button", name="Save").click()
    panel.get_by_role("button", name="Request a copy").click()
    expect(panel.get_by_text("Your copy is being prepared")).to_be_visible()
    expect(panel.get_by_role("button", name="Request a copy")).not_to_be_visible()
    download = panel.get_by_role("link", name="Download")

    def ready() -> bool:
        panel.get_by_role("button", name="Check again").click()
        expect(panel.get_by_role("status")).to_be_visible()
        return download.is_visible()

    until("the copy", ready)
    assert "bob@example.com" in httpx.get(str(download.get_attribute("href"))).text
    panel.get_by_role("button", name="Request a copy").click()
    expect(panel.get_by_text("You can request the next copy from")).to_be_visible()


def test_texts_and_prices_follow_the_chosen_language(shop: Shop, visitor: Visitor) -> None:
    sku = shop.product()
    page = visitor.open(f"/products/{sku}")
    page.get_by_label("Language").select_option("de")
    expect(page.get_by_role("button", name="In den Warenkorb")).to_be_visible()
    expect(page.locator(".price")).to_have_text(re.compile(r"12,50\s€"))
    assert page.evaluate("document.documentElement.lang") == "de"
    page.reload()
    expect(page.get_by_role("button", name="In den Warenkorb")).to_be_visible()


def test_back_button_returns_to_the_search(shop: Shop, visitor: Visitor) -> None:
    sku = shop.product()
    page = visitor.open()
    page.get_by_label("Search").fill(sku)
    page.get_by_role("link", name="Enamel mug").click()
    expect(page.get_by_role("heading", name="Enamel mug")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Search")).to_have_value(sku)
    assert page.locator(".card").count() == 1


def test_keyboard_reaches_the_content_first(visitor: Visitor) -> None:
    page = visitor.open()
    page.get_by_role("heading", level=1).wait_for()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
