"""Hotswaps: which functions a save changes, and how the new code reaches what callers call."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, cast

import pytest

from console.workspace import RunState, Workspace
from local import hotswap
from local.deployed_functions import DeployedFunction
from local.hotswap import Plan, Update
from local.source_code import Code, SourceCode

HANDLER, BROKEN = b"import ordering\n", b"def handler(:\n"
GUARDS = PurePosixPath("ordering/guards.py")


def path_of(name: str) -> PurePosixPath:
    return PurePosixPath(f"lambdas/api/{name}.py")


def saved(shared: bytes = b"ON = True\n", **handlers: bytes) -> SourceCode:
    """The sources of the functions `place` and `show`, with the given ones in place of theirs."""
    files = {"place": HANDLER, "show": HANDLER + b"pass\n", **handlers}
    return SourceCode({path_of(name): content for name, content in files.items()}, {GUARDS: shared})


DEPLOYED = saved()
PLACE, SHOW = (
    DeployedFunction(
        name=f"orders-local-{name}",
        source=path_of(name),
        log_group=f"/aws/{name}",
        shared_layer=1,
        deployed=DEPLOYED.code_of(path_of(name)),
        version="1",
    )
    for name in ("place", "show")
)
BOTH = [PLACE, SHOW]


def names(planned: Plan) -> list[tuple[str, bool, bool]]:
    """Each updated function, and whether its handler and its layer are replaced."""
    return [(each.function.label, each.handler, each.shared) for each in planned.updates]


def test_nothing_is_updated_when_nothing_was_saved() -> None:
    assert hotswap.plan(BOTH, {}, DEPLOYED) == Plan()


def test_a_saved_handler_updates_its_function_only() -> None:
    assert names(hotswap.plan(BOTH, {}, saved(place=b"pass\n"))) == [("place", True, False)]


def test_a_saved_file_of_the_layer_updates_every_function_that_carries_it() -> None:
    alone = replace(SHOW, shared_layer=None, deployed=Code(SHOW.deployed.handler))
    source = saved(shared=b"ON = False\n")
    assert names(hotswap.plan(BOTH, {}, source)) == [("place", False, True), ("show", False, True)]
    assert names(hotswap.plan([PLACE, alone], {}, source)) == [("place", False, True)]


def test_a_hotswapped_function_is_compared_with_the_code_that_it_runs() -> None:
    source = saved(place=b"pass\n")
    running = {PLACE.name: source.code_of(PLACE.source)}
    assert hotswap.plan(BOTH, running, source) == Plan()
    assert names(hotswap.plan(BOTH, running, DEPLOYED)) == [("place", True, False)]


def test_a_function_with_a_syntax_error_keeps_its_code_and_others_are_updated() -> None:
    planned = hotswap.plan(BOTH, {}, saved(place=BROKEN, show=b"pass\n"))
    assert names(planned) == [("show", True, False)]
    assert [each.path for each in planned.invalid] == [PLACE.source]


def test_a_syntax_error_in_the_layer_is_reported_once_and_handlers_are_updated() -> None:
    planned = hotswap.plan(BOTH, {}, saved(shared=b"ON = (\n", place=b"pass\n"))
    assert names(planned) == [("place", True, False)]
    assert [each.why.partition(" ")[0] for each in planned.invalid] == ["layers/ordering/guards.py:1:"]


def test_a_function_whose_file_is_missing_is_left_alone() -> None:
    source = SourceCode({}, {GUARDS: b"ON = False\n"})
    assert hotswap.plan(BOTH, {}, source) == Plan()


@dataclass
class FakeFunction:
    code: bytes = b"deployed"
    layers: list[str] = field(default_factory=lambda: ["dependencies:1", "ordering:1"])
    versions: dict[int, tuple[bytes, tuple[str, ...]]] = field(default_factory=dict)
    live: int = 1

    def running(self) -> tuple[bytes, tuple[str, ...]]:
        """What a caller of the alias runs."""
        return self.versions[self.live]


class FakeLambda:
    """Functions with versions and one alias, and layers. Fails in `fails_at` of the function `place`."""

    def __init__(self) -> None:
        self.functions = {each.name: FakeFunction() for each in BOTH}
        for function in self.functions.values():
            function.versions[1] = (function.code, tuple(function.layers))
        self.layers: list[bytes] = []
        self.fails_at = ""

    def publish_layer_version(self, LayerName: str, Content: dict[str, bytes], **more: Any) -> Any:
        self.layers.append(Content["ZipFile"])
        return {"LayerVersionArn": f"{LayerName}:{len(self.layers)}"}

    def update_function_code(self, FunctionName: str, ZipFile: bytes) -> None:
        self._of(FunctionName, "code").code = ZipFile

    def get_function_configuration(self, FunctionName: str) -> Any:
        return {"Layers": [{"Arn": arn} for arn in self._of(FunctionName, "configuration").layers]}

    def update_function_configuration(self, FunctionName: str, Layers: list[str]) -> None:
        self._of(FunctionName, "layers").layers = Layers

    def publish_version(self, FunctionName: str) -> Any:
        function = self._of(FunctionName, "publish")
        version = max(function.versions) + 1
        function.versions[version] = (function.code, tuple(function.layers))
        return {"Version": str(version)}

    def update_alias(self, FunctionName: str, Name: str, FunctionVersion: str) -> None:
        assert Name == "live"
        self._of(FunctionName, "alias").live = int(FunctionVersion)

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_versions_by_function"
        return self

    def paginate(self, FunctionName: str) -> Any:
        versions = ["$LATEST", *map(str, self.functions[FunctionName].versions)]
        return [{"Versions": [{"Version": each}]} for each in versions]

    def delete_function(self, FunctionName: str, Qualifier: str) -> None:
        del self.functions[FunctionName].versions[int(Qualifier)]

    def _of(self, name: str, step: str) -> FakeFunction:
        if self.fails_at == step and name == PLACE.name:
            raise ConnectionError(step)
        return self.functions[name]


class Run:
    """A workspace, and the engine that it knows."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.engine = workspace, FakeLambda()

    def save(self, source: SourceCode) -> list[Update]:
        """Hotswap what differs from the recorded state."""
        state = self.workspace.load()
        planned = hotswap.plan(BOTH, hotswap.running_code(state), source)
        hotswap.hotswap(self.workspace, state, planned.updates, source, cast(Any, self.engine))
        return planned.updates

    def running(self, function: DeployedFunction) -> tuple[bytes, tuple[str, ...]]:
        return self.engine.functions[function.name].running()

    def recorded(self) -> dict[str, tuple[str, str]]:
        return self.workspace.load().hotswapped


