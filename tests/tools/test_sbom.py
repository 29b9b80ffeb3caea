"""The bill of materials lists what a stage deploys, and nothing else."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from stacks.settings import STAGES, Realtime
from tests.infra.switches import turned
from tests.synth import PROJECT, Synthesised, synthesised, synthesised_with
from tools.audit.templates import Template
from tools.sbom import bill_of_materials, bundled, layers, locked, rendered


def _templates(app: Synthesised) -> list[Template]:
    return [Template(app.settings.stage, stack, body) for stack, body in app.templates.items()]


def _versions(app: Synthesised) -> Mapping[str, str | None]:
    return {each.name: each.version for each in bill_of_materials(_templates(app)).components}


def _locked(layer: str) -> dict[str, str]:
    lock = PROJECT / "layers" / layer / "requirements.txt"
    return {each.name: str(each.specifier).removeprefix("==") for each in locked(lock)}


def test_the_bill_has_every_locked_package_of_the_deployed_layers() -> None:
    versions = _versions(synthesised("prod"))
    page = json.loads((PROJECT / "package.json").read_text())["devDependencies"]["swagger-ui-dist"]
    assert versions == _locked("dependencies") | {"swagger-ui-dist": page}
    assert "botocore" in versions


def test_the_packages_that_verify_tokens_are_listed_only_where_a_function_does() -> None:
    for changes in ({"lambda_authoriser": True, "realtime": None}, {"realtime": Realtime()}):
        app = synthesised_with(replace(STAGES["dev"], **changes), checks=False)
        assert _versions(app).items() >= _locked("authoriser").items()
    assert "cryptography" not in _versions(synthesised("prod"))


def test_the_function_that_empties_buckets_is_listed_where_it_is_deployed() -> None:
    assert "aws-cdk-lib" in _versions(synthesised("dev"))
    assert "aws-cdk-lib" not in _versions(synthesised("prod"))


def test_the_packages_of_the_web_application_are_listed_where_it_is_deployed() -> None:
    application = json.loads((PROJECT / "web" / "package.json").read_text())["dependencies"]
    del application["@order-backend/client"]
    versions = _versions(turned("dev", "web"))
    assert versions.items() >= application.items()
    # What the client, and what a package of the application needs; nothing of what only builds it.
    assert versions.keys() >= {"openapi-fetch", "jwt-decode", "@preact/signals-core"}
    assert versions.keys().isdisjoint({"vite", "axe-core", "typescript", "@order-backend/client"})
    assert "preact" not in _versions(synthesised("prod"))


def test_every_package_that_the_web_application_imports_is_listed() -> None:
    listed = _versions(turned("dev", "web"))
    source = PROJECT / "web" / "src"
    text = "\n".join(each.read_text() for each in source.rglob("*.ts*"))
    imported = set(re.findall(r'(?:from|import) "((?:@[\w-]+/)?[\w-]+)[^"]*"', text))
    assert len(imported) > 3
    assert imported - {"@order-backend/client"} <= listed.keys()


def test_the_layer_of_the_aws_cli_is_listed_where_the_web_application_is_deployed() -> None:
    app = turned("dev", "web")
    assert "awscli" in layers(_templates(app))
    assert "aws-cdk-asset-awscli-v1" in _versions(app)
    assert "aws-cdk-asset-awscli-v1" not in _versions(synthesised("prod"))


def test_a_package_in_two_versions_is_an_error() -> None:
    locks = {
        "web": {"dependencies": {"a": "1"}},
        "node_modules/a": {},
        "node_modules/b/node_modules/a": {},
    }
    with pytest.raises(LookupError, match="a is locked in 2 places"):
        bundled(locks, "web")


def test_every_layer_is_known() -> None:
    assert layers(_templates(synthesised("prod"))) == {"dependencies", "ordering", "viewer"}


def test_a_layer_that_the_bill_does_not_know_is_an_error() -> None:
    layer = {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Description": "Order backend, dev: other"}}
    with pytest.raises(LookupError, match="layer other"):
        bill_of_materials([Template("dev", "api", {"Resources": {"Layer": layer}})])


def test_the_bill_is_valid_and_names_the_app_with_its_version() -> None:
    bill = json.loads(rendered(bill_of_materials(_templates(synthesised("prod")))))
    app = bill["metadata"]["component"]
    assert (app["name"], app["type"]) == ("order-backend", "application")
    assert f'version = "{app["version"]}"' in (PROJECT / "pyproject.toml").read_text()
    assert bill["specVersion"] == "1.6"


def test_every_component_has_an_address_and_a_licence() -> None:
    for component in bill_of_materials(_templates(turned("dev", "web"))).components:
        assert component.purl, component.name
        assert component.licenses, component.name
