"""The permissions that docs/runbooks/README.md lists for each command are those that it uses."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient

from console.workspace import ROOT
from ops.dead_letters.queues import KNOWN
from ops.sales import rebuilding
from ordering.domain.product import Sku
from ordering.repositories import sales_rebuild
from ordering.repositories.keys import order_keys, product_keys
from tests.support.client_calls import Parameters, Send, intercepted
from tests.support.orders import WAYS, an_order, overwrite
from tests.support.recorded import placed_order_image, stream_event
from tests.support.ses import prove_sender
from tests.tools.ops.commands import split
from tests.tools.ops.dead_letters.test_topics import EVENT, UNDELIVERED, add_topic, give_up
from tests.tools.ops.deployed import BUCKET, Deployed
from tests.tools.ops.test_replay import NOON, ONE, archive_events
from tests.tools.ops.test_stage import COMMANDS
from tests.tools.ops.test_uploads import refuse_upload
from tests.tools.ops.test_webhooks import an_ended_delivery

_PAGE = (ROOT / "docs" / "runbooks" / "README.md").read_text()
_TABLE = _PAGE.partition("## Permissions of an operator's role")[2].partition("\n## ")[0]
_ACTION = re.compile(r"`([a-z0-9]+:[A-Za-z]+)`")
# The name of a service's requests in IAM, where it is not the one by which they are signed.
_PREFIXES = {"monitoring": "cloudwatch"}
_NAMES = {
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "lambda:Invoke": "lambda:InvokeFunction",
    # A batch needs the permission of a single call ("Amazon SQS API permissions").
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sqs:SendMessageBatch": "sqs:SendMessage",
}
# TransactWriteItems needs the permissions of its actions ("Amazon DynamoDB Transactions: How it works").
_IN_TRANSACTION = {"Put": "PutItem", "Update": "UpdateItem", "ConditionCheck": "ConditionCheckItem"}
# Every identity may ask for its own ("GetCallerIdentity", AWS STS API Reference).
_FREE = {"sts:GetCallerIdentity"}


def documented() -> Iterator[tuple[set[str], set[str]]]:
    """The commands and the actions of each row; a row without commands is about those of the row above.

    CloudFormation is left out: a fake stands for it here, which makes no calls.
    """
    commands: set[str] = set()
    for row in re.findall(r"^\|(.*?)\|(.*?)\|", _TABLE, re.M):
        named = {split(each.split())[0] for each in re.findall(r"`([^`]+)`", row[0])} & set(COMMANDS)
        commands = named or commands
        actions = {each for each in _ACTION.findall(row[1]) if not each.startswith("cloudformation:")}
        if actions:
            yield commands, actions


def actions_of(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> Iterator[str]:
    """The permissions that a call needs."""
    signed = client.meta.service_model.signing_name
    service = _PREFIXES.get(signed, signed)
    if operation == "TransactWriteItems":
        yield from (f"dynamodb:{_IN_TRANSACTION[next(iter(each))]}" for each in parameters["TransactItems"])
    else:
        yield _NAMES.get(f"{service}:{operation}", f"{service}:{operation}")


@pytest.fixture
def used(
    deployed: Deployed, slept: list[float], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> dict[str, set[str]]:
    """Each command → the permissions that it used, in a stage where it has something to do."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    running: list[str] = []

    def note(client: BaseClient, operation: str, parameters: Parameters, send: Send) -> Any:
        for command in running:
            found[command] |= set(actions_of(client, operation, parameters))
        if operation != "Invoke":
            return send(parameters)
        # The function has a role of its own.
        commands, running[:] = list(running), []
        response = send(parameters)
        running[:] = commands
        return response

    monkeypatch.setattr(rebuilding, "wait_until", lambda moment, sleep: None)
    monkeypatch.setattr(sales_rebuild, "KEPT_DAYS", 20)
    for arguments in _commands(deployed, tmp_path):
        running.append(split(arguments)[0])
        with intercepted(note):
            ran = deployed.ops(*arguments)
        running.clear()
        # 1: of `status`, that the parked orders need a person; of `verify`, that a table is damaged.
        assert ran.status in ((1,) if arguments[0] in ("status", "verify") else (0, 3)), ran.err
    return found