@pytest.fixture
def run(tmp_path: Path) -> Run:
    workspace = Workspace(tmp_path)
    workspace.save(RunState(deployed="key"))
    return Run(workspace)


def test_callers_of_the_alias_run_the_saved_handler(run: Run) -> None:
    source = saved(place=b"pass\n")
    run.save(source)
    assert run.running(PLACE) == (source.archive_of(PLACE.source), ("dependencies:1", "ordering:1"))
    assert run.running(SHOW)[0] == b"deployed"
    assert run.save(source) == []


def test_callers_of_the_alias_run_the_saved_layer_in_its_place(run: Run) -> None:
    source = saved(shared=b"ON = False\n")
    run.save(source)
    for function in BOTH:
        assert run.running(function) == (b"deployed", ("dependencies:1", "orders-local-hotswap:1"))
    assert run.engine.layers == [source.archive_of_shared()]


def test_the_record_of_a_function_ends_when_it_runs_the_deployed_code_again(run: Run) -> None:
    run.save(saved(place=b"pass\n"))
    assert run.recorded().keys() == {PLACE.name}
    run.save(DEPLOYED)
    assert run.recorded() == {}
    assert run.running(PLACE)[0] == DEPLOYED.archive_of(PLACE.source)


@pytest.mark.parametrize("step", ["code", "configuration", "layers", "publish", "alias"])
def test_an_interrupted_hotswap_is_completed_by_the_next_one(run: Run, step: str) -> None:
    """Also if the next one comes from another process, after the file was changed back."""
    run.engine.fails_at = step
    with pytest.raises(ConnectionError):
        run.save(saved(place=b"pass\n", shared=b"ON = False\n"))
    assert run.recorded()[PLACE.name] == ("", "")
    assert run.running(SHOW)[1][1] == "orders-local-hotswap:1"

    run.engine.fails_at = ""
    run.save(DEPLOYED)

    assert run.running(PLACE) == (
        DEPLOYED.archive_of(PLACE.source),
        ("dependencies:1", "orders-local-hotswap:2"),
    )
    assert run.recorded() == {}


def test_old_versions_are_deleted_except_the_last_two_and_that_of_cloudformation(run: Run) -> None:
    for number in range(4):
        run.save(saved(place=b"a = %d\n" % number))
    hotswap.delete_superseded(cast(Any, run.engine), PLACE)
    assert sorted(run.engine.functions[PLACE.name].versions) == [1, 4, 5]


def test_a_damaged_record_counts_as_unknown_code(run: Run) -> None:
    run.workspace.state_file.write_text(
        '{"bootstrapped": true, "deployed": "key", "hotswapped": {"orders-local-place": 7}}'
    )
    assert [(each.function, each.running) for each in run.save(DEPLOYED)] == [(PLACE, Code())]
