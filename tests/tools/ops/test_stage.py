"""How the stage is found, and the errors if it is not."""

import os
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from console.workspace import Workspace
from ops import options, stage
from ops.__main__ import main
from ops.dead_letters.queues import KNOWN, queues
from ops.errors import CommandRefused
from ops.stage import Stage
from ordering.dead_letters.queues import dead_letter_outputs, queue_name
from ordering.dead_letters.queues.consumers import consumer_queues
from tests.synth import synthesised
from tests.tools.ops.deployed import Deployed

COMMANDS = (
    "rotate-webhook-key",
    *("status", "find", "verify", "cancel", "refund", "show", "dlq", "redrive", "discard"),
    *("open", "parked", "log", "unpark", "drive", "replay", "webhooks", "refused", "sales", "rebuild-sales"),
    *("catalogue import", "catalogue export", "report"),
)


@pytest.mark.parametrize("name", ["dev", "local"])
def test_ops_knows_every_queue_without_a_consumer(name: str) -> None:
    app = synthesised(name)
    redriven = {
        r.properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]: r.id
        for r in app.resources("AWS::SQS::Queue")
        if "RedrivePolicy" in r.properties
    }
    unread = {queue.id for queue in app.resources("AWS::SQS::Queue")} - set(redriven.values())
    outputs = dict.fromkeys(app.outputs(), "somewhere")
    found = queues(Stage(name, "a test", outputs))
    # A consumer of events needs no file.
    of_consumers = {queue_name(each.output): each.output for each in consumer_queues(outputs)}
    assert found.keys() <= KNOWN.keys() | of_consumers, "a queue has no file in ordering/dead_letters/queues"
    shown = {of_consumers.get(each) or KNOWN[each].output for each in found}
    assert shown <= outputs.keys()
    of_queues = shown - {"UndeliveredChangesBucketName"}
    assert of_queues == set(dead_letter_outputs(outputs))
    assert {app.outputs()[output]["Ref"] for output in of_queues} == unread


def test_a_stage_without_mail_has_no_queue_of_mail() -> None:
    without_mail = Stage("dev", "a test", dict.fromkeys(synthesised("dev").outputs(), "somewhere"))
    with_mail = Stage("local", "a test", dict.fromkeys(synthesised("local").outputs(), "somewhere"))
    assert queues(with_mail).keys() - queues(without_mail).keys() == {
        "notifications",
        "undelivered-notifications",
    }


def test_queue_of_a_later_release_is_shown_and_left_unchanged(deployed: Deployed) -> None:
    url = deployed.sqs.create_queue(QueueName="lost-parcels")["QueueUrl"]
    deployed.stacks["orders-dev-saga"]["LostParcelsQueueUrl"] = url
    deployed.sqs.send_message(QueueUrl=url, MessageBody="to ada@example.com")
    listed = deployed.ops("dlq", "--queue", "lost-parcels")
    assert listed.status == 0
    assert "lost-parcels: 1 dead letter (messages of a queue that this release does not know)" in listed.out
    assert "it begins: to [redacted]" in listed.out
    assert deployed.ops("redrive", "--queue", "lost-parcels", "--all", "--yes").status == 1
    assert deployed.ops("discard", "--queue", "lost-parcels", "--all", "--yes").status == 3
    assert "lost-parcels: 1 dead letter (" in deployed.ops("dlq", "--queue", "lost-parcels").out


def test_unknown_queue_name_is_wrong_usage(deployed: Deployed) -> None:
    ran = deployed.ops("dlq", "--queue", "letters")
    assert ran.status == 2
    assert (
        "letters is not one of changes, customer-jobs, events, key-calls, notifications, order, reports, "
        "sweeps" in ran.err
    )


def test_stage_that_is_not_deployed_is_refused(
    deployed: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dlq", "--stage", "staging"]) == 1
    err = capsys.readouterr().err
    assert "there is no stack orders-staging-* in eu-west-1" in err
    assert "do: check --stage, AWS_PROFILE and AWS_REGION" in err


def test_a_missing_output_is_reported_and_hides_no_other_queue(deployed: Deployed) -> None:
    del deployed.stacks["orders-dev-saga"]["MissedSweepsQueueUrl"]
    deployed.dead("o-1")
    ran = deployed.ops("dlq")
    assert ran.status == 3
    assert "order o-1, sent" in ran.out
    assert "sweeps: cannot be read: stage dev has no output MissedSweepsQueueUrl" in ran.out
    assert "do:  deploy this release" in ran.err


def test_the_local_stage_is_not_looked_for_in_aws(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dlq", "--stage", "local"]) == 1
    assert "do: use --local instead" in capsys.readouterr().err


def test_local_run_that_is_not_up_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dlq", "--local", "--workspace", str(tmp_path)]) == 1
    assert "the local engine is not running\n  do: run `make up` first" in capsys.readouterr().err


def test_local_run_reaches_the_engine_and_no_aws_account(monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = {"Endpoint": "http://127.0.0.1:4566"}
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID"):
        monkeypatch.setenv(name, "the caller's own")
    before = dict(os.environ)
    monkeypatch.setattr(stage, "of_running_engine", lambda workspace: outputs)
    try:
        found = stage.on_this_machine(Workspace(Path()))
        seen = dict(os.environ)
    finally:
        os.environ.clear()
        os.environ.update(before)
    assert found.is_local
    assert "the caller's own" not in seen.values()
    assert seen["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    assert seen["AWS_CONFIG_FILE"] == seen["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull


def test_region_comes_from_aws_region_as_in_the_aws_cli(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    deployed.ops("open")
    assert os.environ["AWS_DEFAULT_REGION"] == "eu-west-1"


@pytest.mark.parametrize(
    ("error", "do"),
    [
        (NoCredentialsError(), "check your network and credentials, AWS_PROFILE and AWS_REGION"),
        (ClientError({"Error": {"Code": "ExpiredToken", "Message": "old"}}, "ListQueues"), "sign in again"),
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ReceiveMessage"),
            "docs/runbooks/README.md lists the permissions that an operator's role needs",
        ),
        (
            ClientError({"Error": {"Code": "Throttling", "Message": "slow"}}, "FilterLogEvents"),
            "run the command again",
        ),
    ],
)
def test_error_of_aws_is_explained_with_its_remedy(
    error: Exception, do: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(name: str) -> Stage:
        raise error

    monkeypatch.setattr(options, "in_aws", fail)
    assert main(["open", "--stage", "dev"]) == 1
    assert f"do: {do}" in capsys.readouterr().err


@pytest.mark.parametrize("where", [[], ["--stage", "dev", "--local"]])
def test_a_command_needs_one_stage(where: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dlq", *where]) == 2
    assert "give either --stage STAGE or --local" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "--help"]) == 0
    assert "--stage STAGE" in capsys.readouterr().out


def test_the_help_lists_every_command_and_every_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    listed = [command.split()[0] for command in COMMANDS]
    for word in (*listed, "Exit status: 0,", " 1, refused", " 2, wrong", " 3, done in part", " 130, inter"):
        assert word in out


def test_refusal_gives_its_reason_and_remedy() -> None:
    assert str(CommandRefused("it is late", "try again")) == "it is late; try again"
