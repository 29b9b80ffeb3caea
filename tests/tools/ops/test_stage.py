"""Finding the stage, and saying clearly what is wrong when something is."""

import os
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from local.home import Home
from ops import __main__ as command_line
from ops import stage
from ops.__main__ import main
from ops.dead_letters import BUCKET, QUEUES, QUEUES_OF_MAIL
from ops.refusal import Refused
from ops.stage import Stage
from tests.synth import synthesised
from tests.tools.ops.deployed import Deployed

COMMANDS = ("show", "dlq", "redrive", "discard", "open", "parked", "log", "unpark", "drive", "replay")


def test_every_output_that_the_tool_reads_is_there_in_aws_and_on_a_laptop() -> None:
    read = {*QUEUES.values(), BUCKET, "TableName", "EventBusName", "OrderQueueUrl"}
    for name in ("dev", "local"):
        assert read <= set(synthesised(name).outputs()), name
    of_mail = {*QUEUES_OF_MAIL.values(), "NotificationsQueueUrl"}
    assert of_mail <= set(synthesised("local").outputs())
    assert not of_mail & set(synthesised("dev").outputs()), "dev sends no mail"


@pytest.mark.parametrize(
    ("name", "listed"),
    [("dev", QUEUES), ("local", QUEUES | QUEUES_OF_MAIL)],
    ids=["without mail", "with mail"],
)
def test_the_tool_lists_every_queue_that_nobody_reads(name: str, listed: dict[str, str]) -> None:
    app = synthesised(name)
    redriven = {
        r.properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]: r.id
        for r in app.resources("AWS::SQS::Queue")
        if "RedrivePolicy" in r.properties
    }
    unread = {queue.id for queue in app.resources("AWS::SQS::Queue")} - set(redriven.values())
    assert {app.outputs()[output]["Ref"] for output in listed.values()} == unread


def test_a_stage_that_is_not_deployed_is_said_not_to_be(
    deployed: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dlq", "--stage", "staging"]) == 1
    err = capsys.readouterr().err
    assert "there is no stack orders-staging-* in eu-west-1" in err
    assert "do: check --stage, AWS_PROFILE and AWS_REGION" in err


def test_an_output_of_a_later_release_is_asked_for(deployed: Deployed) -> None:
    del deployed.stacks["orders-dev-saga"]["MissedSweepsQueueUrl"]
    ran = deployed.ops("dlq")
    assert ran.status == 1
    assert "stage dev has no output MissedSweepsQueueUrl\n  do: deploy this release" in ran.err


def test_the_local_stage_is_not_looked_for_in_aws(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dlq", "--stage", "local"]) == 1
    assert "do: use --local instead" in capsys.readouterr().err


def test_a_local_run_that_is_not_up_is_said_not_to_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dlq", "--local", "--home", str(tmp_path)]) == 1
    assert "the local engine does not run\n  do: run `make up` first" in capsys.readouterr().err


def test_of_the_local_run_nothing_but_the_engine_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    class Up:
        outputs = {"Endpoint": "http://127.0.0.1:4566"}  # noqa: RUF012 (nobody writes to it)

    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID"):
        monkeypatch.setenv(name, "the caller's own")
    before = dict(os.environ)
    monkeypatch.setattr(stage, "attach", lambda home: Up)
    try:
        found = stage.on_this_machine(Home(Path()))
        seen = dict(os.environ)
    finally:
        os.environ.clear()
        os.environ.update(before)
    assert found.is_local
    assert "the caller's own" not in seen.values()
    assert seen["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    assert seen["AWS_CONFIG_FILE"] == seen["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull


def test_the_region_of_the_aws_command_line_is_taken(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    deployed.ops("open")
    assert os.environ["AWS_DEFAULT_REGION"] == "eu-west-1"


@pytest.mark.parametrize(
    ("error", "do"),
    [
        (NoCredentialsError(), "check that you are online and signed in, and AWS_PROFILE and AWS_REGION"),
        (ClientError({"Error": {"Code": "ExpiredToken", "Message": "old"}}, "ListQueues"), "sign in again"),
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ReceiveMessage"),
            "docs/runbooks/README.md lists what an operator's role has to be allowed",
        ),
        (
            ClientError({"Error": {"Code": "Throttling", "Message": "slow"}}, "FilterLogEvents"),
            "run it again",
        ),
    ],
)
def test_what_aws_refuses_is_explained(
    error: Exception, do: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(name: str) -> Stage:
        raise error

    monkeypatch.setattr(command_line, "in_aws", fail)
    assert main(["open", "--stage", "dev"]) == 1
    assert f"do: {do}" in capsys.readouterr().err


def test_without_a_stage_nothing_is_done() -> None:
    with pytest.raises(SystemExit) as refused:
        main(["dlq"])
    assert refused.value.code == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as asked:
        main([command, "--help"])
    assert asked.value.code == 0
    assert "--stage STAGE" in capsys.readouterr().out


def test_the_help_lists_every_command_and_every_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    for word in (*COMMANDS, "exit status:", "  0    ", "  1    ", "  2    ", "  3    ", "  130  "):
        assert word in out


def test_a_refusal_says_why_and_what_to_do() -> None:
    assert str(Refused("it is late", "come again")) == "it is late; come again"
