"""The flat object of outputs."""

import json
from pathlib import Path

import pytest

from console import outputs
from console.progress import StepFailed
from console.workspace import Workspace

STACKS = {
    "orders-local-data": {"TableName": "orders", "ExportsOutputRefTable1234": "orders"},
    "orders-local-api": {"ApiUrl": "http://a1b2c3.execute-api.localhost:4566", "Audience": "orders-api"},
}


def test_the_outputs_of_all_stacks_are_one_object_without_cdks_own() -> None:
    assert outputs.flatten(STACKS) == {
        "ApiUrl": "http://a1b2c3.execute-api.localhost:4566",
        "Audience": "orders-api",
        "TableName": "orders",
    }


def test_two_stacks_may_not_disagree_about_an_output() -> None:
    with pytest.raises(ValueError, match="TableName"):
        outputs.flatten({"a": {"TableName": "one"}, "b": {"TableName": "another"}})


@pytest.mark.parametrize(
    "api_url",
    [
        "http://a1b2c3.execute-api.localhost:4566",
        "https://a1b2c3.execute-api.eu-west-1.amazonaws.com/",
    ],
)
def test_the_api_is_reached_by_a_path_of_the_engine(api_url: str) -> None:
    reachable = outputs.reachable(api_url, "http://127.0.0.1:4570")

    assert reachable == "http://127.0.0.1:4570/_aws/execute-api/a1b2c3/$default"


def test_another_address_is_not_taken_for_an_apis() -> None:
    with pytest.raises(ValueError, match="not the address of an API"):
        outputs.reachable("http://127.0.0.1:4566/restapis/a1b2c3", "http://127.0.0.1:4566")


def test_what_is_written_is_read_back_with_the_engines_place(tmp_path: Path) -> None:
    home = Workspace(tmp_path)

    outputs.write(home, STACKS, endpoint="http://127.0.0.1:4570", region="eu-west-1")

    assert outputs.read(home) == json.loads(home.outputs.read_text())
    assert outputs.read(home)["ApiUrl"] == "http://127.0.0.1:4570/_aws/execute-api/a1b2c3/$default"
    assert outputs.read(home)["Endpoint"] == "http://127.0.0.1:4570"


def test_without_a_deployment_the_failure_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(StepFailed) as failed:
        outputs.read(Workspace(tmp_path))

    assert "make up" in failed.value.remedy
