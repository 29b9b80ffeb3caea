"""How the layers are built: once for the same inputs and the same target platform."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import botocore
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.session import get_session

from ordering.dynamodb.codec import UnreadableValue, decode_item, encode_item
from stacks import byte_code, handler_code, layers
from stacks.called_operations import UnknownCall, called_operations, operations_in
from stacks.settings import STAGES
from stacks.settings.protection import with_examples
from tests.synth import PROJECT


class Pip:
    """Stands in for pip and the compiler: keeps the commands, and installs only botocore's data."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []

    def run(self, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        if "pip" in command:
            target = Path(command[command.index("--target") + 1])
            data = Path(botocore.__file__).parent / "data"
            for service in (*called_operations(), "signer"):
                shutil.copytree(data / service, target / "botocore" / "data" / service)
            shutil.copy(data / "endpoints.json", target / "botocore" / "data")
            (target / "botocore-1.dist-info").mkdir()
        return subprocess.CompletedProcess(command, 0, stdout="3.13\n", stderr="")

    @property
    def installed(self) -> list[list[str]]:
        return [command for command in self.commands if "pip" in command]


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pip:
    pip = Pip()
    monkeypatch.setattr(layers, "_BUILT", tmp_path)
    monkeypatch.setattr(handler_code, "_BUILT", tmp_path / "handlers")
    monkeypatch.setattr(subprocess, "run", pip.run)
    byte_code.version_of.cache_clear()
    return pip


@pytest.fixture(autouse=True)
def _forget_interpreters() -> Any:
    yield
    byte_code.version_of.cache_clear()


@pytest.mark.slow
def test_wheels_are_locked_and_are_for_where_the_function_runs(pip: Pip) -> None:
    layers.build(STAGES["dev"])
    assert pip.installed
    for command in pip.installed:
        assert {"--require-hashes", "--only-binary=:all:", "--no-deps"} <= set(command)
        assert {"--platform=manylinux2014_aarch64", "--python-version=3.13"} <= set(command)
        assert "--implementation=cp" in command


@pytest.mark.slow
def test_the_local_stage_takes_this_hosts_wheels(pip: Pip) -> None:
    layers.build(STAGES["local"])
    for command in pip.installed:
        assert not [option for option in command if option.startswith(("--platform", "--python-version"))]


@pytest.fixture
def packages(pip: Pip) -> Path:
    """The packages of the dependencies layer."""
    return layers.build(STAGES["dev"]).dependencies.directory / "python"


@pytest.mark.slow
def test_layer_leaves_out_files_that_no_handler_reads(packages: Path) -> None:
    data = packages / "botocore" / "data"
    assert {path.name for path in data.iterdir()} == {*called_operations(), "endpoints.json"}
    assert {path.name for path in packages.iterdir()} == {"botocore"}
    assert {path.name for path in data.rglob("*.json*")} == {
        "endpoints.json",
        "endpoint-rule-set-1.json",
        "service-2.json",
        "service-2.sdk-extras.json",
    }


@pytest.mark.slow
def test_layer_describes_the_called_operations_and_their_shapes(packages: Path) -> None:
    loader = Loader(
        extra_search_paths=[str(packages / "botocore" / "data")], include_default_search_paths=False
    )
    for service, called in called_operations().items():
        model = ServiceModel(loader.load_service_model(service, "service-2"), service)
        assert tuple(model.operation_names) == called
        for name in called:
            for shape in (model.operation_model(name).input_shape, model.operation_model(name).output_shape):
                assert shape is None or shape.members is not None
            assert model.operation_model(name).error_shapes is not None


ITEM = encode_item(
    {
        "PK": "ORDER#1",
        "number": -7,
        "nothing": None,
        "map": {"flag": True, "empty": {}, "B": "a member's name, not a type"},
        "list": ["é", [1], {}],
    }
)
REQUESTS: dict[str, dict[str, Any]] = {
    "GetItem": {"TableName": "orders", "Key": ITEM, "ConsistentRead": True},
    "BatchGetItem": {"RequestItems": {"orders": {"Keys": [ITEM, ITEM], "ConsistentRead": True}}},
    "BatchWriteItem": {"RequestItems": {"orders": [{"DeleteRequest": {"Key": ITEM}}]}},
    "Query": {"TableName": "orders", "ExpressionAttributeValues": ITEM, "ExclusiveStartKey": ITEM},
    "PutItem": {"TableName": "orders", "Item": ITEM, "ExpressionAttributeValues": ITEM},
    "UpdateItem": {"TableName": "orders", "Key": ITEM, "ExpressionAttributeValues": ITEM},
    "DeleteItem": {"TableName": "orders", "Key": ITEM, "ExpressionAttributeValues": ITEM},
    "TransactWriteItems": {
        "ClientRequestToken": "token",
        "TransactItems": [
            {"Put": {"TableName": "orders", "Item": ITEM, "ExpressionAttributeValues": ITEM}},
            {"Update": {"TableName": "orders", "Key": ITEM, "UpdateExpression": "SET a = :a"}},
            {"Delete": {"TableName": "orders", "Key": ITEM}},
            {"ConditionCheck": {"TableName": "orders", "Key": ITEM, "ConditionExpression": "x"}},
        ],
    },
}
RESPONSES: dict[str, dict[str, Any]] = {
    "GetItem": {"Item": ITEM},
    "BatchGetItem": {"Responses": {"orders": [ITEM]}, "UnprocessedKeys": {"orders": {"Keys": [ITEM]}}},
    "BatchWriteItem": {"UnprocessedItems": {"orders": [{"DeleteRequest": {"Key": ITEM}}]}},
    "Query": {"Items": [ITEM, ITEM], "Count": 2, "LastEvaluatedKey": ITEM},
    "PutItem": {"Attributes": ITEM},
    "UpdateItem": {"Attributes": ITEM},
    "DeleteItem": {"Attributes": ITEM},
    "TransactWriteItems": {},
}
ERRORS: dict[str, dict[str, Any]] = {
    "PutItem": {"__type": "com.amazonaws#ConditionalCheckFailedException", "message": "no", "Item": ITEM},
    "TransactWriteItems": {
        "__type": "com.amazonaws#TransactionCanceledException",
        "Message": "cancelled",
        "CancellationReasons": [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": ITEM}],
    },
}


@pytest.fixture
def descriptions(packages: Path) -> list[ServiceModel]:
    """DynamoDB, as botocore describes it and as the layer does."""
    loader = Loader(
        extra_search_paths=[str(packages / "botocore" / "data")], include_default_search_paths=False
    )
    return [
        get_session().get_service_model("dynamodb"),
        ServiceModel(loader.load_service_model("dynamodb", "service-2"), "dynamodb"),
    ]


@pytest.mark.slow
def test_requests_of_dynamodb_are_the_same_by_the_layers_description(
    descriptions: list[ServiceModel],
) -> None:
    """The layer describes an item as a document, and DynamoDB must see no difference."""
    assert set(REQUESTS) >= set(called_operations()["dynamodb"])
    for name in called_operations()["dynamodb"]:
        whole, cut = (
            create_serializer("json").serialize_to_request(REQUESTS[name], each.operation_model(name))
            for each in descriptions
        )
        assert cut == whole


@pytest.mark.slow
def test_responses_of_dynamodb_are_read_the_same_by_the_layers_description(
    descriptions: list[ServiceModel],
) -> None:
    for name in called_operations()["dynamodb"]:
        whole, cut = (_parsed(each, name, 200, RESPONSES[name]) for each in descriptions)
        assert cut == whole
    for name, error in ERRORS.items():
        whole, cut = (_parsed(each, name, 400, error) for each in descriptions)
        assert cut == whole
        assert whole["Error"]["Code"]


@pytest.mark.slow
def test_value_of_a_binary_type_is_unreadable_by_either_description(
    descriptions: list[ServiceModel],
) -> None:
    item = {"PK": {"S": "ORDER#1"}, "picture": {"B": "AAEC"}, "pictures": {"BS": ["AAEC"]}}
    for each in descriptions:
        decoded = decode_item(_parsed(each, "GetItem", 200, {"Item": item})["Item"])
        assert decoded["PK"] == "ORDER#1"
        assert isinstance(decoded["picture"], UnreadableValue)
        assert isinstance(decoded["pictures"], UnreadableValue)


def _parsed(model: ServiceModel, name: str, status: int, content: dict[str, Any]) -> Any:
    operation = model.operation_model(name)
    response = {"status_code": status, "headers": {}, "body": json.dumps(content).encode()}
    assert operation.output_shape
    parsed = create_parser("json").parse(response, operation.output_shape)
    if status >= 300:
        code = parsed["Error"]["Code"]
        shape = next(each for each in operation.error_shapes if each.name == code)
        parsed |= create_parser("json").parse(response, shape)
    return parsed


@pytest.mark.slow
def test_layer_describes_the_parameters_by_which_botocore_resolves_endpoints(packages: Path) -> None:
    """Without the text of a parameter, every call of S3 fails with a KeyError."""
    loader = Loader(
        extra_search_paths=[str(packages / "botocore" / "data")], include_default_search_paths=False
    )
    found = {
        service: ServiceModel(
            loader.load_service_model(service, "service-2"), service
        ).client_context_parameters
        for service in called_operations()
    }
    assert found["s3"]


def test_form_of_an_upload_is_signed_as_a_described_operation() -> None:
    assert "CreateBucket" in called_operations()["s3"]


@pytest.mark.slow
def test_layer_keeps_the_endpoints_of_every_region(packages: Path) -> None:
    whole = json.loads((Path(botocore.__file__).parent / "data" / "endpoints.json").read_text())
    cut = json.loads((packages / "botocore" / "data" / "endpoints.json").read_text())
    for before, after in zip(whole["partitions"], cut["partitions"], strict=True):
        assert after["regions"] == before["regions"]
        assert after["services"] == {name: before["services"][name] for name in after["services"]}
    assert {
        *("dynamodb", "email", "events", "lambda", "monitoring"),
        *("s3", "secretsmanager", "sns", "sqs", "ssm", "states"),
    } == set(cut["partitions"][0]["services"])


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("client(service)", "name the service of a client"),
        ('client("sqs").get_paginator("list_queues")', "no paginators"),
        ('client("no-such-service").call()', "describes no service"),
        ('client("sqs")', "calls one of its operations"),
    ],
)
def test_call_that_cannot_be_described_is_refused_by_the_build(
    code: str, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "module.py").write_text(f"from ordering.aws.clients import client\n{code}\n")
    with pytest.raises(UnknownCall, match=reason):
        operations_in(tmp_path)


