"""Schemathesis generates valid and invalid requests from the served description, and checks each response.

Every check is active. Findings that are not failures are listed in `tests.e2e.fuzzing.limits`, each with its
reason. `make fuzz` runs it for longer, or with another seed.
"""

import os
from uuid import uuid4

import pytest

from ordering.domain.order import MAX_LINES
from ordering.http.routes import GET_OPENAPI, ROUTES
from tests.e2e.fuzzing.run import PHASES, Fuzzing, Outcome, fuzz
from tests.e2e.routes import ALL_SCOPES
from tests.e2e.shop import Customer, Shop

SEED = int(os.environ.get("FUZZING_SEED", "20261121"))
EXAMPLES = int(os.environ.get("FUZZING_EXAMPLES", "10"))

# The links that a run must follow: from placing an order to reading and to cancelling it.
REQUIRED_LINKS = frozenset(
    {
        "POST /orders -> [202] readOrder -> GET /orders/{orderId}",
        "POST /orders -> [202] cancelOrder -> POST /orders/{orderId}/cancel",
    }
)


@pytest.fixture(scope="module")
def outcome(shop: Shop, report: list[str], tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    caller = shop.customer("fuzzing", " ".join(ALL_SCOPES))
    caller.client.put_profile("fuzzing@example.com")
    # The other customer is not an administrator, and must not see any data of the caller.
    identities = {"the caller": caller.token, "the other": shop.customer("other").token}
    found = fuzz(
        Fuzzing(
            api=shop.instance.api,
            identities=identities,
            sold=_stocked(shop),
            seed=SEED,
            examples=EXAMPLES,
            folder=tmp_path_factory.mktemp("fuzzing"),
        ),
        required_links=REQUIRED_LINKS,
    )
    _remove_webhooks(shop, caller)
    report.append(f"Schemathesis: {found}; seed {SEED}, {EXAMPLES} examples")
    report.extend(f"  passed over {number} × {name}" for name, number in sorted(found.passed_over.items()))
    return found


def _remove_webhooks(shop: Shop, caller: Customer) -> None:
    """Remove the endpoints of the run. Their receivers do not exist, so deliveries would be retried."""
    for webhook in caller.client.list_webhooks().webhooks:
        caller.client.delete_webhook(webhook.webhook_id)
    shop.messages.purge("WebhookDeliveriesQueueUrl")


def _stocked(shop: Shop) -> list[str]:
    """A product for each line of an order. They sort last, because scenarios delete the first products."""
    skus = [f"zz-{uuid4().hex[:8]}" for _ in range(MAX_LINES)]
    # MUG-RED is the product of the description's examples.
    for sku in ("MUG-RED", *skus):
        shop.stock(sku, units=1_000)
    return skus


def test_every_response_matches_the_description(outcome: Outcome) -> None:
    assert outcome.passed, outcome.output


def test_every_operation_is_called(outcome: Outcome) -> None:
    """Except the one that serves the description: Schemathesis itself leaves it out."""
    assert (
        outcome.tested == outcome.operations == len([route for route in ROUTES if route is not GET_OPENAPI])
    )
    assert outcome.phases == frozenset(PHASES)
    assert outcome.cases > 0


def test_placed_orders_are_read_and_cancelled(outcome: Outcome) -> None:
    assert outcome.links >= REQUIRED_LINKS
