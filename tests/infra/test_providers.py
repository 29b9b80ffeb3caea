"""Providers of payment and shipping are named in one place: the settings."""

import json
import sys
from dataclasses import replace
from types import ModuleType, SimpleNamespace

import pytest

from ordering.providers import payment_gateway, shipping_gateway
from stacks.access import RECONCILE_ORDERS, STEP_ACCESS
from stacks.settings import STAGES, Provider
from tests.synth import Json, Synthesised, synthesised_with

PAYMENTS = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:payments-AbCdEf"
SHIPPING = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shipping-AbCdEf"
CALLERS = {**STEP_ACCESS, "reconcile_orders": RECONCILE_ORDERS}


@pytest.fixture(scope="module")
def real() -> Synthesised:
    """Stage dev with providers that are no sandbox."""
    return synthesised_with(
        replace(
            STAGES["dev"],
            payments=Provider("acme.payments", PAYMENTS),
            shipping=Provider("acme.shipping", SHIPPING),
        ),
        checks=False,
    )


def _allowed(app: Synthesised, handler: str) -> list[Json]:
    function = app.function(handler)
    role = function.properties["Role"]["Fn::GetAtt"][0]
    (statements,) = (
        r.properties["PolicyDocument"]["Statement"]
        for r in app.resources("AWS::IAM::Policy")
        if r.stack == function.stack and {"Ref": role} in r.properties["Roles"]
    )
    return list(statements)


@pytest.mark.parametrize("handler", sorted(CALLERS))
def test_only_callers_of_a_provider_get_its_module_and_secret(handler: str, real: Synthesised) -> None:
    access = CALLERS[handler]
    variables = real.function(handler).properties["Environment"]["Variables"]
    assert variables.get("PAYMENTS_PROVIDER") == ("acme.payments" if access.payments else None)
    assert variables.get("PAYMENTS_SECRET_ARN") == (PAYMENTS if access.payments else None)
    assert variables.get("SHIPPING_PROVIDER") == ("acme.shipping" if access.shipping else None)
    assert variables.get("SHIPPING_SECRET_ARN") == (SHIPPING if access.shipping else None)
    secrets = [
        s["Resource"] for s in _allowed(real, handler) if s["Action"] == "secretsmanager:GetSecretValue"
    ]
    expected = ([PAYMENTS] if access.payments else []) + ([SHIPPING] if access.shipping else [])
    assert secrets == expected
    assert "SANDBOX_TABLE_NAME" not in variables
    assert "Sandbox" not in json.dumps(_allowed(real, handler))


def test_one_provider_may_be_real_and_the_other_a_sandbox() -> None:
    app = synthesised_with(replace(STAGES["dev"], payments=Provider("acme.payments", PAYMENTS)), checks=False)
    booking = app.function("book_shipment").properties["Environment"]["Variables"]
    capturing = app.function("capture_payment").properties["Environment"]["Variables"]
    assert "SANDBOX_TABLE_NAME" in booking
    assert "SANDBOX_TABLE_NAME" not in capturing


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider of the stage's owner, whose responses contain the ARN of its secret."""
    module = ModuleType("acme_provider")
    module.connect = lambda secret_arn: SimpleNamespace(  # type: ignore[attr-defined]
        find=lambda payment_id: f"{payment_id} by {secret_arn}",
        cancel=lambda reference: f"{reference} by {secret_arn}",
    )
    monkeypatch.setitem(sys.modules, "acme_provider", module)
    for kind, secret in (("PAYMENTS", PAYMENTS), ("SHIPPING", SHIPPING)):
        monkeypatch.setenv(f"{kind}_PROVIDER", "acme_provider")
        monkeypatch.setenv(f"{kind}_SECRET_ARN", secret)


@pytest.mark.usefixtures("provider")
def test_provider_is_made_by_the_module_in_the_settings() -> None:
    found: object = payment_gateway().find("pay_1")
    cancelled: object = shipping_gateway().cancel("order-1")
    assert (found, cancelled) == (f"pay_1 by {PAYMENTS}", f"order-1 by {SHIPPING}")
