"""Each call of an export fails, and the redelivery of its message, or the sweep, completes it.

`make faults` does the same for the customer of an order, with every kind of fault.
"""

from contextlib import suppress
from itertools import count
from typing import Any

import boto3
import pytest

from lambdas.events import process_customer_data
from ordering.domain.exports import PAUSE
from ordering.repositories.customer_jobs import CustomerJobs
from ordering.repositories.exports import CLAIM_SECONDS
from ordering.repositories.keys import customer_keys
from ordering.repositories.removals import LAG
from tests.handlers.exports.exporting import (
    EMAIL,
    deliver,
    deliver_jobs,
    exported,
    files,
    mails,
    receive,
    request,
    status,
    sweep,
)
from tests.handlers.images.test_faults import FAULTS
from tests.support.aws_calls import AwsCalls, and_then, before_it, fails
from tests.support.clock import MovableClock
from tests.support.environment import CUSTOMER_JOBS_QUEUE_URL, EXPORTS_BUCKET
from tests.support.faults import ProcessLost
from tests.support.world import World


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_customer_data, "sleep", lambda seconds: None)


def work_until_done(world: World, clock: MovableClock) -> None:
    """Let the sweep and the queue work, until no export is running and no message is left.

    Everything that the test calls itself may fail too.
    """
    for _ in range(20):
        clock.move(max(CLAIM_SECONDS, 60) + 1)
        with suppress(ProcessLost, Exception):
            sweep()
        with suppress(ProcessLost, Exception):
            for message in receive():
                deliver(message)
        with suppress(ProcessLost, Exception):
            if status(world).body.get("status") == "SENT" and not messages_left():
                return
    raise AssertionError(f"it does not end: {status(world)}")


def redeliver_at_once(calls: AwsCalls) -> None:
    """Let each message be received again at once: moto's queue does not follow the test's clock."""
    calls.always("ChangeMessageVisibilityBatch", lambda parameters, send: {})
    boto3.client("sqs").set_queue_attributes(
        QueueUrl=CUSTOMER_JOBS_QUEUE_URL, Attributes={"VisibilityTimeout": "0"}
    )


def messages_left() -> int:
    """Returns how many messages can be received."""
    found = boto3.client("sqs").get_queue_attributes(
        QueueUrl=CUSTOMER_JOBS_QUEUE_URL, AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(found["Attributes"]["ApproximateNumberOfMessages"])


def empty_bucket() -> None:
    for key in files():
        boto3.client("s3").delete_object(Bucket=EXPORTS_BUCKET, Key=key)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_every_call_of_an_export_may_fail(
    world: World, clock: MovableClock, calls: AwsCalls, fault: str
) -> None:
    """From the sweep that finds the request to the mail. Whichever call fails, the export is completed."""
    world.stocked().with_profile(EMAIL)
    orders = [world.place_order(), world.place_order()]
    repeated = 0
    redeliver_at_once(calls)
    for number in count(1):
        clock.move(PAUSE.total_seconds() + 60)
        before = len(mails())
        assert request(world).status == 202, number
        calls.at(number, FAULTS[fault])
        work_until_done(world, clock)
        has_failed = calls.fired()
        assert [each["order"]["orderId"] for each in exported()["orders"]] == orders[::-1], number
        # A mail is repeated only where the process died, or the response of SES was lost, after it was sent.
        assert 1 <= len(mails()) - before <= 2, number
        repeated += len(mails()) - before - 1
        empty_bucket()
        if not has_failed:
            break
    assert number > 25, "it makes many calls"
    assert repeated == {"fails": 0, "response lost": 1, "process dies": 1}[fault]


@pytest.mark.parametrize("fault", FAULTS)
def test_every_call_of_a_request_may_fail(
    world: World, clock: MovableClock, calls: AwsCalls, fault: str
) -> None:
    """The client sends it again, and there is one export."""
    world.with_profile(EMAIL)
    for number in count(1):
        calls.at(number, FAULTS[fault])
        with suppress(ProcessLost):
            request(world)
        has_failed = calls.fired()
        again = request(world)
        assert (again.status, again.body["status"]) == (202, "RUNNING")
        assert status(world).body == again.body
        if not has_failed:
            break
        (item,) = (item for item in world.items() if item["SK"] == customer_keys.EXPORT)
        world.table.delete({"PK": item["PK"], "SK": item["SK"]})
    assert number > 2


def running(world: World, clock: MovableClock) -> dict[str, Any]:
    """Request an export, and return its message."""
    world.stocked().with_profile(EMAIL)
    world.place_order()
    request(world)
    clock.move(61)
    sweep()
    (message,) = receive()
    return dict(message)


@pytest.mark.parametrize("operation", ["UploadPart", "CompleteMultipartUpload", "SendEmail"])
def test_two_messages_at_once_make_one_export(
    world: World, clock: MovableClock, calls: AwsCalls, operation: str
) -> None:
    message = running(world, clock)
    delivered: list[bool] = []
    calls.next(operation, before_it(lambda: delivered.append(deliver(message))))
    assert deliver(message)
    assert delivered == [False], "the other one waits"
    assert (len(mails()), len(files())) == (1, 1)
    assert deliver(message), "and then finds nothing to do"
    assert len(mails()) == 1


def test_message_without_an_export_is_deleted(world: World, clock: MovableClock) -> None:
    message = running(world, clock)
    world.api("delete_profile", "DELETE /customers/me")
    assert deliver(message)
    assert (files(), mails()) == ({}, [])


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"customerId": "x", "job": "LATER"}', '{"job": "EXPORT"}'])
def test_message_that_names_no_job_fails_until_it_is_a_dead_letter(
    world: World, clock: MovableClock, body: str
) -> None:
    message = running(world, clock) | {"body": body}
    assert not deliver(message)


