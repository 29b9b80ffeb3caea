"""The realtime stack: a WebSocket API, which a setting turns on and off."""

import json

import pytest

from ordering.domain.announcements import EVENT_TYPES
from stacks.wildcards import WEBSOCKET_STAGE
from tests.infra.queues_and_roles import find_queue
from tests.infra.switches import turned
from tests.synth import Synthesised, synthesised


@pytest.fixture(params=["dev", "local"])
def app(request: pytest.FixtureRequest) -> Synthesised:
    """Each stage with a WebSocket API."""
    return synthesised(request.param)


def test_every_message_reaches_the_function_and_is_answered(app: Synthesised) -> None:
    """A response reaches the client only if the route has a route response ("Set up route responses for
    WebSocket APIs in API Gateway"); the local engine sends it without one."""
    route = app.one("AWS::ApiGatewayV2::Route", "realtime").properties
    assert (route["RouteKey"], route["RouteResponseSelectionExpression"]) == ("$default", "$default")
    responses = [r for r in app.resources("AWS::ApiGatewayV2::RouteResponse") if r.stack == "realtime"]
    assert len(responses) == (0 if app.settings.local else 1)
    assert app.calls_live("realtime", app.one("AWS::ApiGatewayV2::Integration", "realtime").properties)


def test_messages_are_throttled(app: Synthesised) -> None:
    realtime = app.settings.realtime
    assert realtime
    settings = app.one("AWS::ApiGatewayV2::Stage", "realtime").properties["DefaultRouteSettings"]
    assert settings == {
        "ThrottlingRateLimit": realtime.throttle.requests_per_second,
        "ThrottlingBurstLimit": realtime.throttle.burst,
    }


def test_stage_needs_no_role_of_the_whole_account() -> None:
    """Logs need the account's role for CloudWatch, and a deployment fails without it ("Configure logging for
    WebSocket APIs in API Gateway")."""
    stage = synthesised("dev").one("AWS::ApiGatewayV2::Stage", "realtime").properties
    assert "AccessLogSettings" not in stage
    assert not {"LoggingLevel", "DataTraceEnabled"} & stage["DefaultRouteSettings"].keys()
    assert synthesised("dev").resources("AWS::ApiGateway::Account") == []


def test_functions_find_the_connections_of_their_own_api(app: Synthesised) -> None:
    """The address is that of the API, the region and the stage ("Use @connections commands in your backend
    service")."""
    api = app.one("AWS::ApiGatewayV2::Api", "realtime").id
    for handler in ("subscribe", "announce_orders"):
        variables = app.function(handler).properties["Environment"]["Variables"]
        address = json.dumps(variables["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"])
        assert f'{{"Ref": "{api}"}}' in address
        assert address.endswith(f'/{WEBSOCKET_STAGE}"]]}}')
        assert ("http://127.0.0.1:4566/_aws/execute-api/" in address) == app.settings.local


def test_consumer_gets_the_events_of_orders_and_of_refunds(app: Synthesised) -> None:
    (rule,) = (r.properties for r in app.resources("AWS::Events::Rule") if r.stack == "realtime")
    assert rule["EventPattern"] == {"source": ["orders"], "detail-type": list(EVENT_TYPES)}
    timeout = app.function("announce_orders").properties["Timeout"]
    assert find_queue(app, "Announcements").properties["VisibilityTimeout"] == 6 * timeout


def test_response_comes_before_the_gateways_time_out(app: Synthesised) -> None:
    """Quotas for configuring and running a WebSocket in API Gateway: 29 seconds."""
    assert app.function("subscribe").properties["Timeout"] < 29


def test_stage_without_it_has_no_such_stack_and_changes_no_other() -> None:
    on, off = synthesised("dev"), turned("dev", "realtime")
    assert "realtime" not in off.templates
    assert "WebSocketUrl" not in off.outputs()
    for stack in ("data", "events", "saga", "api", "identity"):
        assert on.templates[stack] == off.templates[stack], stack