def test_called_operations_are_read_from_the_code(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text('queue = client("sqs")\nqueue.send_message()\nother.append(1)\n')
    assert operations_in(tmp_path) == {"sqs": ("SendMessage",)}


@pytest.mark.slow
def test_the_same_inputs_are_built_once(pip: Pip) -> None:
    assert layers.build(STAGES["dev"]) == layers.build(with_examples(STAGES["prod"]))
    assert len(pip.installed) == len(["dependencies", "authoriser", "imaging"])


@pytest.mark.slow
def test_layer_contains_the_domain_unchanged(pip: Pip) -> None:
    package = layers.build(STAGES["dev"]).ordering.directory / "python" / "ordering"
    for source in (PROJECT / "layers" / "ordering").rglob("*.py"):
        copied = package / source.relative_to(PROJECT / "layers" / "ordering")
        assert copied.read_bytes() == source.read_bytes()


@pytest.fixture
def listed() -> set[Path]:
    """The files of the domain that git knows, or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "ordering"]
    names = subprocess.check_output(command, cwd=PROJECT / "layers", text=True).splitlines()
    return {Path(name) for name in names if (PROJECT / "layers" / name).is_file()}


@pytest.mark.slow
def test_domain_layer_has_exactly_the_files_of_git(listed: set[Path], pip: Pip) -> None:
    """The development environment installs the package in place, and adds no files to the layer."""
    packages = layers.build(STAGES["dev"]).ordering.directory / "python"
    built = {path.relative_to(packages) for path in packages.rglob("*") if path.is_file()}
    assert built == listed
    assert not [path for path in built if any(part.endswith("-info") for part in path.parts)]


@pytest.mark.slow
def test_byte_code_is_compiled_unchecked_by_the_matching_interpreter(pip: Pip) -> None:
    layers.build(STAGES["dev"])
    compiled = [command for command in pip.commands if "compileall" in command]
    assert len(compiled) == len(["dependencies", "ordering", "authoriser", "handlers", "imaging"])
    for command in compiled:
        assert command[command.index("--invalidation-mode") + 1] == "unchecked-hash"


def test_a_changed_input_is_another_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "_PROJECT", tmp_path)
    monkeypatch.setattr(layers, "_BUILT_BY", ())
    package = tmp_path / "package"
    package.mkdir()
    (package / "module.py").write_text("x = 1")
    target = layers._Target(wheels=("--platform=any",), compiler=None)
    first = layers._key(package, target)
    (package / "module.py").write_text("x = 2")
    second = layers._key(package, target)
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "module.pyc").write_text("")
    assert first != second
    assert layers._key(package, target) == second


@pytest.mark.slow
def test_failed_build_gives_its_reason_and_leaves_no_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, stdout="", stderr="no such wheel")

    monkeypatch.setattr(layers, "_BUILT", tmp_path)
    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(SystemExit, match="no such wheel"):
        layers.build(STAGES["local"])
    assert list(tmp_path.iterdir()) == []


def test_interpreter_must_be_runnable() -> None:
    assert byte_code.interpreter((sys.version_info[0], sys.version_info[1])) == sys.executable
    assert byte_code.interpreter((3, 1)) is None


@pytest.mark.slow
def test_digest_depends_on_the_inputs_and_not_on_the_byte_code(pip: Pip) -> None:
    """Two interpreters of one version may differ in the byte code's bits: the digest is of what goes in."""
    first = layers.build(STAGES["dev"]).ordering
    (first.directory / "python" / "ordering" / "other.pyc").write_bytes(b"other bits")
    assert layers.build(STAGES["dev"]).ordering.digest == first.digest == first.directory.name


@pytest.mark.slow
def test_a_protected_stage_is_not_built_without_byte_code(pip: Pip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(byte_code, "interpreter", lambda version: None)
    complete = replace(with_examples(STAGES["prod"]), account="123456789012")
    with pytest.raises(SystemExit, match=r"uv python install 3\.13"):
        layers.build(complete)
    assert pip.installed == []
    # What is only synthesised is built all the same, as another layer.
    for settings in (STAGES["dev"], with_examples(STAGES["prod"])):
        assert layers.build(settings).ordering.digest


@pytest.mark.slow
def test_no_stage_is_deployed_without_byte_code(pip: Pip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(byte_code, "interpreter", lambda version: None)
    with pytest.raises(SystemExit, match=r"uv python install 3\.13"):
        layers.build(STAGES["dev"], to_deploy=True)
    assert layers.build(STAGES["local"], to_deploy=True).ordering.digest


@pytest.mark.slow
def test_a_layer_without_byte_code_is_another(pip: Pip, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = layers.build(STAGES["dev"]).ordering.digest
    monkeypatch.setattr(byte_code, "interpreter", lambda version: None)
    assert layers.build(STAGES["dev"]).ordering.digest != compiled


def test_interpreter_of_a_version_manager_is_found_off_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    managed = tmp_path / ".pyenv" / "versions" / "3.99.1" / "bin" / "python3.99"
    managed.parent.mkdir(parents=True)
    managed.write_text("#!/bin/sh\necho 3.99\n")
    managed.chmod(0o755)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert byte_code.interpreter((3, 99)) == str(managed)


@pytest.mark.slow
def test_code_of_a_function_is_its_file_and_its_byte_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler_code, "_BUILT", tmp_path)
    built = handler_code.build(sys.executable)
    tag = sys.implementation.cache_tag
    sources = {
        PurePosixPath(path.parent.name, path.stem)
        for path in (PROJECT / "lambdas").glob("*/*.py")
        if path.name != "__init__.py"
    }
    for source in sources:
        folder = built.folder(source)
        files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        assert files == {f"{source.name}.py", f"__pycache__/{source.name}.{tag}.pyc"}
    assert len({built.digest(source) for source in sources}) == len(sources)
    # Python does not compare it with the source, and it names no path of this machine.
    compiled = built.folder(PurePosixPath("saga/load_order")) / f"__pycache__/load_order.{tag}.pyc"
    octets = compiled.read_bytes()
    assert octets[4:8] == (1).to_bytes(4, "little")
    assert b"/var/task/saga/load_order/load_order.py" in octets
    assert str(tmp_path).encode() not in octets


@pytest.mark.slow
def test_changed_handler_changes_the_asset_of_its_own_function_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("read", "write"):
        (tmp_path / "lambdas" / "api").mkdir(parents=True, exist_ok=True)
        (tmp_path / "lambdas" / "api" / f"{name}.py").write_text("pass\n")
    monkeypatch.setattr(handler_code, "_PROJECT", tmp_path)
    monkeypatch.setattr(handler_code, "_LAMBDAS", tmp_path / "lambdas")
    monkeypatch.setattr(handler_code, "_BUILT", tmp_path / "built")
    monkeypatch.setattr(handler_code, "_BUILT_BY", ())
    read, write = PurePosixPath("api/read"), PurePosixPath("api/write")
    before = handler_code.build(sys.executable)
    digests = before.digest(read), before.digest(write)
    (tmp_path / "lambdas" / "api" / "read.py").write_text("pass  # changed\n")
    after = handler_code.build(sys.executable)
    assert after.folder(read) != before.folder(read)
    assert after.digest(read) != digests[0]
    assert after.digest(write) == digests[1]


@pytest.mark.slow
def test_stage_in_aws_gets_compiled_functions_and_the_local_one_their_sources(pip: Pip) -> None:
    assert layers.build(STAGES["dev"]).handlers is not None
    assert layers.build(STAGES["local"]).handlers is None
    compiling = [command for command in pip.commands if "compileall" in command]
    assert "/var/task" in [each for command in compiling for each in command]
