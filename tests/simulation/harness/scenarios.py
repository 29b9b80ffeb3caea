"""The scenarios: what is ordered, what else happens, and how the order ends, step by step.

Together they pass through every state of the definition and every row of its Choices except those that fail
the execution. `test_trails` checks that.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile

from tests.simulation.harness.scenario_run import Scenario, ScenarioRun, Trail, late
from tests.support.injection_points import after, before

MUG, BOWL = "MUG-RED", "BOWL-BLUE"

RESERVED: Trail = (("Load order", "PENDING"), ("Reserve stock", "RESERVED"))
CONFIRMED: Trail = (*RESERVED, ("Authorise payment", "AUTHORISED"), ("Confirm order", "CONFIRMED"))
PAID_AND_BOOKED: Trail = (("Capture payment", "CAPTURED"), ("Book shipment", "BOOKED"))
COMPLETED: Trail = (*PAID_AND_BOOKED, ("Complete order", "FULFILLED"))
UNDONE: Trail = (
    ("Cancel shipment", "SETTLED"),
    ("Void or refund payment", "SETTLED"),
    ("Release stock", "SETTLED"),
)
REJECTED: Trail = (("Reject order", "REJECTING"), *UNDONE, ("Close order", "REJECTED"))
CANCELLED: Trail = (*UNDONE, ("Close order", "CANCELLED"))
TURNED_BACK: Trail = (("Turn back", "CANCELLING"), *CANCELLED)
# The order was cancelled meanwhile: a step detects this, and the order is loaded again.
FOUND_CANCELLED: Trail = (("Load order", "CANCELLING"), *CANCELLED)
CAPTURE_REFUSED: Trail = (("Capture payment", "CAPTURE_REFUSED"), ("Book shipment", "BOOKED"))


FULFILLED = Scenario("fulfilled", "FULFILLED", (*CONFIRMED, *COMPLETED))
BOOKED_FIRST = Scenario(
    "fulfilled, booked before it is paid",
    "FULFILLED",
    (*CONFIRMED, *PAID_AND_BOOKED[::-1], COMPLETED[-1]),
    booking_first=True,
)
IN_SHARDS = replace(FULFILLED, name="from several shards", lines=((MUG, 3),), stock=((MUG, 4),), shards=4)
OUT_OF_STOCK = Scenario(
    "out of stock",
    "REJECTED",
    (("Load order", "PENDING"), ("Reserve stock", "OUT_OF_STOCK"), *REJECTED),
    "OUT_OF_STOCK",
    lines=((MUG, 11),),
)
DECLINED = Scenario(
    "declined",
    "REJECTED",
    (*RESERVED, ("Authorise payment", "DECLINED"), *REJECTED),
    "PAYMENT_DECLINED",
    token="tok_declined",
)
REFUSED_AT_CAPTURE = Scenario(
    "capture refused twice",
    "CANCELLED",
    (
        *CONFIRMED,
        *CAPTURE_REFUSED,
        ("Authorise again", "AUTHORISED"),
        *CAPTURE_REFUSED,
        ("Authorise again", "CAPTURE_REFUSED"),
        *TURNED_BACK,
    ),
    "CAPTURE_REFUSED",
    token="tok_capture_refused",
)
REFUSED_BY_CARRIER = Scenario(
    "shipment refused",
    "CANCELLED",
    (*CONFIRMED, ("Capture payment", "CAPTURED"), ("Book shipment", "SHIPMENT_REFUSED"), *TURNED_BACK),
    "SHIPMENT_REFUSED",
    country="AQ",
)

SCENARIOS = (
    FULFILLED,
    BOOKED_FIRST,
    Scenario(
        "fulfilled with several lines",
        "FULFILLED",
        FULFILLED.trail,
        lines=((MUG, 2), (BOWL, 3)),
        stock=((MUG, 10), (BOWL, 3)),
    ),
    IN_SHARDS,
    OUT_OF_STOCK,
    Scenario(
        "out of stock in all shards",
        "REJECTED",
        OUT_OF_STOCK.trail,
        "OUT_OF_STOCK",
        lines=((MUG, 5),),
        stock=((MUG, 4),),
        shards=4,
    ),
    Scenario(
        "one line of two out of stock",
        "REJECTED",
        OUT_OF_STOCK.trail,
        "OUT_OF_STOCK",
        lines=((MUG, 2), (BOWL, 4)),
        stock=((MUG, 10), (BOWL, 3)),
    ),
    DECLINED,
    Scenario(
        "insufficient funds", "REJECTED", DECLINED.trail, "PAYMENT_DECLINED", token="tok_insufficient_funds"
    ),
    Scenario(
        "price changed meanwhile",
        "FULFILLED",
        FULFILLED.trail,
        meanwhile=(before("Load order"), ScenarioRun.raise_the_price),
    ),
    Scenario("answer lost", "FULFILLED", FULFILLED.trail, token="tok_timeout"),
    Scenario(
        "provider flaky",
        "FULFILLED",
        (
            *RESERVED,
            ("Authorise payment", "GatewayUnavailable"),
            ("Authorise payment", "GatewayUnavailable"),
            ("Authorise payment", "AUTHORISED"),
            ("Confirm order", "CONFIRMED"),
            *COMPLETED,
        ),
        token="tok_flaky",
    ),
    REFUSED_AT_CAPTURE,
    Scenario(
        "capture refused, then taken from another card",
        "FULFILLED",
        (*CONFIRMED, *CAPTURE_REFUSED, ("Authorise again", "AUTHORISED"), *COMPLETED),
        token="tok_capture_refused",
        meanwhile=(before("Authorise again"), ScenarioRun.switch_to_a_valid_card),
    ),
    Scenario(
        "capture refused, then declined",
        "CANCELLED",
        (*CONFIRMED, *CAPTURE_REFUSED, ("Authorise again", "DECLINED"), *TURNED_BACK),
        "PAYMENT_DECLINED",
        token="tok_capture_refused",
        meanwhile=(before("Authorise again"), ScenarioRun.switch_to_an_empty_card),
    ),
    Scenario(
        "capture refused, but the money arrived",
        "FULFILLED",
        (
            *CONFIRMED,
            *CAPTURE_REFUSED,
            ("Authorise again", "CAPTURED"),
            *COMPLETED,
        ),
        token="tok_capture_refused",
        meanwhile=(before("Authorise again"), ScenarioRun.capture_after_all),
    ),
    REFUSED_BY_CARRIER,
    Scenario(
        "shipment and capture refused",
        "CANCELLED",
        (
            *CONFIRMED,
            ("Capture payment", "CAPTURE_REFUSED"),
            ("Book shipment", "SHIPMENT_REFUSED"),
            *TURNED_BACK,
        ),
        "SHIPMENT_REFUSED",
        token="tok_capture_refused",
        country="AQ",
    ),
    Scenario(
        "cancelled before anything is taken",
        "CANCELLED",
        (("Load order", "PENDING"), ("Reserve stock", "ORDER_MOVED"), *FOUND_CANCELLED),
        "CUSTOMER_REQUEST",
        meanwhile=(after("Load order"), ScenarioRun.cancel),
    ),
    Scenario(
        "cancelled with stock held",
        "CANCELLED",
        (*RESERVED, ("Authorise payment", "ORDER_MOVED"), *FOUND_CANCELLED),
        "CUSTOMER_REQUEST",
        meanwhile=(after("Reserve stock"), ScenarioRun.cancel),
    ),
    Scenario(
        "cancelled with the payment authorised",
        "CANCELLED",
        (*CONFIRMED[:3], ("Confirm order", "ORDER_MOVED"), *FOUND_CANCELLED),
        "CUSTOMER_REQUEST",
        meanwhile=(after("Authorise payment"), ScenarioRun.cancel),
    ),
    Scenario(
        "cancelled after confirmation",
        "CANCELLED",
        (
            *CONFIRMED,
            ("Capture payment", "ORDER_MOVED"),
            ("Book shipment", "ORDER_MOVED"),
            *FOUND_CANCELLED,
        ),
        "CUSTOMER_REQUEST",
        meanwhile=(after("Confirm order"), ScenarioRun.cancel),
    ),
    Scenario(
        "cancelled with the money taken",
        "CANCELLED",
        (*CONFIRMED, ("Capture payment", "CAPTURED"), ("Book shipment", "ORDER_MOVED"), *FOUND_CANCELLED),
        "CUSTOMER_REQUEST",
        meanwhile=(after("Capture payment"), ScenarioRun.cancel),
    ),
)

# Another execution, or a late step of an abandoned one, was faster.
OVERTAKEN = (
    Scenario(
        "confirmed by a late step",
        "FULFILLED",
        (*CONFIRMED[:3], ("Confirm order", "ORDER_MOVED"), ("Load order", "CONFIRMED"), *COMPLETED),
        meanwhile=(before("Confirm order"), late("confirm_order")),
    ),
    Scenario(
        "completed by a late step",
        "FULFILLED",
        (*CONFIRMED, *PAID_AND_BOOKED, ("Complete order", "ORDER_MOVED"), ("Load order", "FULFILLED")),
        meanwhile=(before("Complete order"), late("complete_order")),
    ),
    Scenario(
        "rejected by a late step",
        "REJECTED",
        (
            *DECLINED.trail[:3],
            ("Reject order", "ORDER_MOVED"),
            ("Load order", "REJECTING"),
            *REJECTED[1:],
        ),
        "PAYMENT_DECLINED",
        token="tok_declined",
        meanwhile=(before("Reject order"), late("reject_order")),
    ),
    Scenario(
        "turned back by a late step",
        "CANCELLED",
        (*REFUSED_BY_CARRIER.trail[:6], ("Turn back", "ORDER_MOVED"), *FOUND_CANCELLED),
        "SHIPMENT_REFUSED",
        country="AQ",
        meanwhile=(before("Turn back"), late("turn_back")),
    ),
    Scenario(
        "closed by a late step",
        "REJECTED",
        (*DECLINED.trail[:-1], ("Close order", "ORDER_MOVED"), ("Load order", "REJECTED")),
        "PAYMENT_DECLINED",
        token="tok_declined",
        meanwhile=(before("Close order"), late("close_order")),
    ),
    Scenario(
        "authorised again and given up by another execution",
        "CANCELLED",
        (*CONFIRMED, *CAPTURE_REFUSED, ("Authorise again", "ORDER_MOVED"), ("Load order", "CANCELLED")),
        "CAPTURE_REFUSED",
        token="tok_capture_refused",
        meanwhile=(before("Authorise again"), ScenarioRun.drive),
    ),
)

# One scenario for each path through the states: a path need not be tested twice.
PATHS = tuple({scenario.trail: scenario for scenario in reversed(SCENARIOS)}.values())[::-1]


# For these, every interleaving of any number of executions and the customer is searched.
SEARCH_STARTS = (OUT_OF_STOCK, DECLINED, FULFILLED, REFUSED_BY_CARRIER, REFUSED_AT_CAPTURE)
# Their searches include these paths: either branch may run first, and the customer may cancel.
SEARCHED = (
    *SEARCH_STARTS,
    BOOKED_FIRST,
    *(path for path in PATHS if path.meanwhile and path.meanwhile[1] is ScenarioRun.cancel),
)


def steps(scenario: Scenario) -> Iterator[tuple[str, int]]:
    """Yields each state that the scenario passes through, with the number of the visit."""
    passed: Counter[str] = Counter()
    for state, outcome in scenario.trail:
        # A failed attempt (`GatewayUnavailable`) and the next attempt are one visit.
        if outcome.isupper():
            passed[state] += 1
            yield state, passed[state]


Step = tuple[Scenario, str, int]


def _new_steps() -> Iterator[Step]:
    """Yields the steps of each path from the last one that it shares with an earlier path."""
    for number, path in enumerate(PATHS):
        begun = max((_in_common(path, earlier) for earlier in PATHS[:number]), default=0)
        yield from ((path, *step) for step in list(steps(path))[max(begun - 1, 0) :])


def _in_common(one: Scenario, other: Scenario) -> int:
    """Returns how many steps two paths share at their beginning."""
    pairs = zip(one.trail, other.trail, strict=False)
    common = tuple(mine for mine, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return len(list(steps(replace(one, trail=common))))


# (scenario, state, visit) of every state on every path that no earlier path has passed through.
NEW_STEPS = list(_new_steps())


def step_id(step: Step) -> str:
    """Returns the name of a step in a test's id."""
    scenario, state, visit = step
    return f"{scenario}: {state}" + (f" {visit}" if visit > 1 else "")
