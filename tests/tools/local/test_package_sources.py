"""What pip's configuration says of where packages come from holds for uv, which does not read it."""

import subprocess
import sys
from pathlib import Path

import pytest

from local.package_sources import read_pip_settings, uv_variables

_NOTHING_SET = {"SSL_CERT_FILE": "/etc/ssl/cert.pem"}
"""Without certificates, uv is told to use the system's."""


@pytest.mark.parametrize(
    ("pip", "uv"),
    [
        ({}, {}),
        (
            {"index-url": "https://pypi.corp.example/simple"},
            {"UV_DEFAULT_INDEX": "https://pypi.corp.example/simple"},
        ),
        (
            {"extra-index-url": "\nhttps://a.example/simple\nhttps://user:word@b.example/simple"},
            {
                "UV_INDEX": "https://a.example/simple https://user:word@b.example/simple",
                "UV_INDEX_STRATEGY": "unsafe-best-match",
            },
        ),
        (
            {"find-links": "https://wheels.example/ /no/such/folder"},
            {"UV_FIND_LINKS": "https://wheels.example/"},
        ),
        ({"find-links": "file:///no/such/folder"}, {}),
        ({"no-index": "true"}, {"UV_NO_INDEX": "1"}),
        ({"no-index": "false"}, {}),
        ({"cert": "/etc/corp.pem"}, {"SSL_CERT_FILE": "/etc/corp.pem"}),
        ({"cert": "~/corp.pem"}, {"SSL_CERT_FILE": str(Path.home() / "corp.pem")}),
        ({"client-cert": "/etc/me.pem"}, {"SSL_CLIENT_CERT": "/etc/me.pem"}),
        ({"trusted-host": "a.example b.example:8443"}, {"UV_INSECURE_HOST": "a.example b.example:8443"}),
        (
            {"proxy": "user:word@proxy.example:3128"},
            dict.fromkeys(
                ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"),
                "http://user:word@proxy.example:3128",
            ),
        ),
        ({"timeout": "2.5"}, {"UV_HTTP_TIMEOUT": "3"}),
        ({"default-timeout": "180"}, {"UV_HTTP_TIMEOUT": "180"}),
        ({"timeout": "soon"}, {}),
        ({"retries": "0"}, {"UV_HTTP_RETRIES": "0"}),
        ({"cache-dir": "/big/pip"}, {"UV_CACHE_DIR": "/big/pip/uv"}),
        ({"no-cache-dir": "true"}, {"UV_NO_CACHE": "1"}),
        ({"keyring-provider": "import"}, {"UV_KEYRING_PROVIDER": "subprocess"}),
        ({"keyring-provider": "disabled"}, {}),
        # Which packages are installed, and where to, is said by the lock files.
        ({"constraint": "/x", "target": "/x", "no-binary": ":all:", "user": "true", "pre": "true"}, {}),
    ],
    ids=str,
)
def test_setting_of_pip_is_passed_to_uv(pip: dict[str, str], uv: dict[str, str]) -> None:
    assert uv_variables(pip, _NOTHING_SET) == uv


def test_a_folder_of_wheels_that_is_there_is_searched(tmp_path: Path) -> None:
    links = f"{tmp_path} {tmp_path.as_uri()}"
    assert uv_variables({"find-links": links}, _NOTHING_SET) == {"UV_FIND_LINKS": links.replace(" ", ",")}


@pytest.mark.parametrize(
    ("pip", "set_already"),
    [
        ("index-url", "UV_DEFAULT_INDEX"),
        ("index-url", "UV_INDEX_URL"),
        ("timeout", "UV_REQUEST_TIMEOUT"),
        ("cache-dir", "UV_CACHE_DIR"),
    ],
)
def test_variable_of_uv_has_precedence(pip: str, set_already: str) -> None:
    assert uv_variables({pip: "1"}, {**_NOTHING_SET, set_already: "theirs"}) == {}


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_certificates_that_pip_finds_in_a_variable_hold_for_uv(variable: str) -> None:
    assert uv_variables({}, {variable: "/etc/corp.pem"}) == {"SSL_CERT_FILE": "/etc/corp.pem"}
    assert uv_variables({"cert": "/x.pem"}, {variable: "/etc/corp.pem"}) == {"SSL_CERT_FILE": "/x.pem"}


def test_without_any_the_system_s_certificates_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A company's own authority is among them, and not among those that uv brings."""
    for there in (True, False):
        monkeypatch.setattr("local.package_sources._system_has_certificates", lambda there=there: there)
        assert ("UV_SYSTEM_CERTS" in uv_variables({}, {})) is there
        assert "UV_SYSTEM_CERTS" not in uv_variables({}, {"SSL_CERT_FILE": "/x.pem"})


def test_environment_precedes_command_section_precedes_global_section() -> None:
    listed = [
        ":env:.index-url='https://env.example'",
        "global.index-url='https://global.example'",
        "global.trusted-host='global.example'",
        "install.index-url='https://install.example'",
        "install.trusted-host='install.example'",
        "global.timeout='7'",
        "download.timeout='8'",
        "WARNING: a line that is no setting",
        "global.note=unquoted",
    ]
    assert read_pip_settings(listed) == {
        "index-url": "https://env.example",
        "trusted-host": "install.example",
        "timeout": "7",
    }


def test_pip_itself_reads_its_file_and_variables(tmp_path: Path) -> None:
    """All that may be written in one: several lines, quotes, an address with a percent sign."""
    file = tmp_path / "pip.conf"
    file.write_text(
        "[global]\nindex-url = https://user:p%40ss@pypi.corp.example/simple\n"
        "extra-index-url =\n    https://a.example/simple\n    https://b.example/it's\n"
        "[install]\ntrusted_host = pypi.corp.example\n"
    )
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        env={
            "PIP_CONFIG_FILE": str(file),
            "PIP_CERT": "/etc/corp.pem",
            "PIP_TIMEOUT": "9",
            "HOME": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    made = uv_variables(read_pip_settings(listed.stdout.splitlines()), _NOTHING_SET)
    assert made["UV_DEFAULT_INDEX"] == "https://user:p%40ss@pypi.corp.example/simple"
    assert {"https://a.example/simple", "https://b.example/it's"} <= set(made["UV_INDEX"].split())
    assert made["UV_INSECURE_HOST"] == "pypi.corp.example"
    assert (made["SSL_CERT_FILE"], made["UV_HTTP_TIMEOUT"]) == ("/etc/corp.pem", "9")
