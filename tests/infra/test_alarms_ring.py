"""Each alarm is raised in the situation that its text describes, and in no other.

What AWS measures in a situation is in `documented.py`, with the page that says so. What the sweep measures is
what it really writes.
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import boto3
import pytest

from ordering.domain.clock import ago, milliseconds, now
from ordering.domain.measurements import Figure
from ordering.domain.order import CustomerId, OrderFault
from ordering.domain.product import Sku
from ordering.providers.faults import GatewayUnavailable
from ordering.repositories.keys import customer_keys, order_keys, product_keys
from ordering.resilience import circuit
from ordering.resilience.circuit import PAYMENTS
from stacks.api import THROTTLED_REQUESTS
from tests.handlers.scheduled.sweeping import closed_but_owing
from tests.infra import documented
from tests.infra.alarms import alarms, composite_rings, composites, rings
from tests.infra.documented import Measured
from tests.infra.switches import turned
from tests.support.fresh_modules import load_anew
from tests.support.orders import overwrite
from tests.support.world import Context, World
from tests.synth import Json, Synthesised

SWEEP = "lambdas.scheduled.reconcile_orders"


class Situation(NamedTuple):
    """What is measured in a period while all is well, and while the alarm's text is true."""

    well: Measured
    wrong: Measured


def _dead_letters(alarm: Json) -> Situation:
    return Situation(documented.queue(), documented.queue(waiting=1))


def _work(alarm: Json) -> Situation:
    """A burst that is processed in time raises no alarm; a consumer that does not run raises one."""
    return Situation(
        documented.queue(waiting=10_000, oldest_seconds=60),
        documented.queue(waiting=1, oldest_seconds=alarm["Threshold"] + 1),
    )


ON_AWS: Mapping[str, Situation] = {
    "ExecutionsNotSucceeding": Situation(
        documented.machine(started=100, failed=5), documented.machine(started=100, failed=6, timed_out=5)
    ),
    "ChangesPublishedLate": Situation(
        documented.function(iterator_age_milliseconds=4_000),
        documented.function(iterator_age_milliseconds=6 * 60_000),
    ),
    "PublishingFails": Situation(documented.function(), documented.function(errors=1)),
    "ChangesGivenUp": Situation(documented.stream_mapping(), documented.stream_mapping(given_up=3)),
    "ChangesDropped": Situation(
        documented.stream_mapping(given_up=3),
        documented.stream_mapping(given_up=3, kept_by_destination=False),
    ),
    "CursorSecretNotRotated": Situation(documented.function(), documented.function(errors=1)),
    "ImageSweepFails": Situation(documented.function(), documented.function(errors=1)),
    "ApiFaults": Situation(documented.http_api(faults=5), documented.http_api(faults=6)),
    "ApiSlow": Situation(
        documented.http_api(p99_milliseconds=2_500), documented.http_api(p99_milliseconds=3_100)
    ),
    "RealtimeFaults": Situation(
        documented.websocket_api(failed_calls=3, error_responses=2),
        documented.websocket_api(failed_calls=4, error_responses=2),
    ),
    # Of the metric filter: it has no point for a request that was not refused.
    "RequestsThrottled": Situation({THROTTLED_REQUESTS: 100}, {THROTTLED_REQUESTS: 101}),
    "EdgeFaults": Situation(
        documented.distribution(fault_percent=4.9), documented.distribution(fault_percent=5.1)
    ),
    "EdgeFunctionFails": Situation(documented.viewer_function(), documented.viewer_function(errors=1)),
    "WebFaults": Situation(
        documented.distribution(fault_percent=4.9), documented.distribution(fault_percent=5.1)
    ),
    "WebFunctionFails": Situation(documented.viewer_function(), documented.viewer_function(errors=1)),
    "WebApiFunctionFails": Situation(documented.viewer_function(), documented.viewer_function(errors=1)),
    "TableThrottled": Situation(documented.table(), documented.table(throttled_writes=1)),
    "FunctionsThrottled": Situation(documented.account(), documented.account(throttles=1)),
    "ConcurrencyNearQuota": Situation(documented.account(claimed=700), documented.account(claimed=701)),
    "HighValueOrdersNotReceived": Situation(documented.topic(), documented.topic(failed=1)),
    "BackupsFailed": Situation(documented.backup_vault(), documented.backup_vault(expired=1)),
    # "Creating reputation monitoring alarms using CloudWatch".
    # What the canary writes in each period: see `tests/simulation/path/test_canary.py`.
    "CanaryOrdersFail": Situation({"CanaryOrdersFailed": 0}, {"CanaryOrdersFailed": 1}),
    "MailBounces": Situation({"Reputation.BounceRate": 0.049}, {"Reputation.BounceRate": 0.05}),
    "MailComplaints": Situation({"Reputation.ComplaintRate": 0.0009}, {"Reputation.ComplaintRate": 0.001}),
}
BY_KIND: Mapping[str, Callable[[Json], Situation]] = {
    "ApproximateNumberOfMessagesVisible": _dead_letters,
    "ApproximateAgeOfOldestMessage": _work,
}


