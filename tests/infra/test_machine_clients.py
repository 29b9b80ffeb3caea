"""A machine client is replaced by a second one without an interruption, as docs/deploying.md describes it."""

from dataclasses import replace

import botocore.session
import pytest

from stacks.settings import BACK_OFFICE, PARTNERS, STAGES, MachineClient
from tests.synth import PROJECT, Json, Synthesised, synthesised_with

SECOND = replace(PARTNERS, name="Partners2")


@pytest.fixture(scope="module", params=[False, True], ids=["JWT authoriser", "Lambda authoriser"])
def lambda_authoriser(request: pytest.FixtureRequest) -> bool:
    """With each of the authorisers."""
    return bool(request.param)


def _with(*clients: MachineClient, lambda_authoriser: bool) -> Synthesised:
    settings = replace(STAGES["dev"], machine_clients=clients, lambda_authoriser=lambda_authoriser)
    return synthesised_with(settings, checks=False)


def _clients(app: Synthesised) -> dict[str, Json]:
    """Logical id → properties, of the clients that have a secret."""
    return {
        r.id: r.properties
        for r in app.resources("AWS::Cognito::UserPoolClient")
        if r.properties["GenerateSecret"]
    }


def _accepted(app: Synthesised) -> str:
    """The text that says whose tokens the API accepts."""
    if app.settings.lambda_authoriser:
        return str(app.function("authorise_request").properties["Environment"]["Variables"]["ISSUERS"])
    return str(app.one("AWS::ApiGatewayV2::Authorizer").properties["JwtConfiguration"]["Audience"])


def test_the_api_accepts_both_clients_while_both_exist(lambda_authoriser: bool) -> None:
    both = _with(BACK_OFFICE, PARTNERS, SECOND, lambda_authoriser=lambda_authoriser)
    assert {"PartnersClientId", "Partners2ClientId"} <= both.outputs().keys()
    (old, new) = (each for id, each in _clients(both).items() if "Partners" in id)
    assert old["AllowedOAuthScopes"] == new["AllowedOAuthScopes"]
    for id in _clients(both):
        assert id in _accepted(both)


def test_removing_the_old_client_leaves_the_new_one_as_it_is(lambda_authoriser: bool) -> None:
    both = _with(BACK_OFFICE, PARTNERS, SECOND, lambda_authoriser=lambda_authoriser)
    after = _with(BACK_OFFICE, SECOND, lambda_authoriser=lambda_authoriser)
    (removed,) = _clients(both).keys() - _clients(after).keys()
    assert _clients(after) == {id: each for id, each in _clients(both).items() if id != removed}
    assert removed not in _accepted(after)


def test_every_command_of_the_page_exists() -> None:
    page = (PROJECT / "docs" / "deploying.md").read_text()
    commands = [line.split()[2] for line in page.splitlines() if line.startswith("aws cognito-idp")]
    operations = botocore.session.get_session().get_service_model("cognito-idp").operation_names
    known = {"".join(f"-{c.lower()}" if c.isupper() else c for c in each).lstrip("-") for each in operations}
    assert {"add-user-pool-client-secret", "delete-user-pool-client-secret"} <= set(commands) <= known
