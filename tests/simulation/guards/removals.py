"""Trials of a customer who asks for the deletion of their data once, and does not retry."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

from ordering.domain.order import OrderId
from ordering.repositories.keys import customer_keys, order_keys
from tests.simulation.guards.deliveries import PathSearch
from tests.simulation.guards.trial import Trial
from tests.support import deletion_invariants
from tests.support.backend import Backend
from tests.support.faults import crash
from tests.support.functions import FunctionLost
from tests.support.injection_points import Call, InjectionPoint, When, after_call, after_place
from tests.support.recorded import http_event

EMAIL = "ada@example.com"


def _begin(shop: Backend) -> None:
    """One order, which has ended."""
    shop.begin("with a profile", lambda world: world.stocked().with_profile(EMAIL))
    shop.alice.place(("MUG-RED", 2))
    shop.run_to_the_end()


def _ask(shop: Backend) -> None:
    """Send the request once, without a retry, whatever the result is."""
    with suppress(FunctionLost):
        shop.functions.call("api.delete_profile", http_event("DELETE /customers/me"))


def _dying(shop: Backend) -> Iterator[Trial[Backend]]:
    _begin(shop)
    _ask(shop)
    for call in [each for each in shop.calls.made if each.step.state == "delete_profile"]:
        name = f"delete_profile lost after call {call.number}, {call.target}"
        yield Trial(name, partial(_perform, partial(_lost, call)))


def _lost(call: Call, shop: Backend) -> None:
    shop.calls.at(after_place(call.place), crash)
    _ask(shop)


def _unlisted(shop: Backend) -> None:
    """The index does not contain the order yet when the customer's orders are first looked for."""
    order = order_keys.order(OrderId(shop.alice.order_id))
    listed = shop.world.table.get(order) or {}
    shop.world.table.update(order, "REMOVE GSI1PK, GSI1SK ADD nothing :none", values={":none": 0})
    entry = {":pk": listed["GSI1PK"], ":sk": listed["GSI1SK"]}

    def has_scanned(point: InjectionPoint) -> bool:
        removes = point.step.state in ("delete_profile", "process_customer_data")
        ends = point.call is None and point.when is When.AFTER
        return (
            removes
            and ends
            and any(call.step == point.step and call.target == "dynamodb.Query" for call in shop.calls.made)
        )

    shop.calls.at(
        has_scanned,
        lambda: shop.world.table.update(order, "SET GSI1PK = :pk, GSI1SK = :sk REMOVE nothing", values=entry),
    )
    _ask(shop)


def _exporting(shop: Backend) -> None:
    """Their data is exported when they ask for deletion: the file is written, and not yet mailed."""
    shop.alice.request_export()
    shop.calls.at(after_call(to="s3.UploadPart"), lambda: _ask(shop))
    shop.run_to_the_end()


def _exported(shop: Backend) -> None:
    """Their data was exported a moment ago."""
    shop.alice.request_export()
    shop.run_to_the_end()
    assert shop.exports
    _ask(shop)


def _perform(happens: Callable[[Backend], object], shop: Backend) -> list[str]:
    _begin(shop)
    happens(shop)
    shop.run_to_the_end()
    items, files = shop.world.items(), shop.exports
    # Before the first write, nothing has changed, and the customer has not got a response.
    untouched = any(item["SK"] == customer_keys.PROFILE for item in items)
    return [] if untouched else list(deletion_invariants.violations(items, files))


def _once(name: str, happens: Callable[[Backend], object]) -> PathSearch:
    return lambda shop: iter([Trial(name, partial(_perform, happens))])


DYING: PathSearch = _dying
UNLISTED: PathSearch = _once("the index does not show an order yet", _unlisted)
EXPORTING: PathSearch = _once("asked for during an export", _exporting)
EXPORTED: PathSearch = _once("asked for after an export", _exported)
