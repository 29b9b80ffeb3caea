"""Translates pip's configuration into uv's: where packages come from, and how to reach it.

uv reads neither pip's files nor its variables. A company's laptop often reaches its package index only
through these: an index, a certificate, a proxy. Settings that say which packages are installed, or where to,
are not translated: the lock files decide that.

Standard library only: it is needed before any environment exists.
"""

from __future__ import annotations

import ast
import math
import os
import ssl
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

PipSettings = Mapping[str, str]
"""pip's settings by name, `index-url` for example, of all its sources."""

# The sections of `pip config list`, the strongest last: everything, one command, the environment.
_SECTIONS = ("global", "install", ":env:")
_TRUE = frozenset({"1", "true", "yes", "on", "y", "t"})


def read_pip_settings(listed: Iterable[str]) -> PipSettings:
    """Returns the settings that ``pip install`` would apply, from the output of ``pip config list``."""
    found: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for line in listed:
        name, equals, value = line.strip().partition("=")
        section, _, key = name.rpartition(".")
        if equals and section in found:
            try:
                found[section][key.replace("_", "-").lower()] = str(ast.literal_eval(value))
            except (SyntaxError, ValueError):
                # A warning of pip that looks like a setting.
                continue
    return {key: value for section in _SECTIONS for key, value in found[section].items()}


def uv_variables(pip: PipSettings, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Returns the variables that make uv fetch from where pip would, given an environment.

    A variable of uv's own that ``environment`` sets stays as it is.
    """
    made = _indexes(pip) | _reaching(pip, environment) | _limits(pip)
    if "cache-dir" in pip:
        made["UV_CACHE_DIR"] = str(Path(pip["cache-dir"]).expanduser() / "uv")
    if _is_true(pip.get("no-cache-dir")):
        made["UV_NO_CACHE"] = "1"
    return {name: value for name, value in made.items() if not _is_set(name, environment)}


def _indexes(pip: PipSettings) -> dict[str, str]:
    made = {}
    if "index-url" in pip:
        made["UV_DEFAULT_INDEX"] = pip["index-url"].strip()
    if extra := pip.get("extra-index-url", "").split():
        made["UV_INDEX"] = " ".join(extra)
        # pip searches all indexes for the file with the hash; uv stops at the first with the name.
        made["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    # If a folder is missing, uv fails, and pip only warns.
    if links := [each for each in pip.get("find-links", "").split() if _may_exist(each)]:
        made["UV_FIND_LINKS"] = ",".join(links)
    if _is_true(pip.get("no-index")):
        made["UV_NO_INDEX"] = "1"
    if pip.get("keyring-provider", "auto") not in ("auto", "disabled"):
        # uv supports only this provider.
        made["UV_KEYRING_PROVIDER"] = "subprocess"
    return made


def _reaching(pip: PipSettings, environment: Mapping[str, str]) -> dict[str, str]:
    made = {}
    # pip reads the two variables as well: its library for HTTP does.
    bundles = (pip.get("cert"), environment.get("REQUESTS_CA_BUNDLE"), environment.get("CURL_CA_BUNDLE"))
    if bundle := next(filter(None, bundles), None):
        made["SSL_CERT_FILE"] = str(Path(bundle).expanduser())
    elif not environment.get("SSL_CERT_FILE") and _system_has_certificates():
        # As pip since 24.2. uv's own are Mozilla's, without a company's.
        made["UV_SYSTEM_CERTS"] = "true"
    if "client-cert" in pip:
        made["SSL_CLIENT_CERT"] = str(Path(pip["client-cert"]).expanduser())
    if hosts := pip.get("trusted-host", "").split():
        made["UV_INSECURE_HOST"] = " ".join(hosts)
    if proxy := pip.get("proxy", "").strip():
        address = proxy if "://" in proxy else f"http://{proxy}"
        # Programs differ in which of the names they read first.
        made |= dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), address)
    return made


def _limits(pip: PipSettings) -> dict[str, str]:
    made = {}
    # The second name is an alias that pip's help does not list.
    seconds = _number(pip.get("timeout") or pip.get("default-timeout"), float)
    if seconds:
        made["UV_HTTP_TIMEOUT"] = str(math.ceil(seconds))
    retries = _number(pip.get("retries"), int)
    if retries is not None:
        made["UV_HTTP_RETRIES"] = str(int(retries))
    return made


def _is_set(name: str, environment: Mapping[str, str]) -> bool:
    """Whether the environment sets this variable of uv, or its older name.

    False for other variables: pip's certificate and proxy have priority over those that all programs read.
    """
    older = {
        "UV_DEFAULT_INDEX": "UV_INDEX_URL",
        "UV_INDEX": "UV_EXTRA_INDEX_URL",
        "UV_SYSTEM_CERTS": "UV_NATIVE_TLS",
        "UV_HTTP_TIMEOUT": "UV_REQUEST_TIMEOUT",
    }
    return name.startswith("UV_") and any(environment.get(each) for each in (name, older.get(name, name)))


def _may_exist(link: str) -> bool:
    """False for a folder or file of this machine that is not there."""
    address = urlsplit(link)
    if address.scheme in ("http", "https"):
        return True
    return Path(unquote(address.path) if address.scheme == "file" else link).expanduser().exists()


def _system_has_certificates() -> bool:
    places = ssl.get_default_verify_paths()
    return sys.platform == "darwin" or any((places.cafile, places.capath))


def _is_true(value: str | None) -> bool:
    return value is not None and value.strip().lower() in _TRUE


def _number(value: str | None, kind: Callable[[str], float]) -> float | None:
    try:
        return None if value is None else kind(value)
    except ValueError:
        return None
