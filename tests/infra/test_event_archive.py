"""The archive of the bus: how long it keeps events, its name, and what AWS lets it share."""

import json
from dataclasses import replace
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from ordering.repositories.processed_events import OLDEST_EVENT
from stacks.settings import STAGES
from tests.infra.cloudformation import DATA, HELD
from tests.infra.switches import SWITCHES, turned
from tests.synth import Synthesised, synthesised, synthesised_with
from tools.costs.idle_costs import idle_costs

ARCHIVE = "AWS::Events::Archive"
STAGES_IN_AWS = ("dev", "staging", "prod")


def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", ARCHIVE).schema
    return schema


@pytest.mark.parametrize("stage", STAGES_IN_AWS)
def test_archive_keeps_the_apps_events_for_the_days_of_the_settings(stage: str) -> None:
    archive = synthesised(stage).one(ARCHIVE, "events").properties
    assert archive["RetentionDays"] == STAGES[stage].event_archive_days
    assert archive["EventPattern"] == {"source": ["orders"]}


def test_archive_keeps_events_longer_than_consumers_recognise_them() -> None:
    """Otherwise an event that a consumer would still handle could be missing from a replay."""
    for stage in STAGES_IN_AWS:
        assert (STAGES[stage].event_archive_days or 0) >= OLDEST_EVENT.days


def test_setting_changes_how_long_events_are_kept_in_place() -> None:
    """ "RetentionDays: Update requires: No interruption" (AWS::Events::Archive)."""
    before, after = (turned("dev", switch).one(ARCHIVE) for switch in ("as it is", "archive for a year"))
    assert (before.properties["RetentionDays"], after.properties["RetentionDays"]) == (14, 365)
    changed = {name for name in after.properties if after.properties[name] != before.properties[name]}
    created_only = {each.removeprefix("/properties/") for each in _schema()["createOnlyProperties"]}
    assert (before.id, changed & created_only) == (after.id, set())


def test_stage_without_the_setting_has_no_archive_and_no_output_of_it() -> None:
    app = turned("dev", "no archive")
    assert app.resources(ARCHIVE) == []
    assert "EventArchiveName" not in app.outputs()
    assert app.resources("AWS::Events::EventBus")


@pytest.mark.parametrize("switch", sorted(SWITCHES))
def test_archive_has_no_name_that_a_failed_or_replaced_one_could_hold(switch: str) -> None:
    """ "ArchiveName: Update requires: Replacement" (AWS::Events::Archive), and the new archive is created
    before the old one is deleted; a name that exists is refused (CreateArchive: "The resource you are trying
    to create already exists"). CloudFormation's own names are unique ("Name type")."""
    assert _schema()["primaryIdentifier"] == ["/properties/ArchiveName"]
    for archive in turned("dev", switch).resources(ARCHIVE):
        assert "ArchiveName" not in archive.properties


def test_archive_is_made_after_its_bus_and_deleted_before_it() -> None:
    """Its bus must exist ("CreateArchive", ResourceNotFoundException); CloudFormation orders them by this."""
    app = synthesised("prod")
    bus = app.one("AWS::Events::EventBus", "events")
    archive = app.one(ARCHIVE, "events")
    assert archive.properties["SourceArn"] == {"Fn::GetAtt": [bus.id, "Arn"]}


def test_bus_has_no_key_of_our_own_that_its_archive_would_lack() -> None:
    """ "If you have specified that EventBridge use a customer managed key for encrypting the source event
    bus, we strongly recommend you also specify a customer managed key for any archives"
    (AWS::Events::Archive)."""
    for stage in STAGES_IN_AWS:
        app = synthesised(stage)
        assert "KmsKeyIdentifier" not in app.one("AWS::Events::EventBus").properties
        assert app.one(ARCHIVE).properties.get("KmsKeyIdentifier", "") == ""


def test_archive_is_a_copy_and_is_removed_with_its_setting() -> None:
    """The table has the facts; the archive only sends them again. So it is not retained, also in prod."""
    assert ARCHIVE in HELD - DATA
    assert synthesised("prod").one(ARCHIVE).body.get("DeletionPolicy", "Delete") == "Delete"


def test_patterns_of_archive_and_rules_leave_room_for_the_managed_rule() -> None:
    """The archive adds a managed rule to its bus ("Archiving and replaying events in Amazon EventBridge").

    A bus has at most 100 rules in the smallest Regions ("Amazon EventBridge quotas", Rules); the archive's
    pattern has at most 4096 characters (AWS::Events::Archive, EventPattern).
    """
    for stage in STAGES_IN_AWS:
        app = synthesised(stage)
        assert len(app.resources("AWS::Events::Rule")) + len(app.resources(ARCHIVE)) < 100
        assert len(json.dumps(app.one(ARCHIVE).properties["EventPattern"])) < 4096


def test_operators_find_the_archive_by_an_output() -> None:
    archive = synthesised("dev").one(ARCHIVE, "events")
    assert synthesised("dev").outputs()["EventArchiveName"] == {"Ref": archive.id}


def test_local_stage_has_no_archive_and_nothing_that_refers_to_it() -> None:
    local = synthesised("local")
    assert local.resources(ARCHIVE) == []
    assert "EventArchiveName" not in local.outputs()


def test_bill_says_what_an_archive_costs() -> None:
    app: Synthesised = synthesised_with(replace(STAGES["dev"], event_archive_days=7), checks=False)
    costs = idle_costs(each.body for each in app.resources(ARCHIVE))
    assert costs == {
        "an archive of 7 days of events: 0.10 a GB that is added, 0.023 a GB that is kept": (1, 0.0)
    }
