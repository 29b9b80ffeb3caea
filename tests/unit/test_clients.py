"""The AWS clients: botocore's event handlers, and the connection that stays open."""

import pytest
from botocore.config import Config
from botocore.session import Session

from ordering.aws import clients
from ordering.dynamodb.client import Table
from stacks.called_operations import called_operations
from tools.bench.dynamodb_stand_in import serving

# The events of a call that botocore's own handlers can be registered for, in the order of a call.
EVENTS = (
    *("creating-client-class", "provide-client-params", "before-parameter-build"),
    *("before-endpoint-resolution", "before-call", "request-created", "choose-signer", "before-sign"),
    *("before-send", "response-received", "before-parse", "needs-retry", "after-call", "after-call-error"),
)


def fresh_session() -> None:
    """Make the next client that of a new process."""
    for cached in (clients._session, clients._session_of):
        cached.cache_clear()


def handlers_of(client: object, event: str) -> list[str]:
    """The handlers of botocore that a client calls for an event, by their names, in their order.

    Powertools adds one to every session, if its `__init__.py` was imported, as it never is in a function.
    """
    emitter = client.meta.events._emitter  # type: ignore[attr-defined]
    return [
        getattr(handler, "__qualname__", "")
        for handler in emitter._handlers.prefix_search(event)
        if not str(getattr(handler, "__module__", "")).startswith("aws_lambda_powertools")
    ]


@pytest.mark.parametrize("service", called_operations())
def test_client_has_botocores_handlers_of_every_call(service: str) -> None:
    fresh_session()
    ours, stock = clients.client(service), Session().create_client(service, config=clients.QUICK)
    id = ours.meta.service_model.service_id.hyphenize()
    for operation in called_operations()[service]:
        for kind in EVENTS:
            event = f"{kind}.{id}.{operation}"
            assert handlers_of(ours, event) == handlers_of(stock, event), event


def test_connection_stays_open_between_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh_session()
    with serving({"GetItem": {}}) as dynamodb:
        monkeypatch.setenv("AWS_ENDPOINT_URL", dynamodb.url)
        table = Table("orders")
        for _ in range(5):
            assert table.get({"PK": "ORDER#1", "SK": "ORDER"}) is None
        assert (len(dynamodb.calls), dynamodb.connections) == (5, 1)


@pytest.mark.parametrize("patience", [clients.QUICK, clients.BRISK, clients.ONCE])
def test_parameters_are_not_validated_by_the_client(patience: Config) -> None:
    assert patience.parameter_validation is False  # type: ignore[attr-defined]
