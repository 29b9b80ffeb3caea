"""`log` shows the latest lines of a function."""

import time

import pytest

from tests.tools.ops.deployed import Deployed


def ago(seconds: float = 0) -> int:
    """Returns the time so many seconds ago, in milliseconds since 1970."""
    return int((time.time() - seconds) * 1000)


@pytest.mark.parametrize("name", ["publish_changes", "PublishChanges", "publishchanges"])
def test_log_shows_the_lines_of_a_function(deployed: Deployed, name: str) -> None:
    deployed.wrote("PublishChanges", ago(2), level="INFO", message="published", events=["e-1"])
    deployed.wrote("PublishChanges", ago(1), level="ERROR", message="malformed change parked")
    deployed.wrote("DriveOrder", ago(), level="INFO", message="driven")
    ran = deployed.ops("log", name)
    assert ran.status == 0
    published, parked = ran.out.splitlines()
    assert published.endswith('PublishChanges      INFO published events=["e-1"]')
    assert parked.endswith("PublishChanges      ERROR malformed change parked")


def test_log_shows_only_recent_lines_with_the_text(deployed: Deployed) -> None:
    deployed.wrote("DriveOrder", ago(20 * 60), level="ERROR", message="old")
    deployed.wrote("DriveOrder", ago(5 * 60), level="ERROR", message="young")
    deployed.wrote("DriveOrder", ago(), level="INFO", message="driven")
    assert "old" in deployed.ops("log", "drive_order", "--minutes", "30").out
    out = deployed.ops("log", "drive_order", "--having", "ERROR").out
    assert out.splitlines()[0].endswith("ERROR young")
    assert len(out.splitlines()) == 1


def test_log_shows_the_order_id_of_a_line(deployed: Deployed) -> None:
    deployed.wrote("DriveOrder", ago(), level="ERROR", message="not driven", order_id="67ac7c2f")
    assert "not driven order_id=67ac7c2f" in deployed.ops("log", "drive_order").out


def test_log_of_the_state_machine_shows_no_input_and_output(deployed: Deployed) -> None:
    details = {"name": "Book shipment", "input": "secret"}
    deployed.wrote("Machine", ago(), type="TaskStateEntered", details=details)
    assert deployed.ops("log", "Machine").out.endswith("Machine             TaskStateEntered Book shipment\n")


def test_log_shows_no_email_address(deployed: Deployed) -> None:
    deployed.wrote("DriveOrder", ago(), level="INFO", message="of ada@example.com")
    assert "of [redacted]" in deployed.ops("log", "drive_order").out


def test_log_of_an_unknown_function_is_refused(deployed: Deployed) -> None:
    ran = deployed.ops("log", "drive_orders")
    assert ran.status == 1
    assert "stage dev has no log of drive_orders" in ran.err
    assert (
        "name one of: DriveOrder, GetOrder, Machine, NotifyCustomer, PlaceOrder, PublishChanges, " in ran.err
    )
