"""Canary orders after a deployment: `make smoke`."""

import io
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from stacks.settings import STAGES, Canary
from tools.smoke import smoke

AT = datetime(2026, 11, 29, 12, 1, tzinfo=UTC)
STAGING = replace(STAGES["staging"], canary=Canary())


@dataclass
class Account:
    """A deployed stage as the SDK shows it, whose canary returns `result`."""

    result: Any = field(default_factory=lambda: {"outcome": "ENDED"})
    cancelled: Any = field(default_factory=lambda: {"outcome": "ENDED"})
    """What the canary returns for an order that it cancels."""
    error: str | None = None
    functions: tuple[str, ...] = ("GetOrder1A2B3C4D", "PlaceCanaryOrder1A2B3C4D")
    invoked: list[dict[str, Any]] = field(default_factory=list)

    def client(self, service: str) -> Any:
        """A client with the calls that are made."""
        return {
            "cloudformation": SimpleNamespace(
                get_paginator=lambda name: SimpleNamespace(paginate=self._resources)
            ),
            "lambda": SimpleNamespace(invoke=self._invoke),
        }[service]

    def _resources(self, StackName: str) -> list[dict[str, Any]]:
        assert StackName == "orders-staging-api"
        resources = [
            {
                "ResourceType": kind,
                "LogicalResourceId": f"{name}{suffix}",
                "PhysicalResourceId": f"{StackName}-{name}{suffix}",
            }
            for name in self.functions
            for kind, suffix in (("AWS::IAM::Role", "Role"), ("AWS::Lambda::Function", ""))
        ]
        # A page each.
        return [{"StackResourceSummaries": [each]} for each in resources]

    def _invoke(self, FunctionName: str, Payload: str) -> dict[str, Any]:
        event = json.loads(Payload)
        self.invoked.append({"name": FunctionName, **event})
        failed = {"FunctionError": self.error} if self.error else {}
        result = self.cancelled if event.get("cancel") else self.result
        return {"Payload": io.BytesIO(json.dumps(result).encode()), **failed}


def test_an_order_is_placed_and_another_one_cancelled_by_the_version_that_serves() -> None:
    account = Account()
    said, good = smoke(STAGING, account.client, at=AT)
    assert good
    assert said == "two canary orders were placed and one of them cancelled, and both ended as they should"
    placed = {
        "name": "orders-staging-api-PlaceCanaryOrder1A2B3C4D:live",
        "scheduledAt": "2026-11-29T12:01:00Z",
    }
    assert account.invoked == [placed, {**placed, "cancel": True}]


@pytest.mark.parametrize(
    ("account", "said"),
    [
        (Account(cancelled={"outcome": "FAILED"}), "the canary order that is cancelled did not end"),
        (Account(result={"outcome": "FAILED"}), "the log of orders-staging-api-PlaceCanaryOrder1A2B3C4D has"),
        (Account(result=None), "did not end as it should"),
        (Account(result={"errorMessage": "timed out"}, error="Unhandled"), "the canary failed: "),
        (Account(functions=("GetOrder1A2B3C4D",)), "orders-staging-api has no canary yet: deploy"),
    ],
    ids=["failed when cancelled", "failed", "no outcome", "function error", "not deployed"],
)
def test_order_that_does_not_end_fails_the_deployment(account: Account, said: str) -> None:
    found, good = smoke(STAGING, account.client, at=AT)
    assert not good
    assert said in found


def test_stage_without_a_canary_is_not_tried() -> None:
    account = Account()
    assert smoke(replace(STAGING, canary=None), account.client, at=AT) == (
        "stage staging has no canary, so no order was placed",
        True,
    )
    assert account.invoked == []
