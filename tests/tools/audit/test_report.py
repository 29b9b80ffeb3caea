"""The report of `make audit`, and that CI runs it."""

import pytest

from tests.synth import PROJECT
from tools.audit import __main__ as audit
from tools.audit.advisories import Advisories
from tools.audit.conformance import lines
from tools.audit.templates import Acceptance, Finding, Template, judge

FOUND = Finding("dev", "data", "Queue", "CKV_AWS_27", "is not encrypted")
ACCEPTED = Acceptance("dev", "data", "Queue", "CKV_AWS_27", "a reason")


def test_an_unexplained_finding_is_printed_with_its_resource() -> None:
    head, line = audit.verdict_lines("checkov", judge([FOUND], []))
    assert head == "  ✗ checkov        1 unexplained, 0 accepted"
    assert line.strip() == "dev/data Queue: CKV_AWS_27: is not encrypted"


def test_an_accepted_finding_is_printed_with_its_reason() -> None:
    head, line = audit.verdict_lines("checkov", judge([FOUND, FOUND], [ACCEPTED]))
    assert head == "  ✓ checkov        0 unexplained, 2 accepted"
    assert line.strip() == "2 x CKV_AWS_27: a reason"


def test_an_acceptance_that_is_not_needed_is_to_be_removed() -> None:
    head, line = audit.verdict_lines("checkov", judge([], [ACCEPTED]))
    assert head.startswith("  ✗")
    assert line.strip().startswith("remove the acceptance of CKV_AWS_27")


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """An audit that finds nothing."""
    monkeypatch.setattr(
        audit, "load", lambda stages: [Template(stage, "data", {"Resources": {}}) for stage in stages]
    )
    monkeypatch.setattr(audit, "prepare", lambda *environments: None)
    monkeypatch.setattr(audit, "_CHECKS", (("checker", lambda templates: [], None),))
    monkeypatch.setattr(audit, "_ADVISORIES", (("source", lambda: Advisories("npm", 1)),))
    monkeypatch.setattr(audit, "_conformance", lambda stage: "")


@pytest.mark.usefixtures("sound")
def test_an_audit_without_findings_passes() -> None:
    assert audit.main(["dev"]) == 0


@pytest.mark.usefixtures("sound")
def test_a_finding_fails_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_CHECKS", (("checker", lambda templates: [FOUND], None),))
    assert audit.main(["dev"]) == 1


@pytest.mark.usefixtures("sound")
def test_a_checker_that_fails_itself_fails_the_audit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(templates: object) -> list[Finding]:
        raise RuntimeError("checkov has not read all of the 3 resources")

    monkeypatch.setattr(audit, "_CHECKS", (("checkov", broken, None),))
    assert audit.main(["dev"]) == 1
    assert "has not read all" in capsys.readouterr().out


@pytest.mark.usefixtures("sound")
def test_a_vulnerability_fails_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_ADVISORIES", (("source", lambda: Advisories("npm", 1, ("yaml",))),))
    assert audit.main(["dev"]) == 1


@pytest.mark.usefixtures("sound")
def test_a_source_that_is_not_reachable_does_not_fail_the_audit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "_ADVISORIES", (("source", lambda: Advisories("npm", 0)),))
    assert audit.main(["dev"]) == 0
    assert "NOT CHECKED" in capsys.readouterr().out


def test_the_conformance_report_counts_resources_by_rule() -> None:
    violation = {
        "ruleName": "PCI.DSS.321-LambdaInsideVPC",
        "description": "The Lambda function is not VPC enabled - (Control IDs: 1.2).",
        "violatingConstructs": [{}, {}],
    }
    head, line = lines({"pluginReports": [{"pluginName": "PCI.DSS.321", "violations": [violation]}]})
    assert head == "PCI.DSS.321: 1 rules are not met"
    assert line.strip() == "2 x LambdaInsideVPC: The Lambda function is not VPC enabled"


def test_ci_audits_every_stage_that_it_synthesises() -> None:
    ci = (PROJECT / ".ci" / "run").read_text()
    assert ci.index("make synth") < ci.index("run make audit") < ci.index("run make test")
    assert "for stage in dev staging prod; do" in ci
    assert audit._STAGES == ("dev", "staging", "prod")
