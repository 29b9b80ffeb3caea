"""The key that signs cursors is rotated, and clients can continue to read pages meanwhile.

Secrets Manager is moto's; the order of its calls is that of "Lambda rotation functions" (AWS Secrets Manager
User Guide): createSecret, setSecret, testSecret, finishSecret, all with one token, and all again on a retry.
"""

import os
import time
from itertools import count
from typing import Any
from uuid import UUID

import boto3
import pytest
from botocore.exceptions import ClientError

from ordering.http import paging
from ordering.http.paging import BadSignature, SigningKeys, sign, verify
from tests.support.aws_calls import AwsCalls, Send
from tests.support.client_calls import Parameters
from tests.support.logs import Logs
from tests.support.refusals import fields_of
from tests.support.world import HandlerResponse, World, invoke

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
_tokens = (str(UUID(int=number)) for number in count(1))

pytestmark = pytest.mark.usefixtures("fresh_process", "unchangeable_versions")


@pytest.fixture
def fresh_process(cursor_secret: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that has read no key so far."""
    start_process(monkeypatch)


@pytest.fixture
def unchangeable_versions(calls: AwsCalls) -> None:
    """A version's value cannot be changed ("PutSecretValue", Secrets Manager), but moto allows it."""
    stored: dict[str, str] = {}

    def put(parameters: Parameters, send: Send) -> Any:
        token, value = parameters["ClientRequestToken"], parameters["SecretString"]
        if stored.setdefault(token, value) != value:
            raise ClientError(
                {"Error": {"Code": "ResourceExistsException", "Message": "a version cannot be modified"}},
                "PutSecretValue",
            )
        return send()

    calls.always("PutSecretValue", put)


def start_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "signing_keys", SigningKeys())


def step(name: str, token: str) -> None:
    event = {"Step": name, "SecretId": os.environ["CURSOR_SECRET_ARN"], "ClientRequestToken": token}
    invoke("scheduled.rotate_cursor_secret", event)


def rotate() -> None:
    token = next(_tokens)
    for name in STEPS:
        step(name, token)


def versions() -> dict[str, str]:
    """label → the value of the version that has it."""
    manager, secret_id = boto3.client("secretsmanager"), os.environ["CURSOR_SECRET_ARN"]
    stages = manager.describe_secret(SecretId=secret_id)["VersionIdsToStages"]
    return {
        label: manager.get_secret_value(SecretId=secret_id, VersionId=version)["SecretString"]
        for version, labels in stages.items()
        for label in labels
    }


def orders(world: World, **query: str) -> HandlerResponse:
    return world.api("list_orders", "GET /orders", query=query)


# -- the rotation ------------------------------------------------------------------------------------------


def test_a_rotation_makes_a_new_key_and_keeps_the_old_one_as_previous() -> None:
    before = versions()["AWSCURRENT"]
    rotate()
    after = versions()
    assert after["AWSPREVIOUS"] == before
    assert after["AWSCURRENT"] != before
    assert len(after["AWSCURRENT"]) == 64


def test_two_rotations_make_two_different_keys() -> None:
    rotate()
    first = versions()["AWSCURRENT"]
    rotate()
    assert (versions()["AWSPREVIOUS"], versions()["AWSCURRENT"] != first) == (first, True)


@pytest.mark.parametrize("done", range(len(STEPS) + 1))
def test_a_rotation_that_died_after_any_step_is_completed_by_its_retry(done: int) -> None:
    before, token = versions()["AWSCURRENT"], next(_tokens)
    for name in STEPS[:done]:
        step(name, token)
    stored = versions().get("AWSPENDING")
    for name in STEPS:
        step(name, token)
    after = versions()
    assert after["AWSPREVIOUS"] == before
    assert after["AWSCURRENT"] != before
    # The key that the first attempt stored is the one that is used.
    assert stored in (None, after["AWSCURRENT"])


