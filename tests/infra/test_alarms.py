"""Alarms: which a stage has, and that each says which runbook to open."""

import re
from typing import Any

import pytest

from stacks import event_topics, privacy, warehouse, webhooks
from stacks.alarms import runbook
from stacks.event_consumer import RUNBOOK
from stacks.settings import STAGES
from tests.infra.alarms import alarms, composites, notifying, parts
from tests.infra.switches import turned
from tests.synth import PROJECT, Synthesised, synthesised

# Together they have every alarm that a setting adds.
WITH_MORE_ALARMS = ("mail, backups, canary", "customer key")
RUNBOOKS = PROJECT / "docs" / "runbooks"
# The runbooks that several alarms share.
SHARED = (RUNBOOK, event_topics.RUNBOOK, privacy.RUNBOOK, warehouse.RUNBOOK, webhooks.RUNBOOK)


def test_sweep_runs_once_in_each_period_of_its_alarms(dev: Synthesised) -> None:
    """Otherwise there would be periods without a point, in which nothing is wrong."""
    schedule = dev.one("AWS::Scheduler::Schedule", "saga")
    assert schedule.properties["ScheduleExpression"] == "rate(1 minute)"
    for name in ("OrdersParked", "OrdersStandStill", "PaymentsNotSettled", "RemovalsStandStill"):
        assert alarms(dev)[name]["Period"] == 60


OF_MAIL = {
    "NotificationsDeadLettersNotEmpty",
    "NotificationsQueueBehind",
    "UndeliveredNotificationsNotEmpty",
    "MailBounces",
    "MailComplaints",
}


def test_only_a_stage_that_sends_mail_has_alarms_of_mail(app: Synthesised) -> None:
    assert OF_MAIL & set(alarms(app)) == (OF_MAIL if app.settings.mail else set())


@pytest.mark.parametrize(("name", "bound"), [("MailBounces", 0.05), ("MailComplaints", 0.001)])
def test_mail_alarms_use_the_bounds_of_ses_and_ignore_missing_data(name: str, bound: float) -> None:
    alarm = alarms(synthesised("local"))[name]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanOrEqualToThreshold", bound)
    assert alarm["TreatMissingData"] == "ignore"


def test_every_alarm_ends_with_the_path_of_its_runbook(app: Synthesised) -> None:
    for name, alarm in notifying(app).items():
        path = alarm["AlarmDescription"].split()[-1]
        assert path in (runbook(name), *SHARED)
        assert (PROJECT / path).is_file(), f"{name} has no runbook: write {path}"


def test_window_of_an_objective_names_the_runbook_of_its_alarm(app: Synthesised) -> None:
    for name, composite in composites(app).items():
        for part in parts(composite):
            assert alarms(app)[part]["AlarmDescription"].split()[-1] == runbook(name)


def test_every_runbook_has_an_alarm_and_is_in_the_index() -> None:
    # Of all stages together: not every stage sends mail or has a key, and the engine lacks kinds of alarms.
    pages = {
        name: alarm["AlarmDescription"].split()[-1].rpartition("/")[2]
        for stage in (*map(synthesised, STAGES), *(turned("dev", switch) for switch in WITH_MORE_ALARMS))
        for name, alarm in notifying(stage).items()
    }
    assert {path.name for path in RUNBOOKS.glob("*.md")} - {"README.md"} == set(pages.values())
    index = (RUNBOOKS / "README.md").read_text()
    for name, page in pages.items():
        assert f"]({page})" in index
        assert name in index or f"docs/runbooks/{page}" in SHARED


@pytest.mark.parametrize("path", sorted(RUNBOOKS.glob("*.md")), ids=lambda path: path.stem)
def test_every_runbook_has_the_three_sections_in_order(path: Any) -> None:
    headings = re.findall(r"^## (.*)$", path.read_text(), re.M)
    if path.name != "README.md":
        assert headings[:3] == ["What it means", "How to investigate", "How to fix it"]
