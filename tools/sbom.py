"""Writes the software bill of materials (SBOM) of a stage, in the format of CycloneDX.

    make sbom STAGE=prod

writes cdk.out/sbom.json: the packages in the layers and in the web application of the synthesised stage, as
their lock files name them.
"""

import base64
import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.contrib.this.builders import this_component
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement

from tools.audit.templates import ASSEMBLIES, Template, load

_PROJECT = Path(__file__).resolve().parent.parent
_OUTPUT = ASSEMBLIES / "sbom.json"

# The platform of a layer's wheels (`stacks.layers`), as environment markers of PEP 508.
_LAMBDA = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "aarch64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.13.0",
    "python_version": "3.13",
    "sys_platform": "linux",
}
# The package that contains the page at /docs (`stacks.viewer`).
_SWAGGER_UI = "swagger-ui-dist"
# The folder of the web application in package-lock.json, and the name of its stack.
_WEB = "web"
# The layer of aws-cdk-lib's `BucketDeployment`: the description that aws-cdk-lib gives it, and its package.
_AWS_CLI = "awscli"
_AWS_CLI_DESCRIPTION = "/opt/awscli/aws"
_AWS_CLI_PACKAGE = "aws-cdk-asset-awscli-v1"
_LAYER_DESCRIPTION = re.compile(r"Order backend, \w+: (\w+)")


def bill_of_materials(templates: Sequence[Template]) -> Bom:
    """Returns the components of everything that the templates deploy, except for what AWS provides.

    Raises LookupError if there is a layer whose contents this module does not know.
    """
    project = tomllib.loads((_PROJECT / "pyproject.toml").read_text())["project"]
    app = Component(
        name=project["name"],
        version=project["version"],
        type=ComponentType.APPLICATION,
        licenses=[LicenseFactory().make_with_expression(project["license"])],
        bom_ref="app",
    )
    bom = Bom(components=list(_components(templates)))
    bom.metadata.component = app
    bom.metadata.tools.components.add(this_component())
    bom.register_dependency(app, bom.components)
    return bom


def layers(templates: Sequence[Template]) -> set[str]:
    """Returns the names of the layers that are deployed. Raises LookupError for one without a name."""
    names = set()
    for template in templates:
        for id, resource in template.body["Resources"].items():
            if resource["Type"] == "AWS::Lambda::LayerVersion":
                description = resource["Properties"]["Description"]
                if description == _AWS_CLI_DESCRIPTION:
                    names.add(_AWS_CLI)
                elif named := _LAYER_DESCRIPTION.fullmatch(description):
                    names.add(named[1])
                else:
                    raise LookupError(f"the description of layer {id} does not name its contents")
    return names


def _components(templates: Sequence[Template]) -> Iterator[Component]:
    for layer in sorted(layers(templates)):
        lock = _PROJECT / "layers" / layer / "requirements.txt"
        if lock.exists():
            for requirement in locked(lock):
                yield _python_package(requirement, layer)
        elif layer == "viewer":
            yield _node_package(_SWAGGER_UI, layer)
        elif layer == _AWS_CLI:
            yield _python_package(_of_cdk(_AWS_CLI_PACKAGE), layer)
        elif layer != "ordering":
            raise LookupError(f"layer {layer}: add its contents to {__name__}")
    if any(
        resource["Type"] == "AWS::Lambda::Function" and resource["Properties"]["Handler"] == "index.handler"
        for template in templates
        for resource in template.body["Resources"].values()
    ):
        # It contains the functions that empty a bucket, and that write the web application into one.
        yield _python_package(_of_cdk("aws-cdk-lib"), "function")
    if any(template.stack == _WEB for template in templates):
        for name in sorted(bundled(_node_locks(), _WEB)):
            yield _node_package(name, _WEB)


def _of_cdk(name: str) -> Requirement:
    (found,) = (each for each in locked(_PROJECT / "requirements.txt") if each.name == name)
    return found


