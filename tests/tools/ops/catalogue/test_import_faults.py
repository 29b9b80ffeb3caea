"""`catalogue import` when calls fail, when it is interrupted, and when other writers change products."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordering.domain.product import Sku
from ordering.repositories.keys import product_keys
from tests.support.aws_calls import (
    AwsCalls,
    Replacement,
    and_then,
    before_it,
    client_error,
    fails,
    sent_twice,
)
from tests.support.orders import overwrite
from tests.tools.ops.catalogue.files import imported, json_lines, product, products, three_products
from tests.tools.ops.deployed import Deployed

FAULTS: dict[str, Replacement] = {
    "fails": fails("InternalServerError"),
    "is throttled": fails("ThrottlingException"),
    "loses its response": and_then(
        lambda: (_ for _ in ()).throw(client_error("InternalServerError", "Call"))
    ),
    "is interrupted": before_it(lambda: (_ for _ in ()).throw(KeyboardInterrupt())),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_import_that_stops_at_any_call_is_continued_by_a_second_run(
    deployed: Deployed, tmp_path: Path, calls: AwsCalls, fault: str, number: int
) -> None:
    """One call reads the three products, and three calls write them."""
    calls.at(number, FAULTS[fault])
    stopped = imported(deployed, three_products(tmp_path))
    assert stopped.status == (130 if fault == "is interrupted" else 1)
    assert f"continue with --from-line {max(1, number - 1)}" in stopped.err
    ran = imported(deployed, three_products(tmp_path))
    assert (ran.status, set(products(deployed))) == (0, {"S0", "S1", "S2"})
    again = imported(deployed, three_products(tmp_path))
    assert "0 created, 0 updated, 3 unchanged" in again.out


@pytest.mark.slow
def test_stopped_import_names_the_line_to_continue_with(
    deployed: Deployed, tmp_path: Path, calls: AwsCalls
) -> None:
    calls.at(3, fails("ExpiredTokenException"))
    stopped = imported(deployed, three_products(tmp_path))
    assert "stopped at line 2" in stopped.err
    assert "do: sign in again; continue with --from-line 2" in stopped.err
    ran = imported(deployed, three_products(tmp_path), "--from-line", "2")
    assert "2 created, 0 updated, 0 unchanged" in ran.out


@pytest.mark.slow
def test_repeated_write_whose_response_was_lost_is_not_a_conflict(
    deployed: Deployed, tmp_path: Path, calls: AwsCalls
) -> None:
    calls.next("UpdateItem", sent_twice)
    assert "3 created" in imported(deployed, three_products(tmp_path)).out


def test_product_that_dynamodb_refuses_holds_no_other_back(
    deployed: Deployed, tmp_path: Path, calls: AwsCalls
) -> None:
    calls.at(3, fails("ValidationException"))
    ran = imported(deployed, three_products(tmp_path))
    assert (ran.status, set(products(deployed))) == (3, {"S0", "S2"})
    assert "✗ line 2: $: S1: " in ran.err


@pytest.mark.slow
def test_change_by_another_writer_during_the_import_is_kept(
    deployed: Deployed, tmp_path: Path, calls: AwsCalls
) -> None:
    imported(deployed, three_products(tmp_path))
    other = {"name": "Other", "price": {"amount": 1, "currency": "EUR"}}

    def change() -> None:
        path = {"sku": "S1"}
        tag = deployed.world.api("get_product", "GET /products/{sku}", path=path).headers["etag"]
        deployed.world.api("put_product", "PUT /products/{sku}", other, path=path, headers={"If-Match": tag})

    calls.next("BatchGetItem", and_then(change))
    file = json_lines(tmp_path, *(product(f"S{number}", category="mugs") for number in range(3)))
    ran = imported(deployed, file)
    assert "✗ line 2: $: S1: it was changed by another writer" in ran.err
    assert products(deployed)["S1"]["name"] == "Other"
    assert "0 created, 1 updated, 2 unchanged" in imported(deployed, file).out


@pytest.mark.slow
def test_product_that_cannot_be_read_holds_no_other_back(deployed: Deployed, tmp_path: Path) -> None:
    imported(deployed, three_products(tmp_path))
    overwrite(deployed.world, product_keys.product(Sku("S1")), name=7)
    ran = imported(deployed, three_products(tmp_path))
    assert ran.status == 3
    assert "✗ line 2: $: S1: the stored product cannot be read" in ran.err
    assert "2 unchanged" in ran.out


@pytest.mark.slow
def test_rate_limits_the_writes(deployed: Deployed, tmp_path: Path, slept: list[float]) -> None:
    imported(deployed, three_products(tmp_path), "--rate", "2/s")
    assert slept == [0.5, 0.5]
