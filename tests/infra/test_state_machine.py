"""The saga's definition as it is deployed: its shape, and that its times fit inside each other."""

import inspect
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from ordering.aws import saga_client
from stacks.state_machine import HANDLERS
from tests.synth import PROJECT, Json, Synthesised, states, synthesised, synthesised_state_machine


@pytest.fixture
def definition() -> Json:
    return synthesised_state_machine().definition


def _of_type(definition: Json, type: str) -> dict[str, Json]:
    return {name: state for name, state in states(definition) if state["Type"] == type}


def test_each_state_calls_the_handler_of_the_table() -> None:
    assert synthesised_state_machine().handlers == HANDLERS


def test_each_handler_of_the_folder_serves_one_state() -> None:
    files = {path.stem for path in (PROJECT / "lambdas" / "saga").glob("*.py")} - {"__init__"}
    assert sorted(HANDLERS.values()) == sorted(files)


def test_every_choice_has_a_default_and_it_fails(definition: Json) -> None:
    choices = _of_type(definition, "Choice")
    assert len(choices) == 10
    for name, choice in choices.items():
        assert definition["States"][choice["Default"]]["Type"] == "Fail", name


def test_every_task_has_one_retry_with_back_off_and_jitter(definition: Json) -> None:
    for name, task in _of_type(definition, "Task").items():
        (retry,) = task["Retry"]
        assert retry["ErrorEquals"] == ["States.ALL"], name
        assert retry["JitterStrategy"] == "FULL", name
        assert retry["BackoffRate"] > 1, name


def test_nothing_is_caught_by_an_errors_name(definition: Json) -> None:
    for name, state in states(definition):
        for rule in (*state.get("Retry", ()), *state.get("Catch", ())):
            assert rule["ErrorEquals"] == ["States.ALL"], name


def test_only_compensation_continues_after_a_fault_and_skips_nothing(definition: Json) -> None:
    caught = {
        name: (state["Next"], [catch["Next"] for catch in state["Catch"]])
        for name, state in states(definition)
        if "Catch" in state
    }
    assert caught == {
        "Cancel shipment": ("Void or refund payment", ["Void or refund payment"]),
        "Void or refund payment": ("Release stock", ["Release stock"]),
        "Release stock": ("Close order", ["Close order"]),
    }


def test_fault_keeps_the_order_id_in_the_state(definition: Json) -> None:
    for _, state in states(definition):
        for catch in state.get("Catch", ()):
            assert catch["ResultPath"] == "$.fault"


def test_task_gets_the_whole_state_and_returns_the_next(definition: Json) -> None:
    for name, task in _of_type(definition, "Task").items():
        assert task["Parameters"]["Payload.$"] == "$", name
        assert task["OutputPath"] == "$.Payload", name


def test_every_state_can_be_reached_and_every_next_exists(definition: Json) -> None:
    named = set(definition["States"])
    reached, ahead = set(), [definition["StartAt"]]
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead.extend(_next(definition["States"][name]))
    assert reached == named


# The whole table of outcomes, once more and by hand: (state asked, outcome, state it leads to).
ROUTES = [
    ("Where does it stand?", "PENDING", "Reserve stock"),
    ("Where does it stand?", "CONFIRMED", "Fulfil"),
    ("Where does it stand?", "REJECTING", "Cancel shipment"),
    ("Where does it stand?", "CANCELLING", "Cancel shipment"),
    ("Where does it stand?", "FULFILLED", "Ended"),
    ("Where does it stand?", "REJECTED", "Ended"),
    ("Where does it stand?", "CANCELLED", "Ended"),
    ("Where does it stand?", "KEEPS_MOVING", "Order keeps moving"),
    ("Where does it stand?", "NOT_FOUND", "No such order"),
    ("Reserved?", "RESERVED", "Authorise payment"),
    ("Reserved?", "OUT_OF_STOCK", "Reject order"),
    ("Reserved?", "ORDER_MOVED", "Load order"),
    ("Authorised?", "AUTHORISED", "Confirm order"),
    ("Authorised?", "DECLINED", "Reject order"),
    ("Authorised?", "ORDER_MOVED", "Load order"),
    ("Confirmed?", "CONFIRMED", "Fulfil"),
    ("Confirmed?", "ORDER_MOVED", "Load order"),
    ("Authorised again?", "AUTHORISED", "Fulfil"),
    ("Authorised again?", "CAPTURED", "Fulfil"),
    ("Authorised again?", "DECLINED", "Turn back"),
    ("Authorised again?", "CAPTURE_REFUSED", "Turn back"),
    ("Authorised again?", "ORDER_MOVED", "Load order"),
    ("Completed?", "FULFILLED", "Ended"),
    ("Completed?", "ORDER_MOVED", "Load order"),
    ("Rejecting?", "REJECTING", "Cancel shipment"),
    ("Rejecting?", "ORDER_MOVED", "Load order"),
    ("Cancelling?", "CANCELLING", "Cancel shipment"),
    ("Cancelling?", "ORDER_MOVED", "Load order"),
    ("Closed?", "REJECTED", "Ended"),
    ("Closed?", "CANCELLED", "Ended"),
    ("Closed?", "ORDER_MOVED", "Load order"),
]


def _matches(rule: Json, data: Json) -> bool:
    if "And" in rule:
        return all(_matches(part, data) for part in rule["And"])
    return bool(data[rule["Variable"].removeprefix("$.")] == rule["StringEquals"])


def _chosen(choice: Json, data: Json) -> str:
    found = (rule["Next"] for rule in choice["Choices"] if _matches(rule, data))
    return str(next(found, choice["Default"]))


