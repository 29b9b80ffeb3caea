"""This release is deployed over the previous one while orders of every kind are in progress: all of them end.

The previous release is the recorded commit (`tests/releases/previous.txt`). Its own command line starts the
engine and deploys it; then this release's `up` updates the same run, as `make up` does after a `git pull`.
The suite of mixed releases (`tests/simulation/releases`) chooses the release of each call; here, the engine's
CloudFormation, event sources, aliases and warm functions do. Both releases run on the engine, the CDK and the
packages of this one.

`-s` prints how many orders ran, and for how long each release was deployed.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from threading import Event, Thread
from typing import TYPE_CHECKING, NamedTuple

import boto3

from console.progress import say
from console.workspace import Workspace
from local.environment import Instance, attach, up
from orders_client import Address, Order, OrdersError, TooLateToCancel
from tests.e2e.fault_injector import FaultInjector
from tests.e2e.instances import empty_workspace
from tests.e2e.project_checkout import Checkout, checkout, plain_environment
from tests.e2e.shop import ADDRESS, UNSERVED_ADDRESS, Customer, Shop
from tests.e2e.waiting import until
from tests.releases.previous import previous_checkout, require_history

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

# In seconds: longer than the deployment takes, even on a busy machine.
_HELD = 3600
# In seconds, between two orders: short enough for many orders, and long enough for the deployment to proceed.
_PAUSE = 2.0


class Kind(NamedTuple):
    """A kind of order, and the statuses in which it may end."""

    ends: frozenset[str]
    payment_token: str = "tok_ok"
    address: Address = ADDRESS
    is_cancelled: bool = False


KINDS = {
    "fulfilled": Kind(frozenset({"FULFILLED"})),
    "declined": Kind(frozenset({"REJECTED"}), payment_token="tok_declined"),
    "payment answer lost": Kind(frozenset({"FULFILLED"}), payment_token="tok_timeout"),
    "capture refused": Kind(frozenset({"CANCELLED"}), payment_token="tok_capture_refused"),
    "shipment refused": Kind(frozenset({"CANCELLED"}), address=UNSERVED_ADDRESS),
    "cancelled": Kind(frozenset({"CANCELLED", "FULFILLED"}), is_cancelled=True),
}


@dataclass
class Orders:
    """The orders of one customer, of every kind in turn."""

    customer: Customer
    sku: str
    placed: list[tuple[str, Order]] = field(default_factory=list)
    """Each with its kind."""
    refused: Counter[str] = field(default_factory=Counter)
    """The errors that the client has raised after its retries."""

    def place(self, name: str) -> None:
        """Place an order of a kind, and cancel it if the kind requires it."""
        kind = KINDS[name]
        try:
            order = self.customer.place(self.sku, payment_token=kind.payment_token, address=kind.address)
            self.placed.append((name, order))
            if kind.is_cancelled:
                self.customer.client.cancel_order(order.order_id)
        except TooLateToCancel:
            pass
        except OrdersError as error:
            self.refused[type(error).__name__] += 1

    def place_one_of_each_kind(self) -> None:
        """Place an order of every kind."""
        for name in KINDS:
            self.place(name)

    @contextmanager
    def placing(self) -> Iterator[None]:
        """Place one order after the other within the block."""
        ended = Event()

        def run() -> None:
            for name in cycle(KINDS):
                if ended.wait(_PAUSE):
                    return
                self.place(name)

        thread = Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def end(self) -> Counter[str]:
        """Wait for the end of each order; returns how many ended in each status.

        Raises AssertionError if the status of one is not allowed for its kind.
        """
        ended = Counter[str]()
        for name, placed in self.placed:
            order = self.customer.wait_for_end(placed)
            assert order.status in KINDS[name].ends, (name, order)
            ended[str(order.status)] += 1
        return ended


class Upgrade(NamedTuple):
    """A run in which this release was deployed over the previous one."""

    shop: Shop
    held: Orders
    """Placed with the previous release and driven by this one, because their messages were delayed."""
    meanwhile: Orders
    """Placed while this release was being deployed."""
    afterwards: Orders
    seconds: dict[str, float]
    new_outputs: set[str]
    """Outputs that only this release has, to check that it is deployed."""


# A single test: with several, two pytest workers would both deploy both releases.
def test_every_order_ends_and_keeps_the_guarantees_when_this_release_is_deployed_over_the_previous() -> None:
    require_history()
    seconds = {}
    # The checkout stays: the engine, which it has started, runs the functions with its Python.
    with (
        checkout("previous", release=previous_checkout()) as previous,
        empty_workspace("upgrade") as workspace,
    ):
        begun = time.monotonic()
        _deploy(previous, workspace)
        seconds["previous release"] = round(time.monotonic() - begun)
        instance = attach(workspace)
        with Shop(instance) as shop:
            sku = shop.product(units=1000)
            held, meanwhile, afterwards = (Orders(shop.customer(name), sku) for name in ("ada", "bob", "eve"))
            with _held_back(instance, held):
                begun = time.monotonic()
                with meanwhile.placing():
                    updated = up(workspace, web_port=0)
                seconds["this release"] = round(time.monotonic() - begun)
            afterwards.place_one_of_each_kind()

            assert updated.outputs.keys() - instance.outputs.keys(), "this release outputs more"
            assert len(held.placed) == len(afterwards.placed) == len(KINDS)
            assert len(meanwhile.placed) >= len(KINDS)
            for when, orders in (("held", held), ("meanwhile", meanwhile), ("afterwards", afterwards)):
                say(f"{when}: {dict(orders.end())}, refused: {dict(orders.refused)}")
            say(f"seconds until it was deployed: {seconds}")
            shop.check_guarantees()
            # No operator is needed: there is no dead letter, and no order is parked.
            queues = shop.messages.messages_by_queue()
            assert {name: count for name, count in queues.items() if count} == {}


def _deploy(release: Checkout, workspace: Workspace) -> None:
    """Start the engine and deploy a release, by its own command line."""
    ran = release.run(
        *(".venv/bin/python", "-m", "local", "up", "--workspace", str(workspace.root), "--no-sample"),
        *("--port", "0", "--issuer-port", "0"),
        env=plain_environment(),
    )
    assert ran.status == 0, ran.output


@contextmanager
def _held_back(instance: Instance, orders: Orders) -> Iterator[None]:
    """Place an order of each kind, and deliver their messages only after the block."""
    sqs: SQSClient = boto3.client("sqs", **instance.aws)
    url = instance.outputs["OrderQueueUrl"]
    handles: list[str] = []

    def all_received() -> bool:
        received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=_HELD)
        handles.extend(message["ReceiptHandle"] for message in received.get("Messages", ()))
        # A cancellation sends a second message of its order.
        return len(handles) >= len(KINDS)

    with FaultInjector(instance).event_source_disabled("drive_order"):
        orders.place_one_of_each_kind()
        until("a message of each order", all_received)
    yield
    for handle in handles:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
