"""Guarantee 5: totals are exact after a rebuild, whatever happens while it runs, and if it is interrupted."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto.core.base_backend import BackendDict

from ordering.domain.clock import now
from ordering.domain.events.envelope import Event
from ordering.domain.order import Order
from ordering.domain.sales_groups import By
from ordering.domain.shop_day import day_of
from ordering.repositories.sales_rebuild import SalesRebuild
from tests.handlers.sales.counted_shop import CountedShop, category_line
from tests.support.clock import MovableClock
from tests.support.environment import TIME_ZONE
from tests.support.snapshots import beginning_with
from tests.support.tables import create_tables
from tests.support.world import World


def check(counted: CountedShop) -> None:
    """Compares the totals by each group with the sums over all that happened."""
    days = {at: day_of(at, TIME_ZONE) for _, at, _ in counted.happened}
    for by in By:
        assert counted.totals(by, limit=3) == counted.expected(by, days), by


@pytest.mark.slow
def test_rebuild_counts_what_was_never_delivered(counted: CountedShop) -> None:
    """For example, orders of before the totals were turned on."""
    sold, _ = counted.sell(category_line("MUG", "mugs", 2))
    counted.refund(sold)
    counted.cancel(category_line("POT", None))
    assert counted.totals(By.DAY) == {}
    assert counted.rebuild() == 0
    check(counted)


@pytest.mark.slow
def test_rebuild_corrects_wrong_totals_and_deletes_the_earlier_rows(counted: CountedShop) -> None:
    counted.deliver(counted.sell(category_line("MUG", "mugs"))[1])
    for item in counted.world.items():
        if item["PK"].startswith("SALES#"):
            counted.world.table.update(
                {"PK": item["PK"], "SK": item["SK"]}, "SET revenue = :wrong", values={":wrong": 1}
            )
    assert counted.rebuild() == 0
    check(counted)
    rows = {item["PK"] for item in counted.world.items() if item["PK"].startswith("SALES#")}
    assert rows == {"SALES#STATE", "SALES#1#2026-11#REBUILT"}


@pytest.mark.slow
def test_events_go_on_while_totals_are_rebuilt(counted: CountedShop) -> None:
    """Each is counted once: those of before, of meanwhile, and those that are delivered late."""
    late = [counted.sell(category_line("MUG", "mugs"))[1]]

    def meanwhile() -> None:
        _, event = counted.sell(category_line("POT", "pots"))
        counted.deliver(event)
        # Readers see every event while the rebuild runs, too.
        seen = sum(numbers[0] for numbers in counted.totals(By.DAY).values())
        read_by_rebuild = counted.sales.state().active == 1
        assert seen == len(counted.happened) - (0 if read_by_rebuild else len(late))

    assert counted.rebuild(while_asleep=meanwhile) == 0
    counted.deliver(*late)
    check(counted)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["put_many", "finish", "delete_many"])
def test_interrupted_rebuild_is_completed_by_the_next_one(
    counted: CountedShop, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [counted.sell(category_line("MUG", "mugs"))[1] for _ in range(3)]
    counted.deliver(*events[:2])

    def die(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        owner = SalesRebuild if step == "finish" else type(counted.world.table)
        patched.setattr(owner, step, die)
        with pytest.raises(KeyboardInterrupt):
            counted.rebuild()
    counted.deliver(counted.sell(category_line("POT", None))[1])
    assert counted.rebuild() == 0
    counted.deliver(*events)
    check(counted)


@pytest.mark.slow
def test_rebuild_that_was_begun_in_another_time_zone_is_completed_and_repeated(
    counted: CountedShop,
) -> None:
    """Rows of both time zones would be added up otherwise."""
    counted.clock.move(11 * 3600)
    counted.sell(category_line("MUG", "mugs"))
    rebuild = SalesRebuild(counted.world.table)
    rebuild.begin(now(), "America/New_York")
    counted.clock.move(60)
    assert counted.rebuild() == 0
    assert counted.sales.state().active == 2
    check(counted)


@pytest.mark.slow
def test_rebuild_names_an_order_that_it_cannot_read_and_counts_the_others(counted: CountedShop) -> None:
    unreadable, _ = counted.sell(category_line("MUG", "mugs"))
    counted.world.table.update(
        {"PK": f"ORDER#{unreadable.order_id}", "SK": "ORDER"}, "SET currency = :no", values={":no": 7}
    )
    counted.happened.clear()
    counted.sell(category_line("POT", "pots"))
    assert counted.rebuild() == 3
    check(counted)


_ACTS = st.sampled_from(["sell", "cancel", "refund", "deliver", "deliver again", "rebuild", "wait"])


@pytest.mark.slow
@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=st.lists(_ACTS, min_size=3, max_size=10), data=st.data())
def test_totals_equal_the_sums_over_the_orders(
    aws_in_memory: None, acts: list[str], data: st.DataObject
) -> None:
    """In whatever order events are delivered, how often, and whenever totals are rebuilt."""
    BackendDict.reset()
    beginning_with("empty tables", create_tables)
    clock = MovableClock()
    with clock.ticking():
        counted = CountedShop(World(), clock)
        sold: list[Order] = []
        waiting: list[Event] = []
        delivered: list[Event] = []
        for act in acts:
            match act:
                case "sell" | "cancel":
                    lines = data.draw(
                        st.lists(_LINES, min_size=1, max_size=4, unique_by=lambda each: each.sku)
                    )
                    currency = data.draw(st.sampled_from(["EUR", "JPY"]))
                    if act == "sell":
                        order, event = counted.sell(*lines, currency=currency)
                        sold.append(order)
                    else:
                        _, event = counted.cancel(*lines, currency=currency)
                    waiting.append(event)
                case "refund" if sold:
                    waiting.append(counted.refund(sold.pop()))
                case "deliver" if waiting:
                    event = waiting.pop(data.draw(st.integers(0, len(waiting) - 1)))
                    counted.deliver(event)
                    delivered.append(event)
                case "deliver again" if delivered:
                    counted.deliver(data.draw(st.sampled_from(delivered)))
                case "rebuild":
                    counted.rebuild()
                case "wait":
                    clock.move(data.draw(st.sampled_from([1, 60, 6 * 3600, 20 * 3600])))
        counted.deliver(*waiting, *delivered)
        check(counted)


_LINES = st.builds(
    category_line,
    st.sampled_from(["MUG", "POT", "MUG-RED", "BAG.1"]),
    st.sampled_from([None, "mugs", "pots"]),
    st.integers(1, 5),
    st.integers(0, 5000),
)