@pytest.mark.parametrize(
    "operation", ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "SendEmail"]
)
def test_customer_who_is_removed_during_their_export_leaves_no_file(
    world: World, clock: MovableClock, calls: AwsCalls, operation: str
) -> None:
    """Guarantee 6, for deletion: the export ends, and what it has written is deleted."""
    message = running(world, clock)
    calls.next(operation, and_then(lambda: world.api("delete_profile", "DELETE /customers/me")))
    assert deliver(message)
    assert len(mails()) == (operation == "SendEmail")
    clock.move(LAG.total_seconds() + 61)
    sweep()
    deliver_jobs()
    assert files() == {}
    assert [item["SK"] for item in world.items() if item["PK"].startswith("CUSTOMER#")] == []


def test_file_of_a_finished_export_is_deleted_with_the_profile(world: World, clock: MovableClock) -> None:
    assert deliver(running(world, clock))
    assert len(files()) == 1
    world.api("delete_profile", "DELETE /customers/me")
    clock.move(LAG.total_seconds() + 61)
    sweep()
    deliver_jobs()
    assert files() == {}
    assert CustomerJobs(world.table).due(10) == []


def test_customer_who_has_come_back_keeps_their_new_export(world: World, clock: MovableClock) -> None:
    """The last scan of the removal deletes the files of earlier exports only."""
    assert deliver(running(world, clock))
    (old,) = files()
    world.api("delete_profile", "DELETE /customers/me")
    world.with_profile(EMAIL)
    request(world)
    clock.move(61)
    sweep()
    deliver_jobs()
    (new,) = files().keys() - {old}
    clock.move(LAG.total_seconds() + 61)
    sweep()
    deliver_jobs()
    assert [item["SK"] for item in world.items() if item["SK"] == customer_keys.REMOVAL] == []
    assert files().keys() == {new}


def test_address_that_is_refused_is_shown_and_another_export_may_follow(
    world: World, clock: MovableClock, calls: AwsCalls
) -> None:
    """An address that SES refuses is not a fault: the customer can correct it, and request again at once."""
    message = running(world, clock)
    calls.next("SendEmail", fails("BadRequestException"))
    assert deliver(message)
    refused = status(world).body
    assert (refused["status"], "url" in refused) == ("NOT_SENT", True), "the file can be read all the same"
    assert request(world).body["status"] == "RUNNING"


@pytest.mark.parametrize("operation", ["UploadPart", "CompleteMultipartUpload"])
def test_upload_that_has_expired_is_begun_again(
    world: World, clock: MovableClock, calls: AwsCalls, operation: str
) -> None:
    """Its message was in the dead-letter queue for longer than the bucket keeps an upload."""
    message = running(world, clock)
    calls.next(operation, fails("NoSuchUpload"))
    assert deliver(message)
    assert len(exported()["orders"]) == 1
    assert len(mails()) == 1


def test_upload_that_never_works_fails_its_message(
    world: World, clock: MovableClock, calls: AwsCalls
) -> None:
    message = running(world, clock)
    calls.always("UploadPart", fails("NoSuchUpload"))
    assert not deliver(message)
    assert len(calls.made("CreateMultipartUpload")) == 6


def test_request_is_found_by_the_sweep_once_the_index_shows_the_last_orders(
    world: World, clock: MovableClock
) -> None:
    world.with_profile(EMAIL)
    request(world)
    clock.move(5)
    assert CustomerJobs(world.table).due(10) == []
    clock.move(10)
    assert len(CustomerJobs(world.table).due(10)) == 1


def test_lost_message_is_sent_again_after_an_hour(world: World, clock: MovableClock) -> None:
    """While it has a message, a job gets no second one: an outage leaves one dead letter, not sixty."""
    running(world, clock)
    for _ in range(3):
        clock.move(61)
        sweep()
    assert messages_left() == 0
    clock.move(3600)
    sweep()
    assert messages_left() == 1
