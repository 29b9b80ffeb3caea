"""What is saved: which code a function has, whether Python can compile it, and the archives."""

import io
import shutil
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from local.deployed_functions import functions_of, versions_of
from local.source_code import SHARED, SourceCode
from local.toolchains import ROOT
from tests.synth import synthesised

PLACE = PurePosixPath("lambdas/api/place_order.py")
# Stage local has the authoriser with LAMBDA_AUTHORISER=1 only, no canary, and no warehouse.
_NOT_LOCAL = {
    PurePosixPath("lambdas/authoriser/authorise_edge.py"),
    PurePosixPath("lambdas/authoriser/authorise_request.py"),
    PurePosixPath("lambdas/events/notify_warehouse.py"),
    PurePosixPath("lambdas/scheduled/place_canary_order.py"),
}


def write(root: Path, **files: str) -> Path:
    """Files of a project, by names whose `__` stands for `/`."""
    for name, content in files.items():
        path = root / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(
        tmp_path,
        lambdas__api__place_order="from ordering import guards\n",
        lambdas__api__get_order="pass\n",
        layers__ordering__guards="ON = True\n",
    )


def test_code_of_a_function_is_its_own_file_and_the_shared_package(project: Path) -> None:
    before = SourceCode.read(project).code_of(PLACE)

    write(project, lambdas__api__get_order="pass  # changed\n")
    assert SourceCode.read(project).code_of(PLACE) == before

    write(project, lambdas__api__place_order="pass\n")
    handler_changed = SourceCode.read(project).code_of(PLACE)
    assert handler_changed.handler != before.handler
    assert handler_changed.shared == before.shared

    write(project, layers__ordering__guards="ON = False\n")
    assert SourceCode.read(project).code_of(PLACE).shared != before.shared


def test_files_of_editors_and_byte_code_are_not_code(project: Path) -> None:
    before = SourceCode.read(project)
    for name in (".guards.py.swp", "guards.py~", "__pycache__/guards.cpython-313.pyc"):
        path = project / "layers" / "ordering" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    assert SourceCode.read(project).shared_digest == before.shared_digest


def test_a_handler_that_an_editor_has_emptied_is_not_saved_yet(project: Path) -> None:
    (project / PLACE).write_text("")
    assert PLACE not in SourceCode.read(project).handlers


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("a = 1\ndef handler(:\n", "lambdas/api/place_order.py:2: SyntaxError"),
        ("if True:\npass\n", "lambdas/api/place_order.py:2: IndentationError"),
        ("return 1\n", "lambdas/api/place_order.py:1: SyntaxError"),
        ("a = 'x\0y'\n", "lambdas/api/place_order.py"),
    ],
)
def test_a_syntax_error_is_reported_with_its_file_and_line(project: Path, content: str, why: str) -> None:
    (project / PLACE).write_text(content)
    invalid = SourceCode.read(project).invalid_handler(PLACE)
    assert invalid
    assert invalid.why.startswith(why)


def test_a_syntax_error_of_the_shared_package_names_its_path_in_the_project(project: Path) -> None:
    write(project, layers__ordering__guards="ON = (\n")
    invalid = SourceCode.read(project).invalid_shared()
    assert invalid
    assert invalid.why.startswith("layers/ordering/guards.py:1: SyntaxError")


def test_archives_have_the_layout_that_lambda_expects(project: Path) -> None:
    source = SourceCode.read(project)
    assert _names(source.archive_of(PLACE)) == ["place_order.py"]
    assert _names(source.archive_of_shared()) == ["python/ordering/guards.py"]


def _names(archive: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(archive)).namelist()


def test_functions_of_the_stage_are_found_with_their_code_and_layer(tmp_path: Path) -> None:
    """The assets are copies of the sources, so nothing is left to update."""
    stage, source, assembly = synthesised("local"), SourceCode.read(ROOT), tmp_path / "assembly"
    for resource in stage.resources("AWS::Lambda::Function", "AWS::Lambda::LayerVersion"):
        code = resource.properties["Code" if resource.type == "AWS::Lambda::Function" else "Content"]
        asset = assembly / f"asset.{code['S3Key'].removesuffix('.zip')}"
        if resource.id.startswith("OrderingLayer"):
            shutil.copytree(ROOT / SHARED, asset / "python" / SHARED.name, dirs_exist_ok=True)
        elif resource.type == "AWS::Lambda::Function":
            module = resource.properties["Handler"].partition(".")[0]
            asset.mkdir(parents=True, exist_ok=True)
            for handler in source.handlers:
                if handler.stem == module:
                    shutil.copy(ROOT / handler, asset)

    found = [each for template in stage.templates.values() for each in functions_of(template, assembly)]

    assert len(found) == len(stage.functions())
    assert {each.source for each in found} == source.handlers.keys() - _NOT_LOCAL
    assert all(each.deployed == source.code_of(each.source) for each in found)
    assert all(each.shared_layer is not None for each in found)


def test_each_function_of_the_stage_has_the_version_that_its_alias_names() -> None:
    stage = synthesised("local")
    for template in stage.templates.values():
        physical = {id: f"arn:aws:lambda:r:a:function:x:{id}" for id in template["Resources"]}
        versions = versions_of(template, physical)
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Lambda::Alias":
                properties = resource["Properties"]
                version = properties["FunctionVersion"]["Fn::GetAtt"][0]
                assert versions[properties["FunctionName"]["Ref"]] == version
