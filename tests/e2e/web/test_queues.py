"""The console's queues in a browser: an order that was given up is redriven from the page."""

import json
from uuid import uuid4

from playwright.sync_api import Browser, Page, expect

from local.environment import Instance
from orders_client import OrderStatus
from tests.e2e.fault_injector import FaultInjector
from tests.e2e.shop import Customer, Shop
from tests.e2e.waiting import until
from tests.e2e.web.signing_in import open_console, sign_in
from tests.e2e.web.visitor import Visitor
from tests.support.browser import PHONE

DEAD = "OrderDeadLetterQueueUrl"


def _open(visitor: Visitor) -> Page:
    page = open_console(visitor)
    page.get_by_role("link", name="Queues").click()
    return page


def _redrive(page: Page) -> None:
    page.get_by_role("button", name="Redrive", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Redrive them").click()


def test_order_that_was_given_up_is_redriven_from_the_page(
    idle_shop: Shop, visitor: Visitor, alice: Customer
) -> None:
    shop, faults = idle_shop, FaultInjector(idle_shop.instance)
    with faults.sweep_disabled():
        with faults.failing("complete_order"), shop.messages.dead_letter_after_one_receive("OrderQueueUrl"):
            placed = alice.place(shop.product(units=5), 2)
            until("the dead letter", lambda: shop.messages.message_count(DEAD))
        page = _open(visitor)
        expect(page.get_by_text("Dead letters: 1")).to_be_visible()
        page.get_by_role("link", name="order", exact=True).click()
        expect(page.get_by_role("heading", name=f"order {placed.order_id}")).to_be_visible()
        expect(page.get_by_text("can be sent", exact=True)).to_be_visible()
        # A dialog asks for confirmation first, and can be cancelled.
        page.get_by_role("button", name="Redrive", exact=True).click()
        expect(page.get_by_role("heading", name="Redrive order?")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert shop.messages.message_count(DEAD) == 1
        _redrive(page)
        expect(page.get_by_text("Redriven: 1. Left in the queue: 0.")).to_be_visible()
        expect(page.get_by_role("heading", name="This queue is empty")).to_be_visible()
        assert alice.wait_for_end(placed).status is OrderStatus.FULFILLED
    page.get_by_role("link", name="Queues").first.click()
    expect(page.get_by_text("No dead letters")).to_be_visible()


def test_letter_that_cannot_be_sent_stays_and_says_why(idle_shop: Shop, visitor: Visitor) -> None:
    idle_shop.messages.send(DEAD, json.dumps({"orderId": str(uuid4())}))
    try:
        page = _open(visitor)
        page.get_by_role("link", name="order", exact=True).click()
        expect(page.get_by_text("the order does not exist; `discard` it")).to_be_visible()
        expect(page.get_by_role("button", name="Redrive", exact=True)).to_be_disabled()
    finally:
        idle_shop.messages.purge(DEAD)


def test_queues_are_opened_and_the_question_is_answered_with_the_keyboard(
    idle_shop: Shop, visitor: Visitor, alice: Customer
) -> None:
    # A letter about an order that has ended is only removed.
    order = alice.order(idle_shop.product())
    idle_shop.messages.send(DEAD, json.dumps({"orderId": order.order_id}))
    page = _open(visitor)
    page.get_by_role("link", name="order", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("removes it: the order is FULFILLED")).to_be_visible()
    page.get_by_role("button", name="Redrive", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    # The browser puts the focus on the first button, which cancels.
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Redriven: 1. Left in the queue: 0.")).to_be_visible()


def test_a_failed_read_can_be_tried_again_and_a_failed_redrive_says_so(
    idle_shop: Shop, visitor: Visitor, alice: Customer
) -> None:
    order = alice.order(idle_shop.product())
    idle_shop.messages.send(DEAD, json.dumps({"orderId": order.order_id}))
    page = visitor.open()
    page.route("**/api/admin/queues", lambda route: route.fulfill(status=400, json={}))
    sign_in(page, "operator")
    page.get_by_role("banner").get_by_role("link", name="Console").click()
    page.get_by_role("link", name="Queues").click()
    expect(page.get_by_role("heading", name="Something went wrong")).to_be_visible()
    page.unroute("**/api/admin/queues")
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("link", name="order", exact=True).click()
    page.route("**/redrive", lambda route: route.fulfill(status=400, json={}))
    _redrive(page)
    expect(page.get_by_text("The redrive stopped. Redriven: 0. No letter was lost.")).to_be_visible()
    page.unroute("**/redrive")
    visitor.context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    visitor.context.set_offline(False)
    _redrive(page)
    expect(page.get_by_text("Redriven: 1. Left in the queue: 0.")).to_be_visible()


def test_german_reader_sees_german_texts_on_a_phone(
    idle_shop: Shop, browser: Browser, instance: Instance
) -> None:
    idle_shop.messages.send(DEAD, json.dumps({"orderId": str(uuid4())}))
    try:
        with Visitor(browser, instance, size=PHONE, locale="de-DE") as visitor:
            page = visitor.open()
            page.get_by_role("banner").get_by_role("button", name="Anmelden").click()
            page.get_by_text("Olivia Stone").click()
            page.get_by_role("banner").get_by_role("link", name="Konsole").click()
            page.get_by_role("link", name="Warteschlangen").click()
            page.get_by_role("link", name="order", exact=True).click()
            expect(page.get_by_text("bleibt", exact=True)).to_be_visible()
            expect(page.get_by_text("Ursache")).to_be_visible()
            assert visitor.faults == []
    finally:
        idle_shop.messages.purge(DEAD)
