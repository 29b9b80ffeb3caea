"""The page at /docs: built from Swagger UI, without references to other sites, and served as it was built."""

import gzip
import json
import re
import subprocess
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from ordering.http.problems import ProblemType
from stacks import viewer

# A bundle with text that would end a script element early, or hide what follows it, in an HTML page.
BUNDLE = """\
const SwaggerUIBundle = options => console.log(JSON.stringify([
  options.url, "</script>", "<SCRIPT src='x'>", "<!-- a",
  /<!--/.test("<!--"), /<script(?=\\s|>)/u.test("<script>"),
]));
"""
FILES = {
    "swagger-ui-bundle.js": BUNDLE,
    "swagger-ui.css": "body { margin: 0 }\n/*# sourceMappingURL=swagger-ui.css.map*/",
    "package.json": '{"version": "5.0.0"}',
    "LICENSE": "Apache",
    "NOTICE": "SmartBear",
    "swagger-ui-bundle.js.LICENSE.txt": "MIT",
}


@pytest.fixture
def swagger_ui(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "swagger-ui-dist"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_text(content)
    monkeypatch.setattr(viewer, "_SWAGGER_UI", folder)
    monkeypatch.setattr(viewer, "_BUILT", tmp_path / "built")
    return folder


def inlined(html: str, element: str) -> str:
    """The content of the first such element, as a browser parses it."""
    match = re.search(rf"<{element}>(.*?)</{element}", html, re.DOTALL | re.IGNORECASE)
    assert match
    return match[1]


def test_the_script_in_the_page_is_the_bundle_and_its_start(swagger_ui: Path) -> None:
    html, _ = viewer.page()
    script = inlined(html, "script")
    assert "<!--" not in script
    script = "globalThis.location = { href: 'https://api.example/v1/docs' };" + script
    ran = subprocess.run(["node", "--eval", script], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == [
        "openapi.json", "</script>", "<SCRIPT src='x'>", "<!-- a", True, True
    ]  # fmt: skip


def test_the_policy_allows_only_the_pages_own_script_and_style(swagger_ui: Path) -> None:
    html, policy = viewer.page()
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    for element in ("script", "style"):
        digest = b64encode(sha256(inlined(html, element).encode()).digest()).decode()
        assert directives[f"{element}-src"] == f"'sha256-{digest}'"
    assert directives["default-src"] == "'none'"
    assert directives["connect-src"] == "'self'"
    assert directives["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy


def test_the_page_refers_to_no_other_site(swagger_ui: Path) -> None:
    html, _ = viewer.page()
    without_script = re.sub(r"<script>.*</script>", "", html, flags=re.DOTALL)
    for reference in re.findall(r"(?:src|href)=\"([^\"]*)\"", without_script):
        assert reference.startswith("data:") or re.fullmatch(r"[a-z]+/[a-z]+", reference), reference
    assert "sourceMappingURL" not in html


def test_the_layer_contains_the_page_its_policy_and_the_licences(swagger_ui: Path) -> None:
    package = viewer.build() / "python" / "api_viewer"
    html, policy = viewer.page()
    assert gzip.decompress((package / "page.html.gz").read_bytes()).decode() == html
    assert (package / "policy.txt").read_text() == policy
    assert {"__init__.py", "LICENSE", "NOTICE"} <= {path.name for path in package.iterdir()}


def test_the_layer_has_a_page_for_each_problem_and_its_links_lead_to_pages(swagger_ui: Path) -> None:
    folder = viewer.build() / "python" / "api_viewer" / "problems"
    names = {path.stem for path in folder.glob("*.html")}
    assert names == {kind.slug for kind in ProblemType} | {"index"}
    for name in names:
        html = (folder / f"{name}.html").read_text()
        assert "<script" not in html
        body = html.partition("<main>")[2]
        links = re.findall(r'href="([^"#]*)[^"]*"', body)
        assert {link for link in links if not link.startswith("https://")} <= names
        digest = b64encode(sha256(inlined(html, "style").encode()).digest()).decode()
        policy = (folder / f"{name}.policy").read_text()
        assert f"style-src 'sha256-{digest}'" in policy
        assert "script-src" not in policy


def test_the_layer_is_built_once_for_the_same_sources(swagger_ui: Path) -> None:
    first = viewer.build()
    assert viewer.build() == first
    (swagger_ui / "swagger-ui.css").write_text("body { margin: 1px }")
    assert viewer.build() != first
    assert len(list(first.parent.iterdir())) == 2


def test_missing_swagger_ui_error_says_what_to_do(swagger_ui: Path) -> None:
    (swagger_ui / "swagger-ui-bundle.js").unlink()
    with pytest.raises(SystemExit, match="make setup"):
        viewer.build()
