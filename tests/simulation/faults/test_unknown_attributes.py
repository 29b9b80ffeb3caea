"""Unknown attributes, written by another tool or a later release at any time, change no journey.

Before each call of a function, every item of both tables gets attributes of every DynamoDB type, at every
depth. The journeys write items of every kind that `repositories.keys` lists, but those of `SELDOM`, which are
read in `tests/handlers/test_unknown_attributes.py`.
"""

import pytest

from ordering.repositories import keys
from tests.handlers.seldom_items import SELDOM
from tests.handlers.spoiling import another_tool_writes
from tests.simulation.faults.trial import BY_SLUG
from tests.support.backend import Backend
from tests.support.injection_points import InjectionPoint, When
from tests.support.item_kinds import kinds

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
    assert unwritten == SELDOM.keys()