def _commands(deployed: Deployed, folder: Path) -> Iterator[tuple[str, ...]]:
    """Every command, each after what it needs was put there."""
    world = deployed.world
    first, second, third = an_order(world), world.place_order(), world.place_order()
    for order_id in (second, third):
        deployed.park(order_id)
    yield ("status",)
    yield "find", "--customer", world.details(first).order.customer_id
    yield "find", "--id", first
    yield "find", "--status", "PENDING"
    yield ("open",)
    yield ("parked",)
    yield "unpark", third, "--yes"
    deployed.park(third)
    yield "drive", third, "--yes"
    deployed.dead(second)
    image = placed_order_image()
    batch = stream_event((None, image))
    deployed.put("ParkedChangesQueueUrl", {"cause": "KeyError", "record": batch["Records"][0]})
    _give_up(deployed, batch)
    yield ("dlq",)
    yield "show", second
    add_topic(deployed)
    give_up(deployed, {"detail": EVENT})
    redriven = [name for name, queue in KNOWN.items() if queue.redrive_refusal is None] + [UNDELIVERED]
    yield "redrive", *(part for queue in redriven for part in ("--queue", queue)), "--all", "--yes"
    deployed.put("OrderDeadLetterQueueUrl", {"orderId": "no-such-order"})
    _give_up(deployed, {"Records": []})
    yield "discard", *(part for queue in KNOWN for part in ("--queue", queue)), "--all", "--yes"
    yield "log", "place_order"
    refuse_upload(deployed)
    yield ("refused",)
    yield ("sales",)
    an_order(world, "fulfilled")
    yield "rebuild-sales", "--yes"
    prove_sender()
    yield "report", "2026-11-21", "--yes"
    yield "cancel", first, "--reason", "called", "--yes"
    for step in WAYS["fulfilled"]:
        world.step(step, second)
    yield "refund", second, "--reason", "broken", "--yes"
    overwrite(world, order_keys.payment(world.place_order(), 1), amount=1)
    overwrite(world, product_keys.stock(Sku("MUG-RED")), available=1)
    yield ("verify",)
    yield from _webhook_commands(deployed)
    (folder / "new.csv").write_text("sku,name,price.amount,price.currency\nNEW,New,1250,EUR\n")
    yield "catalogue", "import", str(folder / "new.csv"), "--yes"
    yield "catalogue", "export", str(folder / "all.csv")
    yield "catalogue", "export", str(folder / "mugs.csv"), "--category", "mugs"
    archive_events(deployed)
    yield "replay", "--from", NOON, "--to", ONE, "--consumer", "notify_customer", "--yes"


def _webhook_commands(deployed: Deployed) -> Iterator[tuple[str, ...]]:
    endpoint, delivery = an_ended_delivery(deployed)
    mine = ("webhooks", "--customer", endpoint.customer_id)
    yield mine
    yield "webhooks", "--disabled"
    yield "webhooks", "--earlier-key"
    yield "rotate-webhook-key", "--yes"
    yield *mine, "--endpoint", endpoint.webhook_id
    yield *mine, "--endpoint", endpoint.webhook_id, "--resend", delivery.event_id, "--yes"
    yield *mine, "--endpoint", endpoint.webhook_id, "--test", "--yes"


def _give_up(deployed: Deployed, batch: Mapping[str, Any]) -> None:
    body = json.dumps({"requestContext": {}, "payload": json.dumps(batch)})
    deployed.s3.put_object(Bucket=BUCKET, Key="batch", Body=body)


@pytest.mark.slow
def test_documented_permissions_are_those_that_the_commands_use(used: dict[str, set[str]]) -> None:
    allowed: defaultdict[str, set[str]] = defaultdict(set)
    for commands, actions in documented():
        for command in commands:
            allowed[command] |= actions
        needless = actions - set().union(*(used[command] for command in commands))
        assert not needless, f"no use of {commands} needs {needless}"
    assert used.keys() == set(COMMANDS)
    missing = {command: found - allowed[command] - _FREE for command, found in used.items()}
    assert {command: found for command, found in missing.items() if found} == {}