def _requests(burn_rate: float) -> Situation:
    """Of a hundred thousand requests, a hundred may fail."""
    allowed = round(100 * burn_rate)
    return Situation(
        documented.http_api(requests=100_000, faults=allowed),
        documented.http_api(requests=100_000, faults=allowed + 1),
    )


def _orders(burn_rate: float) -> Situation:
    """Of ten thousand orders, a hundred may take longer than a minute."""
    late = round(100 * burn_rate)
    return Situation(_ended(10_000, late=late), _ended(10_000, late=late + 1))


def _ended(orders: int, *, late: int) -> Measured:
    name = Figure.ENDED_IN_TIME.value
    return {f"{name} SampleCount": orders, f"{name} Sum": orders - late}


OF_OBJECTIVES: Mapping[str, Callable[[float], Situation]] = {
    "ApiErrorBudgetBurns": _requests,
    "OrderTimeBudgetBurns": _orders,
}
"""composite alarm → what is measured in each of its windows, at a burn rate."""


@pytest.fixture(scope="module")
def every_alarm() -> dict[str, Json]:
    """Stage dev with everything that has alarms."""
    return alarms(_app()) | alarms(turned("dev", "customer key"))


def _app() -> Synthesised:
    return turned("dev", "mail, backups, canary")


def _situation(name: str, alarm: Json) -> Situation | None:
    if kind := BY_KIND.get(alarm.get("MetricName", "")):
        return kind(alarm)
    objective = next((id for id in OF_OBJECTIVES if name.startswith(id)), None)
    return OF_OBJECTIVES[objective](alarm["Threshold"]) if objective else ON_AWS.get(name)


def _rings(alarm: Json, measured: Measured) -> bool:
    return rings(alarm, [measured] * alarm["EvaluationPeriods"])


def test_alarm_on_an_aws_metric_is_raised_only_in_its_situation(every_alarm: dict[str, Json]) -> None:
    for name, alarm in every_alarm.items():
        if situation := _situation(name, alarm):
            assert _rings(alarm, situation.wrong), f"{name} never rings"
            assert not _rings(alarm, situation.well), f"{name} rings while all is well"


@pytest.mark.parametrize("objective", OF_OBJECTIVES)
@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        (("Hour", "FiveMinutes"), True),
        (("SixHours", "HalfHour"), True),
        (("Hour",), False),
        (("FiveMinutes",), False),
        (("SixHours", "Hour"), False),
        (("HalfHour", "FiveMinutes"), False),
        (("Hour", "HalfHour"), False),
        ((), False),
    ],
    ids=str,
)
def test_objective_rings_while_a_long_and_its_short_window_burn(
    objective: str, windows: tuple[str, ...], expected: bool
) -> None:
    """The short window alone is a blip; the long one alone is over."""
    composite = composites(_app())[objective]
    assert composite_rings(composite, {f"{objective}{window}" for window in windows}) is expected


@pytest.mark.parametrize("objective", OF_OBJECTIVES)
def test_windows_of_an_objective_burn_as_the_workbook_says(
    objective: str, every_alarm: dict[str, Json]
) -> None:
    """ "Alerting on SLOs", table "Recommended parameters for an SLO-based alerting configuration"."""
    found = {
        name.removeprefix(objective): (
            {query["MetricStat"]["Period"] for query in alarm["Metrics"] if "MetricStat" in query},
            alarm["Threshold"],
            alarm["EvaluationPeriods"],
        )
        for name, alarm in every_alarm.items()
        if name.startswith(objective)
    }
    assert found == {
        "Hour": ({3600}, 14.4, 1),
        "FiveMinutes": ({300}, 14.4, 1),
        "SixHours": ({6 * 3600}, 6, 1),
        "HalfHour": ({1800}, 6, 1),
    }


def test_a_few_bad_events_of_a_quiet_stage_burn_no_budget(every_alarm: dict[str, Json]) -> None:
    few: Mapping[str, Measured] = {
        "ApiErrorBudgetBurns": documented.http_api(requests=5, faults=4),
        "OrderTimeBudgetBurns": _ended(5, late=4),
    }
    for name, alarm in every_alarm.items():
        for objective, measured in few.items():
            if name.startswith(objective):
                assert not _rings(alarm, measured), name


def test_no_alarm_is_without_a_situation(every_alarm: dict[str, Json]) -> None:
    untried = {name for name, alarm in every_alarm.items() if _situation(name, alarm) is None}
    assert untried == OF_THE_SWEEP.keys() | {"SweepNotRunning", "UnreadableRecords"}


def test_metric_without_data_points_raises_no_alarm(every_alarm: dict[str, Json]) -> None:
    for name, alarm in every_alarm.items():
        assert _rings(alarm, {}) == (name in ("SweepNotRunning", "CanaryOrdersFail")), name


def test_one_failed_canary_order_raises_no_alarm(every_alarm: dict[str, Json]) -> None:
    alarm = every_alarm["CanaryOrdersFail"]
    failed, ended = {"CanaryOrdersFailed": 1}, {"CanaryOrdersFailed": 0}
    assert not rings(alarm, [failed, ended])
    assert not rings(alarm, [ended, failed])
    assert rings(alarm, [failed, {}])


