"""A deployment while orders run: this release is deployed over the previous one."""

import shutil
import subprocess
import time
from pathlib import Path

from console.processes import free_port
from console.workspace import Workspace
from local.environment import attach
from local.toolchains import ROOT
from orders_client import Order, OrderStatus
from tests.e2e.project_checkout import COMMAND_TIMEOUT, Checkout, checkout, copy_project, plain_environment
from tests.e2e.shop import UNSERVED_ADDRESS, Customer, Shop
from tests.releases.previous import write_files

# What a checkout's environments are built from. The previous release runs on this project's packages, so that
# nothing has to be downloaded.
_LOCKS = ("requirements*.in", "requirements*.txt", "package.json", "package-lock.json", "pyproject.toml")


def test_orders_that_run_while_a_release_is_deployed_end() -> None:
    """Guarantees 1 to 4: orders that were placed in the previous release, and during the deployment."""
    with checkout("upgrade", write=_previous_release) as made:
        shell = plain_environment()
        first = made.make("up", f"PORT={free_port()}", f"ISSUER_PORT={free_port()}", env=shell)
        assert first.status == 0, first.output
        with Shop(attach(Workspace(made.local))) as shop:
            alice, sku = shop.customer("alice"), shop.product(units=500)
            with shop.paused_processing():
                # They wait in the queue, so that the first of them is driven during the deployment.
                placed = _place_one_of_each(alice, sku)
            made.replace_files(copy_project)
            placed += _place_during_deployment(made, shell, alice, sku)
            placed += _place_one_of_each(alice, sku)
            ended = [alice.wait_for_end(order) for order in placed]
            assert {order.status for order in ended} == {
                OrderStatus.FULFILLED,
                OrderStatus.REJECTED,
                OrderStatus.CANCELLED,
            }
            shop.check_guarantees()


def _place_one_of_each(alice: Customer, sku: str) -> list[Order]:
    """An order that is fulfilled, one that is declined, and one that is refunded."""
    return [
        alice.place(sku, 2),
        alice.place(sku, payment_token="tok_declined"),
        alice.place(sku, address=UNSERVED_ADDRESS),
    ]


def _place_during_deployment(made: Checkout, shell: dict[str, str], alice: Customer, sku: str) -> list[Order]:
    """Deploy this release, and place an order every second meanwhile."""
    placed: list[Order] = []
    with made.start("make", "up", env=shell) as deploying:
        deadline = time.monotonic() + COMMAND_TIMEOUT
        while True:
            try:
                out, err = deploying.communicate(timeout=1)
                break
            except subprocess.TimeoutExpired:
                assert time.monotonic() < deadline, "`make up` does not end"
                placed.append(alice.place(sku))
    assert deploying.returncode == 0, out + err
    assert "no stack changed" not in out, out
    return placed


def _previous_release(folder: Path) -> None:
    write_files(folder)
    for pattern in _LOCKS:
        for path in ROOT.glob(pattern):
            shutil.copy2(path, folder / path.name)
        for parent in ("layers/*", "local", "client"):
            for path in ROOT.glob(f"{parent}/{pattern}"):
                target = folder / path.relative_to(ROOT)
                if target.parent.exists():
                    shutil.copy2(path, target)
