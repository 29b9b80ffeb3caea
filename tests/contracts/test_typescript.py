"""The TypeScript types that are generated from the description fit what clients send and receive.

`openapi-typescript` generates the types. The compiler checks the examples of the guide and the description.
"""

import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from ordering.http.routes import ROUTES
from tests.synth import PROJECT
from tools.openapi.changes import API
from tools.openapi.examples import REQUESTS, RESPONSES

_MODULES = PROJECT / "node_modules"
_CLIENT = PROJECT / "clients" / "typescript"
_GUIDE = (PROJECT / "docs" / "api-guide.md").read_text()
_KEYS = {route.handler: (route.path, route.method.lower(), route.media_type) for route in ROUTES}


def with_types(program: str) -> str:
    return f'import type {{ components, paths }} from "./api.js";\n{program}\nexport {{}};\n'


def of_type(kind: str, value: Any) -> str:
    return with_types(f"export const value: {kind} = {json.dumps(value)};")


def request_type(handler: str) -> str:
    path, method, _ = _KEYS[handler]
    return f'paths["{path}"]["{method}"]["requestBody"]["content"]["application/json"]'


def guides_programs() -> dict[str, str]:
    programs = re.findall(r"^```ts\n(.*?)^```$", _GUIDE, re.MULTILINE | re.DOTALL)
    return {f"guide-{number}": program for number, program in enumerate(programs)}


def guides_order() -> Any:
    """The order that the guide places from a shell."""
    match = re.search(r"^ORDER='(.*?)'$", _GUIDE, re.MULTILINE | re.DOTALL)
    assert match
    # In the guide, the shell inserts the price here.
    return json.loads(match[1].replace("'\"$SHOWN\"'", '{"amount": 2500, "currency": "EUR"}'))


def examples() -> dict[str, str]:
    """Programs with the example bodies of requests, without optional fields, and of responses."""
    programs = {"order": of_type(request_type("place_order"), guides_order())}
    for handler, bodies in REQUESTS.items():
        for name, body in bodies.items():
            programs[f"{handler}-{name}"] = of_type(request_type(handler), msgspec.to_builtins(body))
    for (handler, status), bodies in RESPONSES.items():
        path, method, media_type = _KEYS[handler]
        kind = f'paths["{path}"]["{method}"]["responses"][{status}]["content"]["{media_type}"]'
        for name, body in bodies.items():
            programs[f"{handler}-{status}-{name}"] = of_type(kind, msgspec.to_builtins(body))
    return programs


LEFT_OUT = """
    type Sent = paths["/orders"]["post"];
    const parameters: Sent["parameters"] = {};
    const list: paths["/orders"]["get"]["parameters"] = { query: {} };
    declare const price: components["schemas"]["Price"];
    const product: components["schemas"]["PutProduct"] = { name: "Mug", price };
    const profile: components["schemas"]["PutProfile"] = { email: "ada@example.com", address: null };
    declare const order: components["schemas"]["AnyOrderView"];
    const attempts: number = order.attempts ?? 0;
    const reason: string | undefined = order.reason;
    // @ts-expect-error: it is absent from an order that the sweep never restarted.
    const always: number = order.attempts;
"""
INVALID = {
    "no-lines": {"lines": None},
    "no-token": {"paymentToken": ...},
    "a-misspelt-field": {"shippingAdress": {}},
    "a-quantity-of-text": {"lines": [{"sku": "MUG-RED", "quantity": "2"}]},
}


def invalid_orders() -> dict[str, str]:
    """The guide's order, with one mistake each."""
    return {
        name: of_type(
            request_type("place_order"),
            {field: value for field, value in (guides_order() | wrong).items() if value is not ...},
        )
        for name, wrong in INVALID.items()
    }


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[str]]:
    """The compiler's errors by program. The compiler starts slowly, so it runs once for all programs."""
    folder = tmp_path_factory.mktemp("typescript")

    def run(tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["node", str(_MODULES / tool), *arguments]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    made = run("openapi-typescript/bin/cli.js", str(API.copy), "--output", "api.d.ts")
    assert made.returncode == 0, f"{made.stderr}\nIs all of package-lock.json installed? Run: make setup"
    programs = guides_programs() | examples() | {"left-out": with_types(LEFT_OUT)} | invalid_orders()
    for name, program in programs.items():
        (folder / f"{name}.ts").write_text(program)
    options = ["--strict", "--noEmit", "--target", "es2022", "--module", "nodenext"]
    compiled = run("typescript/bin/tsc", *options, *(f"{name}.ts" for name in programs))
    said = defaultdict(list)
    for file, complaint in re.findall(r"^([\w-]+)\.ts\(.*?\): (.*)$", compiled.stdout, re.MULTILINE):
        said[file].append(complaint)
    assert len(compiled.stdout.splitlines()) >= sum(map(len, said.values())) > 0, compiled.stdout
    assert "error TS" not in re.sub(r"^[\w-]+\.ts\(.*$", "", compiled.stdout, flags=re.MULTILINE)
    return said


def test_table_of_the_client_names_each_method() -> None:
    methods = re.findall(r"^  async (\w+)\(", (_CLIENT / "src" / "client.ts").read_text(), re.MULTILINE)
    rows = [row for row in (_CLIENT / "README.md").read_text().splitlines() if row.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert sorted(named) == sorted([*methods, "routes"])


@pytest.mark.slow
def test_the_guides_programs_compile(complaints: Mapping[str, list[str]]) -> None:
    assert any('components["schemas"]["PlaceOrder"]' in program for program in guides_programs().values())
    assert {name: complaints[name] for name in guides_programs() if name in complaints} == {}


@pytest.mark.slow
def test_every_example_compiles(complaints: Mapping[str, list[str]]) -> None:
    assert len(examples()) > 20
    assert {name: complaints[name] for name in examples() if name in complaints} == {}


@pytest.mark.slow
def test_optional_parameters_and_fields_may_be_left_out(complaints: Mapping[str, list[str]]) -> None:
    """Parameters, fields of a request, and fields of a response."""
    assert "left-out" not in complaints


@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_order_does_not_compile(complaints: Mapping[str, list[str]], name: str) -> None:
    (complaint,) = complaints[name]
    assert re.match(r"error TS2(322|353|561|741)", complaint)