# More than a circuit needs to open.
_FAILURES = 30

Sweep = Any
"""The module `reconcile_orders`."""


@pytest.fixture
def sweep(world: World, monkeypatch: pytest.MonkeyPatch) -> Sweep:
    """The sweep, loaded anew, as a new function."""
    boto3.client("sqs").create_queue(QueueName="orders")
    return load_anew(SWEEP, monkeypatch)


@pytest.fixture
def measure(sweep: Sweep, capsys: pytest.CaptureFixture[str]) -> Callable[[], Measured]:
    """Run the sweep, and return what it wrote for CloudWatch to make metrics of."""

    def run() -> Measured:
        capsys.readouterr()
        sweep.handler({}, Context())
        (line,) = [line for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
        written: dict[str, Any] = json.loads(line)
        return {
            metric["Name"]: _one(written[metric["Name"]])
            for directive in written["_aws"]["CloudWatchMetrics"]
            for metric in directive["Metrics"]
        }

    return run


def _one(value: Any) -> float:
    (only,) = value if isinstance(value, list) else [value]
    return float(only)


def _parked(world: World, sweep: Sweep) -> None:
    order_id = world.stocked().place_order()
    fault = OrderFault(at=now(), cause="its own")
    sweep.sweep.note_fault(order_id, fault, nudged_at=now())
    assert sweep.sweep.park(order_id, fault, at=now())


def _provider_is_away(world: World, sweep: Sweep) -> None:
    """Twenty different orders have failed in a row at the provider of payments."""
    for number in range(_FAILURES):
        sweep.health.change(
            PAYMENTS,
            lambda before, number=number: circuit.failed(before, f"order-{number}", milliseconds(), 0.5),
        )


def _stands_still(world: World, sweep: Sweep) -> None:
    order_id = world.stocked().place_order()
    world.table.update(
        order_keys.order(order_id), "SET GSI2SK = :at, updatedAt = :at", values={":at": ago(hours=2)}
    )


def _owes(world: World, sweep: Sweep) -> None:
    """An order that has ended, with a payment that the provider does not void."""
    closed_but_owing(world.stocked())

    def refuses(payment_id: str) -> None:
        raise GatewayUnavailable

    sweep.gateway.void = refuses


def _removal_stands_still(world: World, sweep: Sweep) -> None:
    """A removal that was requested hours ago and makes no progress."""
    customer_id = CustomerId("0" * 32)
    sweep.removals.ask(customer_id)
    long_ago = ago(hours=7)
    overwrite(
        world,
        customer_keys.removal(customer_id),
        askedAt=long_ago,
        begunAt=long_ago,
        until=long_ago,
        GSI2SK=long_ago,
    )
    sweep.removals.resume = lambda removal, there_is_time: False


OF_THE_SWEEP: Mapping[str, Callable[[World, Sweep], None]] = {
    "OrdersParked": _parked,
    "OrdersStandStill": _stands_still,
    "OrdersWaiting": _provider_is_away,
    "PaymentsNotSettled": _owes,
    "RemovalsStandStill": _removal_stands_still,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_THE_SWEEP)
def test_alarm_on_a_sweep_metric_is_raised_only_in_its_situation(
    name: str, world: World, sweep: Sweep, measure: Callable[[], Measured], every_alarm: dict[str, Json]
) -> None:
    alarm = every_alarm[name]
    well = measure()[alarm["MetricName"]]
    OF_THE_SWEEP[name](world, sweep)
    # Parked orders are counted by the sweep that parks them or by the next.
    wrong = max(measure()[alarm["MetricName"]], measure()[alarm["MetricName"]])
    assert _rings(alarm, {alarm["MetricName"]: wrong})
    assert not _rings(alarm, {alarm["MetricName"]: well})


def test_only_an_unreadable_record_raises_its_alarm(
    world: World, capsys: pytest.CaptureFixture[str], every_alarm: dict[str, Json]
) -> None:
    """Any function reports it; here a function of the API."""
    alarm = every_alarm["UnreadableRecords"]
    world.stocked()
    read = partial(world.api, "get_product", "GET /products/{sku}", path={"sku": "MUG-RED"})

    def measured() -> Measured:
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
        name = alarm["MetricName"]
        return {name: sum(_one(line[name]) for line in lines)} if lines else {}

    capsys.readouterr()
    assert read().status == 200
    assert not _rings(alarm, measured())
    overwrite(world, product_keys.product(Sku("MUG-RED")), name=7)
    assert read().status == 500
    assert _rings(alarm, measured())


def test_alarm_is_raised_when_the_sweep_writes_no_metrics(
    measure: Callable[[], Measured], every_alarm: dict[str, Json]
) -> None:
    """A sweep that runs to its end leaves a sample of each of its metrics; one that does not leaves none."""
    alarm = every_alarm["SweepNotRunning"]
    assert alarm["MetricName"] in measure()
    assert alarm["Statistic"] == "SampleCount"
    assert not _rings(alarm, {alarm["MetricName"]: 1})
    assert _rings(alarm, {})
