"""Unknown attributes, written by another tool or a later release at any time, change no journey.

Before each call of a function, every item of both tables gets attributes of every DynamoDB type, at every
depth. The journeys write items of every kind that `repositories.keys` lists.
"""

import re

import pytest

from ordering.repositories import keys
from tests.handlers.spoiling import another_tool_writes
from tests.simulation.faults.trial import BY_SLUG
from tests.support.backend import Backend
from tests.support.injection_points import InjectionPoint, When

SLUGS = (
    "fulfilled-from-several-shards",
    "fulfilled-which-makes-the-stock-low",
    "provider-away-when-it-is-driven",
    "refunded-after-it-was-fulfilled",
    "forgotten-while-the-order-is-open",
    "webhooks-of-an-order-fulfilled",
    "webhooks-to-a-receiver-that-is-gone",
    "totals-of-an-order-fulfilled-and-refunded",
)
# Written by staff, by a rebuild of totals, or after a failed execution, which no journey contains.
NOT_WRITTEN = {
    *("block", "images", "sweep of images", "last failure, end", "state of the totals"),
    *("report of a day", "mail about a report", "export", "redrive of a queue"),
    *("connection", "the same, of an operator", "last announcement of an order"),
}

_ROW = re.compile(
    r"^\| (?P<kind>[a-z, ]+?) *\| `(?P<partition>[^`]+)` *\| `(?P<sort>[^`]+)` *\|$", re.MULTILINE
)


def kinds() -> dict[str, re.Pattern[str]]:
    """Returns kind → the form of its keys (`<PK>/<SK>`), from the table in the description of `keys`."""

    def form(described: str) -> str:
        return re.sub("<[^>]+>", ".*", described)

    return {
        row["kind"]: re.compile(f"{form(row['partition'])}/{form(row['sort'])}")
        for row in _ROW.finditer(str(keys.__doc__))
    }


def before_a_function(point: InjectionPoint) -> bool:
    return point.call is None and point.when is When.BEFORE


@pytest.mark.slow
@pytest.mark.parametrize("slug", SLUGS)
def test_unknown_attributes_of_any_type_change_no_journey(slug: str, shop: Backend) -> None:
    journey = BY_SLUG[slug]
    journey.begin(shop)
    writes = shop.calls.at(before_a_function, another_tool_writes, times=None)
    journey.go(shop)
    assert tuple(journey.violations(shop)) == ()
    assert writes.fired > 10


@pytest.mark.slow
def test_journeys_with_unknown_attributes_write_every_kind_of_item(shop: Backend) -> None:
    written: set[str] = set()
    for slug in SLUGS:
        BY_SLUG[slug].begin(shop)
        before = {keys.text(item) for item in shop.world.items()}
        BY_SLUG[slug].go(shop)
        images = [image for change in shop.stream.changes for image in change if image]
        written |= before | {keys.text({name: image[name]["S"] for name in ("PK", "SK")}) for image in images}
    all_kinds = kinds()
    assert len(all_kinds) > 20
    unwritten = {kind for kind, form in all_kinds.items() if not any(map(form.fullmatch, written))}
    assert unwritten == NOT_WRITTEN