def test_each_outcome_leads_where_the_table_says_and_there_is_no_other(definition: Json) -> None:
    deployed = [
        (name, rule["StringEquals"], rule["Next"])
        for name, choice in _of_type(definition, "Choice").items()
        if name != "Both done?"
        for rule in choice["Choices"]
    ]
    assert sorted(deployed) == sorted(ROUTES)


@pytest.mark.parametrize(
    ("capture", "booking", "next"),
    [
        ("CAPTURED", "BOOKED", "Complete order"),
        ("CAPTURED", "SHIPMENT_REFUSED", "Turn back"),
        ("CAPTURE_REFUSED", "BOOKED", "Authorise again"),
        ("CAPTURE_REFUSED", "SHIPMENT_REFUSED", "Turn back"),
        ("ORDER_MOVED", "BOOKED", "Load order"),
        ("CAPTURED", "ORDER_MOVED", "Load order"),
        ("ORDER_MOVED", "SHIPMENT_REFUSED", "Load order"),
        ("CAPTURE_REFUSED", "ORDER_MOVED", "Load order"),
        ("ORDER_MOVED", "ORDER_MOVED", "Load order"),
        ("SOMETHING", "BOOKED", "Unknown outcome"),
    ],
)
def test_next_state_depends_on_both_outcomes_of_the_fulfilment(
    capture: str, booking: str, next: str, definition: Json
) -> None:
    choice = definition["States"]["Both done?"]
    assert _chosen(choice, {"capture": capture, "booking": booking}) == next


# ── times ───────────────────────────────────────────────────────────────────────────────────────────


def _next(state: Json) -> list[str]:
    rules = [*state.get("Choices", ()), *state.get("Catch", ()), state]
    return [rule["Next"] for rule in rules if "Next" in rule] + [state[k] for k in ("Default",) if k in state]


def _delays(task: Json) -> float:
    """Seconds of waiting between all of a task's attempts; jitter only shortens them."""
    (retry,) = task["Retry"]
    first, rate, longest = retry["IntervalSeconds"], retry["BackoffRate"], retry["MaxDelaySeconds"]
    waits = (min(first * rate**attempt, longest) for attempt in range(retry["MaxAttempts"]))
    return float(sum(waits))


def _attempts(task: Json) -> float:
    """Seconds that a task's attempts take when each of them hangs until its time-out."""
    (retry,) = task["Retry"]
    return float(task["TimeoutSeconds"] * (1 + retry["MaxAttempts"]))


def _tasks(state: Json) -> Iterator[Json]:
    if state["Type"] == "Task":
        yield state
    for branch in state.get("Branches", ()):
        yield from (task for _, task in states(branch))


def _longest_wait(definition: Json) -> float:
    """Seconds of waiting on the longest way through that passes no state twice, every retry used up."""

    @cache
    def wait(name: str) -> float:
        # Branches run beside each other: the longer one counts.
        return max((_delays(task) for task in _tasks(definition["States"][name])), default=0.0)

    def longest(name: str, passed: frozenset[str]) -> float:
        ahead = [n for n in _next(definition["States"][name]) if n not in passed]
        return wait(name) + max((longest(n, passed | {n}) for n in ahead), default=0.0)

    return longest(definition["StartAt"], frozenset({definition["StartAt"]}))


def test_a_state_that_hangs_at_every_attempt_ends_within_the_machines_time(definition: Json) -> None:
    for _, state in states(definition):
        for task in _tasks(state):
            assert _attempts(task) + _delays(task) <= definition["TimeoutSeconds"]


def test_one_state_may_hang_throughout_while_every_other_uses_up_its_retries(definition: Json) -> None:
    hanging = max(_attempts(task) for _, state in states(definition) for task in _tasks(state))
    assert hanging + _longest_wait(definition) <= definition["TimeoutSeconds"]


def test_task_time_out_equals_the_time_out_of_its_function(dev: Synthesised, definition: Json) -> None:
    for name, task in _of_type(definition, "Task").items():
        assert task["TimeoutSeconds"] == dev.function(HANDLERS[name]).properties["Timeout"] == 15


def test_each_waits_longer_than_what_it_waits_for(dev: Synthesised, definition: Json) -> None:
    waits = inspect.getattr_static(saga_client, "_PATIENT")
    function = dev.function("drive_order").properties["Timeout"]
    queue = next(
        r.properties["VisibilityTimeout"] for r in dev.resources("AWS::SQS::Queue") if r.id[:-8] == "Orders"
    )
    assert definition["TimeoutSeconds"] == 120
    assert definition["TimeoutSeconds"] < waits.read_timeout < function
    assert 6 * function <= queue
    # botocore notes its default mode beside it once a client has been made of it.
    assert waits.retries
    assert waits.retries["total_max_attempts"] == 1


def test_the_machine_is_express_and_traced(app: Synthesised) -> None:
    machine = app.one("AWS::StepFunctions::StateMachine").properties
    assert machine["StateMachineType"] == "EXPRESS"
    assert machine["TracingConfiguration"] == {"Enabled": True}


def _execution_logs() -> dict[str, Any]:
    return {
        stage: synthesised(stage).one("AWS::StepFunctions::StateMachine").properties["LoggingConfiguration"]
        for stage in ("local", "dev", "staging", "prod")
    }


def test_executions_are_logged_in_whole_only_where_few_orders_are_placed() -> None:
    assert {stage: log["Level"] for stage, log in _execution_logs().items()} == {
        "local": "ALL",
        "dev": "ALL",
        "staging": "ERROR",
        "prod": "ERROR",
    }


def test_execution_data_is_not_logged_in_staging_and_production() -> None:
    logged = _execution_logs()
    assert {stage: log["IncludeExecutionData"] for stage, log in logged.items()} == {
        "local": True,
        "dev": True,
        "staging": False,
        "prod": False,
    }
