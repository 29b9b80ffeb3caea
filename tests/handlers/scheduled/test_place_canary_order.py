"""The canary reads its own secret, gets a token, and follows its order by real requests."""

from collections.abc import Iterator
from types import ModuleType

import boto3
import pytest

from tests.support.fresh_modules import load_anew
from tests.support.least_privilege import within
from tests.support.logs import Logs
from tests.support.loopback import Canned, Loopback, serving
from tests.support.world import Context, World

AT = "2026-11-28T12:01:00Z"
ORDER_ID = "3f0c2a9e-6d7b-5c1e-8a4f-0b9d8e7c6a51"
SECRET = "the secret of the client"


def order(status: str, reason: str | None = None, *, seconds: int = 0) -> Canned:
    history = [{"at": "2026-11-28T12:01:05.000Z"}, {"at": f"2026-11-28T12:01:{5 + seconds:02}.000Z"}]
    answer = {"orderId": ORDER_ID, "status": status, "reason": reason, "history": history}
    return Canned(answer, status=202 if status == "PENDING" else 200)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """The API and the issuer."""
    with serving() as server:
        server.responses["/token"] = Canned({"access_token": "token", "expires_in": 3600})
        server.responses["/orders"] = order("PENDING")
        server.responses[f"/orders/{ORDER_ID}"] = order("REJECTED", "OUT_OF_STOCK", seconds=1)
        monkeypatch.setenv("API_URL", server.url)
        monkeypatch.setenv("TOKEN_URL", f"{server.url}/token")
        yield server


@pytest.fixture
def canary(world: World, server: Loopback, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The function, as it starts, with the secret that it names."""
    secret = boto3.client("secretsmanager").create_secret(Name="canary", SecretString=SECRET)
    monkeypatch.setenv("CLIENT_SECRET_ARN", secret["ARN"])
    return load_anew("lambdas.scheduled.place_canary_order", monkeypatch)


def run(canary: ModuleType) -> str:
    with within("place_canary_order"):
        outcome: str = canary.handler({"scheduledAt": AT}, Context())["outcome"]
    return outcome


@pytest.mark.slow
def test_canary_places_and_follows_an_order_with_a_token_of_its_own(
    canary: ModuleType, server: Loopback
) -> None:
    assert run(canary) == "ENDED"
    assert server.asked == ["/token", "/orders", f"/orders/{ORDER_ID}"]


def test_canary_without_its_secret_fails_and_logs_the_cause(
    canary: ModuleType, server: Loopback, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canary, "FOLLOW_SECONDS", 0.0)
    boto3.client("secretsmanager").delete_secret(SecretId="canary", ForceDeleteWithoutRecovery=True)
    assert run(canary) == "FAILED"
    (line,) = [line for line in logs.lines if line["message"] == "canary order failed"]
    assert "ResourceNotFoundException" in line["cause"]
    assert server.asked == []


def test_canary_sends_its_token_to_no_other_server(canary: ModuleType, server: Loopback) -> None:
    with serving() as elsewhere:
        server.responses["/orders"] = Canned(status=302, location=f"{elsewhere.url}/orders")
        assert run(canary) == "FAILED"
        assert elsewhere.asked == []


@pytest.mark.slow
def test_secret_is_in_no_log_line(canary: ModuleType, logs: Logs) -> None:
    run(canary)
    assert logs.lines
    assert SECRET not in logs.text