def test_functions_use_the_old_key_until_the_last_rotation_step(monkeypatch: pytest.MonkeyPatch) -> None:
    token = next(_tokens)
    for name in STEPS[:-1]:
        step(name, token)
    cursor = sign(b"position", "list")
    start_process(monkeypatch)
    assert verify(cursor, "list") == b"position"


def test_an_unknown_step_fails_the_rotation() -> None:
    with pytest.raises(ValueError, match="dance"):
        step("dance", next(_tokens))


def test_a_rotation_logs_no_key(logs: Logs) -> None:
    rotate()
    assert len(logs.lines) == len(STEPS)
    assert versions()["AWSCURRENT"] not in logs.text


# -- cursors meanwhile -------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_new", [False, True], ids=["running function", "new function"])
def test_client_can_page_while_the_key_is_rotated(
    world: World, monkeypatch: pytest.MonkeyPatch, is_new: bool
) -> None:
    placed = {world.stocked().place_order() for _ in range(3)}
    page, found = orders(world, limit="1"), set[Any]()
    for _ in range(2):
        found |= {order["orderId"] for order in page.body["orders"]}
        rotate()
        if is_new:
            start_process(monkeypatch)
        page = orders(world, limit="1", cursor=page.body["next"])
    assert found | {order["orderId"] for order in page.body["orders"]} == placed


def test_running_function_accepts_a_cursor_signed_with_a_newer_key(monkeypatch: pytest.MonkeyPatch) -> None:
    running = SigningKeys()
    assert len(running.known()) == 1
    rotate()
    start_process(monkeypatch)
    cursor = sign(b"position", "list")
    monkeypatch.setattr(paging, "signing_keys", running)
    assert verify(cursor, "list") == b"position"


def test_new_function_accepts_a_cursor_that_is_signed_with_the_old_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running = SigningKeys()
    running.known()
    rotate()
    monkeypatch.setattr(paging, "signing_keys", running)
    cursor = sign(b"position", "list")
    start_process(monkeypatch)
    assert verify(cursor, "list") == b"position"


def test_running_function_signs_with_the_new_key_after_it_met_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running = SigningKeys()
    running.known()
    rotate()
    assert running.refresh()
    assert running.known()[-1] == versions()["AWSCURRENT"]


def test_a_cursor_is_refused_after_two_rotations(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.stocked()
    cursor = [orders(world, limit="1") for _ in range(2) if world.place_order()][-1].body["next"]
    rotate()
    rotate()
    start_process(monkeypatch)
    refused = orders(world, limit="1", cursor=cursor)
    assert (refused.status, fields_of(refused)) == (400, ["cursor"])


def test_cursor_is_valid_only_for_its_purpose() -> None:
    cursor = sign(b"position", "list")
    with pytest.raises(BadSignature):
        verify(cursor, "another list")


# -- what it costs -----------------------------------------------------------------------------------------


def test_signing_reads_the_current_key_once_per_process(calls: AwsCalls) -> None:
    for _ in range(3):
        verify(sign(b"position", "list"), "list")
    assert [call["VersionStage"] for call in calls.made("GetSecretValue")] == ["AWSCURRENT"]


def test_invalid_cursors_make_a_process_read_the_keys_again_once(
    calls: AwsCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: moment[0])
    for _ in range(5):
        with pytest.raises(BadSignature):
            verify("invalid.cursor", "list")
    assert len(calls.made("GetSecretValue")) == 1 + 2
    moment[0] += 10
    with pytest.raises(BadSignature):
        verify("invalid.cursor", "list")
    assert len(calls.made("GetSecretValue")) == 1 + 2 + 2


def test_unreadable_secret_is_a_fault_and_not_a_bad_cursor(
    world: World,
) -> None:
    cursor = sign(b"position", "list")
    boto3.client("secretsmanager").delete_secret(
        SecretId=os.environ["CURSOR_SECRET_ARN"], ForceDeleteWithoutRecovery=True
    )
    # The cursor is for another list, so the function reads the keys again before it refuses it.
    assert orders(world, cursor=cursor).status == 500
