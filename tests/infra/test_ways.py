"""Every change of a setting can be deployed, in both directions, and so can this release over the last."""

import json
from collections.abc import Iterator
from copy import deepcopy

import pytest

from tests.infra.cloudformation import Stage, deploy
from tests.infra.releases import RECORDED, last_release, recorded_settings
from tests.infra.switches import SWITCHES, turned
from tests.synth import Json, Synthesised, synthesised_with

# What is turned changes the same in every stage; in prod, whose data is retained, those that change most.
TURNED = {
    "dev": SWITCHES.keys() - {"as it is"},
    "prod": {
        *("mail", "own authoriser", "issuer", "domain", "layers", "origins", "max_concurrent_drivers"),
        *("backups", "restored table", "canary", "issuer, canary", "webhooks", "web"),
    },
}
# "throttles" names a route that no stage names: API Gateway would keep its settings when they are turned off
# again. `docs/deploying.md` says how to remove them.
NOT_BACK = {"throttles"}


# Two steps: `tests/infra/test_customer_key_ways.py`.
NOT_AT_ONCE = {"customer key"}
# The vault of the key is dropped, and with it nothing but backups: the same file.
NOT_BACK |= {"customer key, not for new data"}


def _ways() -> Iterator[tuple[str, str, str]]:
    for stage, switches in TURNED.items():
        for switch in sorted(switches - NOT_AT_ONCE):
            yield stage, "as it is", switch
            if switch not in NOT_BACK:
                yield stage, switch, "as it is"


def _stage(app: Synthesised) -> Stage:
    return Stage(app.order, app.templates)


def test_every_switch_changes_the_templates() -> None:
    plain = turned("dev", "as it is").templates
    # Stage dev has no throttle of its own to be turned off.
    dev = SWITCHES.keys() - {"as it is", "no throttles"}
    assert [switch for switch in dev if turned("dev", switch).templates == plain] == []
    assert turned("prod", "no throttles").templates != turned("prod", "as it is").templates


@pytest.mark.parametrize(("stage", "before", "after"), sorted(_ways()))
def test_one_setting_can_be_turned_on_and_off(stage: str, before: str, after: str) -> None:
    prefix = f"orders-{stage}-"
    deployed: dict[str, Json] = {}
    assert deploy(deployed, _stage(turned(stage, before)), prefix=prefix) == []
    assert deploy(deployed, _stage(turned(stage, after)), prefix=prefix) == []


# In the last release these two had fixed names, which a failed first deployment left taken. They are made
# anew under names of their own; what prod has logged stays in the old ones (UpdateReplacePolicy: Retain).
RENAMED = ("AccessLogs", "MachineLogs")


@pytest.mark.parametrize("switch", sorted(SWITCHES.keys() - {"protection"} - NOT_AT_ONCE))
def test_setting_can_change_together_with_the_release(switch: str) -> None:
    assert _refused_over_the_last("dev", turned("dev", switch)) == []


def test_mail_can_be_turned_off_together_with_the_release() -> None:
    assert last_release("prod").templates["events"]["Outputs"].keys() & {"NotificationsQueueUrl"}
    assert _refused_over_the_last("prod", turned("prod", "as it is")) == []


def _refused_over_the_last(name: str, now: Synthesised) -> list[str]:
    deployed: dict[str, Json] = {}
    last = last_release(name)
    assert deploy(deployed, Stage(last.order, last.templates), prefix=f"orders-{name}-") == []
    refused = deploy(deployed, _stage(now), prefix=f"orders-{name}-")
    return [each for each in refused if not _is_renamed(each)]


@pytest.mark.parametrize("name", RECORDED)
def test_release_can_be_deployed_over_the_last_and_rolled_back(name: str) -> None:
    prefix = f"orders-{name}-"
    last = last_release(name)
    now = _stage(synthesised_with(recorded_settings(name), checks=False))
    deployed: dict[str, Json] = {}
    assert deploy(deployed, Stage(last.order, last.templates), prefix=prefix) == []
    refused = deploy(deployed, now, prefix=prefix)
    assert [each for each in refused if not _is_renamed(each)] == []
    back = deploy(deployed, Stage(last.order, last.templates), prefix=prefix)
    # Of dev: the routes' own throttles were none; those that stay behind are the stage's.
    # The vault is new: its removal loses nothing before the first backup, and in a protected stage it is
    # retained.
    expected = ("leaves the settings", "(AWS::Backup::BackupVault) is dropped")
    assert [each for each in back if not _is_renamed(each) and not any(e in each for e in expected)] == []


def _is_renamed(refusal: str) -> bool:
    return refusal.endswith("(AWS::Logs::LogGroup) is replaced") and any(n in refusal for n in RENAMED)


def _with_routes_in_the_admin_stack(app: Synthesised) -> Stage:
    """A stage whose admin stack has the routes of its functions, and is deployed after the api stack."""
    functions = app.templates["admin"]["Outputs"]
    api, admin = (deepcopy(app.templates[name]) for name in ("api", "admin"))
    moved = {
        id
        for id, resource in api["Resources"].items()
        if any(name in json.dumps(resource["Properties"]) for name in functions)
        or (resource["Type"] == "AWS::ApiGatewayV2::Route" and "/admin/queues" in str(resource))
    }
    for id in moved:
        resource = api["Resources"].pop(id)
        if resource["Type"] == "AWS::ApiGatewayV2::Route":
            for name in ("ApiId", "AuthorizerId"):
                output = f"Moved{name}"
                api["Outputs"][output] = {"Value": resource["Properties"][name]}
                read = {"StackName": "orders-dev-api", "OutputName": output}
                resource["Properties"][name] = {"Fn::GetStackOutput": read}
            admin["Resources"][id] = resource
    order = [name for name in app.order if name != "admin"]
    order.insert(order.index("api") + 1, "admin")
    return Stage(order, {**app.templates, "api": api, "admin": admin})


@pytest.mark.parametrize("switch", ["as it is", "own authoriser", "edge"])
def test_routes_can_move_from_the_admin_stack_to_the_api_stack(switch: str) -> None:
    """So it was on the main branch. The admin stack is deployed first, which removes its routes."""
    deployed: dict[str, Json] = {}
    before = _with_routes_in_the_admin_stack(turned("dev", "as it is"))
    assert deploy(deployed, before, prefix="orders-dev-") == []
    now = _stage(turned("dev", switch))
    assert now.order.index("admin") < now.order.index("api")
    assert deploy(deployed, now, prefix="orders-dev-") == []


def test_an_authoriser_cannot_be_turned_on_while_the_admin_stack_has_routes() -> None:
    deployed: dict[str, Json] = {}
    for switch in ("as it is", "own authoriser"):
        refused = deploy(
            deployed, _with_routes_in_the_admin_stack(turned("dev", switch)), prefix="orders-dev-"
        )
    assert [each for each in refused if "(AWS::ApiGatewayV2::Authorizer), which admin uses" in each]


def test_data_stack_has_the_same_exports_with_every_setting() -> None:
    """It is deployed first: an export that came and went with a setting would still be imported."""
    exported = {
        switch: {name for name, output in _outputs(turned("dev", switch)) if "Export" in output}
        for switch in SWITCHES
    }
    assert all(names == exported["as it is"] for names in exported.values())


def _outputs(app: Synthesised) -> Iterator[tuple[str, Json]]:
    yield from app.templates["data"]["Outputs"].items()
