"""The canary: who may order its product, what its function may do, and when it runs."""

import json

import pytest

from ordering.domain.canary import SCOPE
from stacks.settings import STAGES
from tests.infra.switches import CANARY_CLIENT, turned
from tests.support.least_privilege import deployed_roles
from tests.synth import Json, Synthesised, synthesised

STAGES_WITH_CANARY = [stage for stage, settings in STAGES.items() if settings.canary]
FUNCTION = "place_canary_order"


@pytest.fixture(params=STAGES_WITH_CANARY)
def with_canary(request: pytest.FixtureRequest) -> Synthesised:
    """Each stage that places canary orders."""
    return synthesised(request.param)


def _variables(app: Synthesised, handler: str) -> Json:
    variables: Json = app.function(handler).properties["Environment"]["Variables"]
    return variables


def test_canary_orders_are_placed_in_staging_and_prod() -> None:
    assert STAGES_WITH_CANARY == ["staging", "prod"]


def test_canary_runs_every_five_minutes_with_its_scheduled_time(with_canary: Synthesised) -> None:
    """Guarantee 1: `<aws.scheduler.scheduled-time>` ("Adding context attributes", EventBridge Scheduler)."""
    (schedule,) = (
        each
        for each in with_canary.resources("AWS::Scheduler::Schedule")
        if with_canary.calls_live(each.stack, each.properties["Target"]["Arn"]) == FUNCTION
    )
    # A minute after the beginning of each period of the alarm.
    assert schedule.properties["ScheduleExpression"] == "cron(1/5 * * * ? *)"
    target = schedule.properties["Target"]
    assert json.loads(target["Input"]) == {"scheduledAt": "<aws.scheduler.scheduled-time>"}
    assert target["RetryPolicy"]["MaximumRetryAttempts"] == 0
    # A run ends before the next one begins.
    assert with_canary.function(FUNCTION).properties["Timeout"] == 120


def test_role_of_the_schedule_may_call_the_alias_of_the_canary_alone(with_canary: Synthesised) -> None:
    (role,) = (r for r in with_canary.resources("AWS::IAM::Role") if r.id.startswith("CanaryRole"))
    (policy,) = role.properties["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "lambda:InvokeFunction"
    assert with_canary.calls_live(role.stack, statement["Resource"]) == FUNCTION


def test_function_of_the_canary_may_read_its_own_secret_and_nothing_else() -> None:
    actions = {grant.action for grant in deployed_roles()[FUNCTION].grants()}
    # The stage of these roles has a customer's key, with which the secret is encrypted.
    assert {action for action in actions if action.startswith("kms:")} == {"kms:Decrypt"}
    assert {action.partition(":")[0] for action in actions} == {"secretsmanager", "kms", "logs", "xray"}
    (secret,) = (g for g in deployed_roles()[FUNCTION].grants() if g.action.startswith("secretsmanager:"))
    assert secret.action == "secretsmanager:GetSecretValue"
    assert ":secret:canary-" in secret.resource
    readers = {
        name for name, role in deployed_roles().items() if any(secret == grant for grant in role.grants())
    }
    assert readers == {FUNCTION}


def test_scope_of_canary_orders_belongs_to_the_canary_alone(with_canary: Synthesised) -> None:
    scope = _variables(with_canary, "place_order")["CANARY_SCOPE"]
    assert scope == f"orders/{SCOPE}"
    having = {
        client.id[:-8]
        for client in with_canary.resources("AWS::Cognito::UserPoolClient")
        if SCOPE in json.dumps(client.properties.get("AllowedOAuthScopes"))
    }
    assert having == {"UsersCanary"}
    assert scope in json.loads(_variables(with_canary, FUNCTION)["TOKEN_PARAMETERS"])["scope"].split()


def test_canary_at_an_external_issuer_uses_the_client_of_the_settings() -> None:
    app = turned("dev", "issuer, canary")
    variables = _variables(app, FUNCTION)
    assert variables["TOKEN_URL"] == CANARY_CLIENT.token_url
    assert variables["CLIENT_ID"] == CANARY_CLIENT.client_id
    assert variables["CLIENT_SECRET_ARN"] == CANARY_CLIENT.secret_arn
    assert json.loads(variables["TOKEN_PARAMETERS"]) == CANARY_CLIENT.parameters
    # The scopes of an external issuer have no prefix.
    assert _variables(app, "place_order")["CANARY_SCOPE"] == SCOPE


@pytest.mark.parametrize("stage", STAGES_WITH_CANARY)
def test_canary_uses_the_name_of_the_custom_domain(stage: str) -> None:
    """With a custom domain, the API is not available under the name that AWS gives it."""
    app = turned(stage, "domain")
    assert app.settings.domain
    assert _variables(app, FUNCTION)["API_URL"] == f"https://{app.settings.domain.name}"


def test_stage_without_a_canary_has_none_of_its_resources() -> None:
    app = turned("prod", "canary")
    assert app.settings.canary is None
    left = [r.id for r in app.resources() if "Canary" in r.id]
    assert left == []
    # So that no other client gets the scope by accident, place_order knows it all the same.
    assert _variables(app, "place_order")["CANARY_SCOPE"] == f"orders/{SCOPE}"
