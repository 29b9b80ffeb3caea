"""POST /customers/me/export: a customer gets all of their data, by a link in a mail."""

import json
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from ordering.domain.clock import as_text, later
from ordering.domain.exports import FILE_DAYS, PAUSE
from ordering.repositories.keys import customer_keys
from tests.handlers.exports.exporting import (
    EMAIL,
    deliver_jobs,
    exported,
    files,
    mails,
    opened,
    request,
    status,
    sweep,
)
from tests.support.clock import MovableClock
from tests.support.environment import EXPORTS_BUCKET
from tests.support.logs import Logs
from tests.support.orders import cancel_to_the_end
from tests.support.world import ADDRESS, World


def export(world: World, clock: MovableClock, subject: str = "alice") -> None:
    """Let alice have an export, from the request to the mail."""
    assert request(world, subject).status == 202
    clock.move(61)
    sweep()
    deliver_jobs()


def test_customer_gets_a_link_to_everything_that_is_kept_of_them(world: World, clock: MovableClock) -> None:
    world.stocked().with_profile(EMAIL)
    orders = [world.place_order(), world.place_order()]
    cancel_to_the_end(world, orders[0])
    world.place(subject="bob")
    clock.move(1)
    asked = request(world)
    assert (asked.status, asked.body["status"]) == (202, "RUNNING")
    clock.move(61)
    sweep()
    assert deliver_jobs() == 1

    (mail,) = mails()
    assert (mail.to, mail.subject) == (EMAIL, "Your data")
    (link,) = re.findall(r"^http\S+$", mail.text, re.M)
    assert urlsplit(link).path.endswith("customer-data.json")
    assert int(parse_qs(urlsplit(link).query)["X-Amz-Expires"][0]) == 12 * 3600
    data = json.loads(opened(link, "process_customer_data"))
    assert data == exported()
    assert data["format"] == "customer-data/1"
    assert data["customer"]["profile"]["email"] == EMAIL
    assert [each["order"]["orderId"] for each in data["orders"]] == orders[::-1]
    assert all(each["address"]["address"] == ADDRESS for each in data["orders"])
    assert data["orders"][0]["order"]["lines"][0]["sku"] == "MUG-RED"
    done = status(world).body
    assert {"exportId", "requestedAt"} <= asked.body.keys()
    assert asked.body.items() - {("status", "RUNNING")} <= done.items()
    assert done["status"] == "SENT"
    head = boto3.client("s3").head_object(Bucket=EXPORTS_BUCKET, Key=next(iter(files())))
    assert head["ContentType"] == "application/json"
    assert head["ContentDisposition"].startswith('attachment; filename="customer-data-20')


def test_customer_without_anything_but_a_profile_gets_a_file_too(world: World, clock: MovableClock) -> None:
    world.with_profile(EMAIL)
    export(world, clock)
    assert exported()["orders"] == []


def test_running_export_is_returned_again_and_made_once(world: World, clock: MovableClock) -> None:
    world.with_profile(EMAIL)
    first = request(world)
    clock.move(5)
    assert request(world) == first
    assert status(world).body == first.body
    clock.move(61)
    sweep()
    sweep()
    deliver_jobs()
    assert len(mails()) == 1


def test_export_without_a_profile_is_refused_with_what_to_do(world: World, clock: MovableClock) -> None:
    refused = request(world)
    assert (refused.status, refused.body["type"]) == (409, "urn:problem-type:profile-required")
    assert "`PUT /customers/me`" in refused.body["detail"]
    assert world.items() == []


def test_next_export_is_refused_for_a_day_with_the_time(world: World, clock: MovableClock) -> None:
    world.with_profile(EMAIL)
    export(world, clock)
    finished = status(world).body
    clock.move(PAUSE.total_seconds() - 60)
    refused = request(world)
    assert (refused.status, refused.body["type"]) == (409, "urn:problem-type:export-too-soon")
    assert status(world).body["exportId"] == finished["exportId"]
    clock.move(120)
    export(world, clock)
    assert len(mails()) == 2


@pytest.mark.parametrize("damage", [{"status": 7}, {"exportId": None}])
def test_record_that_cannot_be_read_is_replaced_by_the_next_request(
    world: World, clock: MovableClock, damage: dict[str, object]
) -> None:
    world.with_profile(EMAIL)
    request(world)
    (item,) = (item for item in world.items() if item["SK"] == customer_keys.EXPORT)
    damaged = {name: value for name, value in {**item, **damage}.items() if value is not None}
    world.table.put_many([damaged])
    export(world, clock)
    assert status(world).body["status"] == "SENT"


def test_status_without_an_export_is_404(world: World, clock: MovableClock) -> None:
    missing = status(world)
    assert (missing.status, missing.body["type"]) == (404, "urn:problem-type:export-not-found")


@pytest.mark.parametrize(
    ("language", "subject"), [("en", "Your data"), ("de", "Ihre Daten"), ("fr", "Vos données")]
)
def test_mail_is_in_the_language_of_the_profile(
    world: World, clock: MovableClock, language: str, subject: str
) -> None:
    world.api("put_profile", "PUT /customers/me", {"email": EMAIL, "language": language})
    export(world, clock)
    assert [mail.subject for mail in mails()] == [subject]


def test_signed_in_customer_gets_short_links_for_as_long_as_the_file_is_kept(
    world: World, clock: MovableClock
) -> None:
    """The link in the mail may expire earlier, with the session of the function's role."""
    world.with_profile(EMAIL)
    assert "url" not in request(world).body
    clock.move(61)
    sweep()
    deliver_jobs()
    first = status(world).body
    assert json.loads(opened(first["url"], "get_export")) == exported()
    link = urlsplit(first["url"])
    assert link.path.endswith("customer-data.json")
    assert parse_qs(link.query)["X-Amz-Expires"] == ["300"]
    assert first["urlExpiresAt"] == later(as_text(clock.present), timedelta(minutes=5))
    clock.move(FILE_DAYS * 24 * 3600 - 120)
    assert status(world).body["urlExpiresAt"] > first["urlExpiresAt"]
    clock.move(240)
    assert status(world).body["status"] == "SENT"
    assert {"url", "urlExpiresAt"}.isdisjoint(status(world).body)


def test_no_other_customer_gets_the_link(world: World, clock: MovableClock) -> None:
    """Guarantee 6."""
    world.with_profile(EMAIL)
    export(world, clock)
    assert status(world, "bob").status == 404


def test_log_contains_neither_links_nor_addresses(world: World, clock: MovableClock, logs: Logs) -> None:
    """Anyone who has a link can read the file."""
    world.stocked().with_profile(EMAIL)
    world.place_order()
    clock.move(1)
    export(world, clock)
    assert "url" in status(world).body
    assert "job continued" in logs.messages()
    for secret in ("X-Amz", "https://", EMAIL, *ADDRESS.values()):
        assert str(secret) not in logs.text


def test_file_has_no_secret_and_no_operator(world: World, clock: MovableClock) -> None:
    """With the payment token and the salts of webhooks, a person who obtains the file could pay and sign."""
    world.stocked().with_profile(EMAIL)
    world.place_order()
    clock.move(1)
    export(world, clock)
    (content,) = files().values()
    assert b"tok_ok" not in content
    for name in (b"paymentToken", b"fingerprint", b"nonce", b'"PK"', b"GSI1PK"):
        assert name not in content