def bundled(locks: Mapping[str, Any], workspace: str) -> set[str]:
    """Returns the packages of a registry that a workspace needs, directly and through others.

    `locks` are the `packages` of package-lock.json. A required peer is one of them, because npm installs it.
    Raises LookupError if a package is locked in more than one version.
    """
    needed: set[str] = set()
    waiting, seen = [workspace], {workspace}
    while waiting:
        package = locks[waiting.pop()]
        optional = {
            *package.get("optionalDependencies", ()),
            *(name for name, meta in package.get("peerDependenciesMeta", {}).items() if meta["optional"]),
        }
        for name in {
            **package.get("dependencies", {}),
            **package.get("peerDependencies", {}),
        }.keys() - optional:
            versions = [path for path in locks if path.endswith(f"node_modules/{name}")]
            if versions != [path := f"node_modules/{name}"]:
                raise LookupError(f"{name} is locked in {len(versions)} places: {', '.join(versions)}")
            if locks[path].get("link"):
                path = locks[path]["resolved"]
            else:
                needed.add(name)
            if path not in seen:
                seen.add(path)
                waiting.append(path)
    return needed


def _node_locks() -> Mapping[str, Any]:
    locks: Mapping[str, Any] = json.loads((_PROJECT / "package-lock.json").read_text())["packages"]
    return locks


def locked(lock: Path) -> Iterator[Requirement]:
    """Yields the requirements of a lock file that are installed for Lambda."""
    for line in lock.read_text().splitlines():
        if re.match(r"[a-z0-9]", line):
            requirement = Requirement(line.removesuffix(" \\"))
            if requirement.marker is None or requirement.marker.evaluate(_LAMBDA):
                yield requirement


def _python_package(requirement: Requirement, layer: str) -> Component:
    (version,) = (each.version for each in requirement.specifier)
    return Component(
        name=requirement.name,
        version=version,
        type=ComponentType.LIBRARY,
        purl=(purl := PackageURL("pypi", None, requirement.name, version)),
        bom_ref=str(purl),
        licenses=list(_licences(requirement.name)),
        properties=[Property(name="orders:layer", value=layer)],
    )


def _licences(package: str) -> Iterator[License]:
    """Yields the licence of a package, as its metadata in this environment states it, if it is installed."""
    try:
        stated = metadata(package)
    except PackageNotFoundError:
        return
    classified = (
        each.rpartition(" :: ")[2] for each in stated.get_all("Classifier", ()) if "License ::" in each
    )
    for text in (*stated.get_all("License-Expression", ()), *stated.get_all("License", ()), *classified):
        # Some packages give the whole text of their licence.
        yield LicenseFactory().make_from_string(text.partition("\n")[0])
        return


def _node_package(name: str, layer: str) -> Component:
    package = _node_locks()[f"node_modules/{name}"]
    scope, _, bare = name.rpartition("/")
    algorithm, _, digest = package["integrity"].partition("-")
    if algorithm != "sha512":
        raise LookupError(f"{name} has a {algorithm} in package-lock.json: add it to {__name__}")
    return Component(
        name=name,
        version=package["version"],
        type=ComponentType.LIBRARY,
        purl=(purl := PackageURL("npm", scope or None, bare, package["version"])),
        bom_ref=str(purl),
        licenses=[LicenseFactory().make_from_string(package["license"])],
        hashes=[HashType(alg=HashAlgorithm.SHA_512, content=base64.b64decode(digest).hex())],
        properties=[Property(name="orders:layer", value=layer)],
    )


def rendered(bom: Bom) -> str:
    """Returns the bill as JSON. Raises ValueError if it does not match the schema of CycloneDX."""
    text = JsonV1Dot6(bom).output_as_string(indent=2)
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ValueError(f"the bill of materials does not match the schema: {error.data}")
    return text


def main(stage: str) -> None:
    """Write the bill of a synthesised stage."""
    bom = bill_of_materials(load([stage]))
    _OUTPUT.write_text(rendered(bom))
    print(f"{_OUTPUT}: {len(bom.components)} components of stage {stage}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "dev")
