"""The page "Break it yourself": every guarantee is kept during each fault, and no order is lost."""

from collections.abc import Callable, Iterator

import boto3
import pytest
from playwright.sync_api import Page, expect

from ordering.repositories.keys import order_keys, product_keys
from tests.e2e.shop import Customer, Shop
from tests.e2e.waiting import until
from tests.e2e.web.signing_in import open_console
from tests.e2e.web.visitor import Visitor

_MEANWHILE = 10
_RUN = """async ([action, wanted]) => {
  const headers = { "X-Break-It": "1" };
  const body = JSON.stringify(wanted);
  const response = await fetch(`/local/break/actions/${action}`, { method: "POST", headers, body });
  return response.status;
}"""


@pytest.fixture
def page(visitor: Visitor) -> Iterator[Page]:
    """The page, opened by the operator. Afterwards all faults are ended, also if the test failed."""
    page = open_console(visitor)
    page.get_by_role("link", name="Break it").click()
    page.locator(".guarantee").first.wait_for()
    yield page
    _run(page, "end-faults", {})


def _run(page: Page, action: str, wanted: object) -> None:
    assert page.evaluate(_RUN, [action, wanted]) == 200


def _orders(shop: Shop) -> int:
    return sum(item["SK"] == order_keys.ORDER for item in shop.tables.items())


def _press(page: Page, fault: str, button: str) -> None:
    page.get_by_role("listitem").filter(has_text=fault).get_by_role("button", name=button, exact=True).click()


def _switch(page: Page, fault: str) -> None:
    page.get_by_role("switch", name=fault).click()


def _said(page: Page, text: str) -> None:
    expect(page.get_by_text(text)).to_be_visible()


def _decline(page: Page) -> None:
    _switch(page, "Decline payments")
    _run(page, "place", {"count": _MEANWHILE})
    _said(page, f"Cards declined: {_MEANWHILE}")


def _throttle(page: Page) -> None:
    _switch(page, "Throttle the table")
    _run(page, "place", {"count": _MEANWHILE})
    _said(page, "Calls refused:")


def _stop_the_schedule(page: Page) -> None:
    _switch(page, "Stop the sweep's schedule")
    expect(page.get_by_role("switch", name="Stop the sweep's schedule")).to_have_attribute(
        "aria-checked", "true"
    )
    _run(page, "place", {"count": _MEANWHILE})


def _lose_a_response(page: Page) -> None:
    _press(page, "Lose a response", "Lose it")
    _run(page, "place", {"count": _MEANWHILE})
    _said(page, "Responses lost: 1")


def _kill_a_worker(page: Page) -> None:
    _run(page, "place", {"count": _MEANWHILE})
    expect(page.locator(".square.CONFIRMED, .square.FULFILLED").first).to_be_visible()
    _press(page, "Kill a worker", "Kill it")
    _said(page, "processes killed:")


def _redeliver_a_message(page: Page) -> None:
    _run(page, "place", {"count": _MEANWHILE - 1})
    _press(page, "Redeliver a message", "Deliver")
    _said(page, "Delivered two more times:")


def _run_two_executions(page: Page) -> None:
    _run(page, "place", {"count": _MEANWHILE - 1})
    _press(page, "Run two executions at once", "Run")
    _said(page, "Two executions at once:")


@pytest.mark.parametrize(
    "breaks",
    [
        _decline,
        _throttle,
        _stop_the_schedule,
        _lose_a_response,
        _kill_a_worker,
        _redeliver_a_message,
        _run_two_executions,
    ],
)
def test_every_guarantee_is_kept_after_a_fault(
    shop: Shop, page: Page, breaks: Callable[[Page], None]
) -> None:
    before = _orders(shop)
    breaks(page)
    page.get_by_role("button", name="End all faults").click()
    until("the orders", lambda: _orders(shop) == before + _MEANWHILE)
    _expect_all_kept(page)
    shop.check_guarantees()
    assert _orders(shop) == before + _MEANWHILE
    expect(page.get_by_role("switch", checked=True)).to_have_count(0)


def test_a_hundred_orders_are_placed_by_one_click(shop: Shop, page: Page) -> None:
    before = _orders(shop)
    page.get_by_role("button", name="Place 100 orders at once").click()
    until("a hundred orders", lambda: _orders(shop) == before + 100, within=600)
    _expect_all_kept(page)
    shop.check_guarantees()


def test_figure_that_does_not_add_up_is_shown_as_broken(shop: Shop, page: Page) -> None:
    sku = shop.product(units=3)
    _expect_all_kept(page)
    _add_available(shop, sku, 1)
    try:
        expect(page.locator(".guarantee.broken")).to_have_count(1)
        expect(page.locator(".guarantee.broken")).to_contain_text("its figures do not add up")
        expect(page.get_by_text("Does not add up")).to_be_visible()
        expect(page.locator(".verdict")).to_contain_text("6")
    finally:
        _add_available(shop, sku, -1)
    _expect_all_kept(page)


def test_order_that_has_not_ended_is_in_progress_and_not_broken(
    shop: Shop, page: Page, alice: Customer
) -> None:
    sku = shop.product()
    with shop.paused_processing():
        alice.place(sku)
        expect(page.locator(".guarantee.waiting").filter(has_text="Every order ends")).to_contain_text(
            "1 in progress"
        )
        expect(page.locator(".guarantee.broken")).to_have_count(0)
    _expect_all_kept(page)


def _expect_all_kept(page: Page) -> None:
    expect(page.get_by_text("Every order has ended, and all figures add up.")).to_be_visible(timeout=240_000)
    expect(page.locator(".guarantee.kept")).to_have_count(7)


def _add_available(shop: Shop, sku: str, units: int) -> None:
    """Change the available units of a product in the table, without the app."""
    boto3.client("dynamodb", **shop.instance.aws).update_item(
        TableName=shop.instance.outputs["TableName"],
        Key={"PK": {"S": f"PRODUCT#{sku}"}, "SK": {"S": product_keys.STOCK}},
        UpdateExpression="ADD available :units",
        ExpressionAttributeValues={":units": {"N": str(units)}},
    )
