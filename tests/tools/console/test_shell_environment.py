"""Which variables of the shell a program gets."""

import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from console import shell_environment
from console.engine_aws import connection
from tests.support.loopback import serving
from tests.support.trap import trap

KEPT = {
    "PATH": "/bin",
    "http_proxy": "http://proxy.corp.example:8080",
    "HTTPS_PROXY": "http://proxy.corp.example:8080",
    "PIP_INDEX_URL": "https://pypi.corp.example/simple",
    "PIP_CERT": "/etc/corp.pem",
    "npm_config_registry": "https://npm.corp.example",
    "npm_config_//npm.corp.example/:_authToken": "made up",
    "NPM_CONFIG_CACHE": "/somewhere/npm",
    "NODE_EXTRA_CA_CERTS": "/etc/corp.pem",
    "SSL_CERT_FILE": "/etc/corp.pem",
}


def test_variables_that_name_an_aws_account_are_removed() -> None:
    environment = {
        "AWS_ENDPOINT_URL_S3": "x",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_PROFILE": "x",
        "aws_ca_bundle": "x",
        "AWS_SDK_LOAD_CONFIG": "1",
        "AMAZON_REGION": "x",
        "PATH": "/bin",
    }

    shell_environment.forget_aws(environment)

    assert environment == {
        "PATH": "/bin",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def test_aws_client_reaches_the_engine_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    torn = tmp_path / "torn"
    torn.write_text("[profile x\n")
    with trap() as elsewhere, serving() as engine:
        for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS", "http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, elsewhere.url)
        monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(torn))
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "many")
        monkeypatch.setenv("no_proxy", "corp.example")
        monkeypatch.setenv("NO_PROXY", "")
        shell_environment.forget_aws()
        shell_environment.bypass_proxies()
        once = Config(retries={"total_max_attempts": 1})
        sqs = boto3.session.Session().client("sqs", config=once, **connection(engine.url))
        with pytest.raises(Exception, match="404"):
            sqs.list_queues()
        assert engine.asked == ["/"]
        assert elsewhere.caught == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, "127.0.0.1,localhost,::1"),
        ({"NO_PROXY": "corp.example"}, "corp.example,127.0.0.1,localhost,::1"),
        ({"no_proxy": "a.example", "NO_PROXY": "b.example"}, "a.example,b.example,127.0.0.1,localhost,::1"),
        ({"no_proxy": "*"}, "*"),
    ],
)
def test_loopback_bypasses_proxies_in_both_spellings(before: dict[str, str], after: str) -> None:
    shell_environment.bypass_proxies(before)

    assert before == {"no_proxy": after, "NO_PROXY": after}


@pytest.mark.parametrize(
    ("environment", "proxied"),
    [
        ({}, False),
        ({"http_proxy": "x"}, True),
        ({"ALL_PROXY": "x", "no_proxy": "corp.example"}, True),
        ({"http_proxy": "x", "NO_PROXY": "corp.example, 127.0.0.1"}, False),
        ({"http_proxy": "x", "no_proxy": "*"}, False),
        # No program asks this one about plain HTTP.
        ({"HTTPS_PROXY": "x"}, False),
    ],
)
def test_proxy_for_loopback_is_detected(environment: dict[str, str], proxied: bool) -> None:
    assert shell_environment.proxied(environment) is proxied


def test_downloads_keep_what_says_where_packages_come_from(tmp_path: Path) -> None:
    made = shell_environment.for_downloads(tmp_path, KEPT)

    assert KEPT.items() <= made.items()


def test_downloads_lose_what_says_what_is_installed_and_where(tmp_path: Path) -> None:
    lost = {
        "NODE_ENV": "production",
        "NODE_PATH": "/x",
        "PYTHONPATH": "/x",
        "PYTHONHOME": "/x",
        "PYTHONSAFEPATH": "1",
        "VIRTUAL_ENV": "/x",
        "PIP_TARGET": "/x",
        "PIP_CONSTRAINT": "/x",
        "PIP_PYTHON": "/x",
        "PIP_NO_BINARY": ":all:",
        "NPM_CONFIG_PREFIX": "/x",
        "npm_config_production": "true",
        "npm_config_local_prefix": "/x",
    }

    made = shell_environment.for_downloads(tmp_path, KEPT | lost | {"PIP_USER": "1"})

    assert not lost.keys() & made.keys()
    assert made["PIP_USER"] == "0"


def test_node_options_about_certificates_are_kept(tmp_path: Path) -> None:
    made = shell_environment.for_downloads(
        tmp_path, {"NODE_OPTIONS": "--inspect --use-system-ca --require ./x.js"}
    )

    assert made["NODE_OPTIONS"] == "--use-system-ca"


def test_caches_are_in_the_workspace_if_home_is_not_writable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", os.devnull)

    made = shell_environment.for_downloads(tmp_path, {})

    assert made["npm_config_cache"] == str(tmp_path / "npm")
    assert made["PIP_CACHE_DIR"] == str(tmp_path / "pip")
    assert shell_environment.cache_of_jsii(tmp_path) == tmp_path / "jsii"


def test_caches_stay_in_a_writable_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    made = shell_environment.for_downloads(tmp_path / "cache", {})

    assert not {"npm_config_cache", "PIP_CACHE_DIR"} & made.keys()
    assert tmp_path in shell_environment.cache_of_jsii(tmp_path / "cache").parents
    assert "cache" not in shell_environment.cache_of_jsii(tmp_path / "cache").relative_to(tmp_path).parts[:1]


@pytest.mark.parametrize(
    "shell",
    [
        {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONUTF8": "1"},
        {"PYTHONIOENCODING": "latin-1"},
        {"PYTHONIOENCODING": "cp1252:strict"},
        {"LC_ALL": "C.UTF-8"},
    ],
    ids=str,
)
def test_any_character_can_be_printed(shell: dict[str, str]) -> None:
    said = "✓ 2 × MUG, Zoë, €5 – 漢 \udc80"
    program = f"from console.terminal import print_anywhere; print_anywhere(); print({said!r})"
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": os.environ["PATH"], **shell},
        capture_output=True,
        check=False,
    )
    assert ran.stderr == b""
    assert b"MUG" in ran.stdout
    if "ascii" in shell.values():
        assert ran.stdout == b"+ 2 x MUG, Zoe, EUR5 - ? ?\n"
