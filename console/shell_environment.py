"""Selects the environment variables of the shell that a started program may inherit.

A company laptop has AWS profiles, endpoints, damaged configuration files, proxies, and settings of Node, npm,
Python, pip and uv that were made for other projects. Three rules keep them out of the local run:

- an AWS client, in this process or in one that it starts, has no account, and no endpoint but the engine's
  (``forget_aws``);
- a program that uses only loopback inherits only `PATH` from the shell (``on_loopback``);
- a program that downloads packages keeps every setting of where packages come from, including proxies
  (``for_downloads``).

Standard library only: it is needed before any environment exists.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, MutableMapping
from pathlib import Path

# AMAZON_* are older names, and AWS's SDK for JavaScript reads one name in lower case.
_AWS_PREFIXES = ("AWS_", "AMAZON_")
_NO_ACCOUNT = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
_LOOPBACK = "127.0.0.1,localhost,::1"
# The settings of pip that say where packages come from. Others say where they are installed (PIP_TARGET,
# PIP_USER, PIP_PYTHON) or which ones (PIP_CONSTRAINT, PIP_NO_BINARY); here the lock files decide that.
_PIP_SOURCES = frozenset(
    "PIP_" + name
    for name in (
        *("INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "NO_INDEX", "CONFIG_FILE", "KEYRING_PROVIDER"),
        *("CERT", "CLIENT_CERT", "TRUSTED_HOST", "PROXY", "USE_FEATURE", "USE_DEPRECATED"),
        *("TIMEOUT", "DEFAULT_TIMEOUT", "RETRIES", "RESUME_RETRIES", "CACHE_DIR", "NO_CACHE_DIR"),
    )
)
# The same settings of uv, and how it downloads. The user and the password of a named index
# (UV_INDEX_<NAME>_USERNAME) are kept in `_is_for_downloads`.
_UV_SOURCES = frozenset(
    "UV_" + name
    for name in (
        *("DEFAULT_INDEX", "INDEX_URL", "INDEX", "EXTRA_INDEX_URL", "FIND_LINKS", "NO_INDEX"),
        *("INDEX_STRATEGY", "CONFIG_FILE", "NO_CONFIG", "KEYRING_PROVIDER", "CREDENTIALS_DIR"),
        *("INSECURE_HOST", "NATIVE_TLS", "SYSTEM_CERTS", "OFFLINE"),
        *("HTTP_TIMEOUT", "REQUEST_TIMEOUT", "HTTP_CONNECT_TIMEOUT", "HTTP_RETRIES"),
        *("CACHE_DIR", "NO_CACHE", "LINK_MODE"),
        *("CONCURRENT_DOWNLOADS", "CONCURRENT_BUILDS", "CONCURRENT_INSTALLS"),
    )
)
_NODE_SOURCES = frozenset(
    {"NODE_EXTRA_CA_CERTS", "NODE_USE_SYSTEM_CA", "NODE_TLS_REJECT_UNAUTHORIZED", "NODE_USE_ENV_PROXY"}
)
_CERTIFICATE_OPTIONS = frozenset({"--use-system-ca", "--use-openssl-ca", "--use-bundled-ca"})
# npm's settings that would install other packages, or into another folder. Options of the command line
# override the others.
_NPM_INSTALL_SETTINGS = frozenset(
    {"prefix", "local_prefix", "global_prefix", "only", "production", "workspace", "workspaces"}
)


def forget_aws(environment: MutableMapping[str, str] = os.environ) -> None:
    """Remove every account, profile and endpoint of AWS from an environment, by default this process's.

    All of them have to go: ``AWS_ENDPOINT_URL_<SERVICE>`` overrides a general endpoint,
    ``AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`` disables every endpoint, and a profile that does not exist, or a
    file that cannot be read, makes creating any client fail.
    """
    for name in [name for name in environment if name.upper().startswith(_AWS_PREFIXES)]:
        del environment[name]
    environment.update(_NO_ACCOUNT)


def bypass_proxies(environment: MutableMapping[str, str] = os.environ) -> None:
    """Exempt loopback from the proxies of an environment; other requests still use them."""
    # Most programs read the lower-case name first, and some read only one of the two.
    named = [environment[name] for name in ("no_proxy", "NO_PROXY") if environment.get(name)]
    hosts = "*" if "*" in named else ",".join(dict.fromkeys([*named, _LOOPBACK]))
    environment["no_proxy"] = environment["NO_PROXY"] = hosts


def proxied(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether plain HTTP requests to 127.0.0.1 would go through a proxy."""
    hosts = (environment.get("no_proxy") or environment.get("NO_PROXY") or "").replace(" ", "").split(",")
    http_proxy = environment.get("http_proxy") or environment.get("all_proxy") or environment.get("ALL_PROXY")
    return bool(http_proxy) and not {"*", "127.0.0.1"} & set(hosts)


def on_loopback(path: str, home: Path) -> dict[str, str]:
    """Returns the environment of a program that must reach nothing but loopback.

    ``path`` is its PATH; ``home``, a folder of ours, its HOME and its TMPDIR.
    """
    return {
        "PATH": path,
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        "no_proxy": "*",
        "NO_PROXY": "*",
        **_NO_ACCOUNT,
    }


def for_downloads(cache: Path, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Returns the environment in which pip, uv and npm download, from the sources that the caller configured.

    Where the caller's home is not writable, the caches are below ``cache``. AWS credentials stay: a package
    index may need them.
    """
    kept = {name: value for name, value in environment.items() if _is_for_downloads(name)}
    options = environment.get("NODE_OPTIONS", "").split()
    kept["NODE_OPTIONS"] = " ".join(option for option in options if option in _CERTIFICATE_OPTIONS)
    # PIP_NO_INPUT: otherwise, pip waits without end for the password of an index that needs one.
    kept |= {"PYTHONUTF8": "1", "PIP_NO_INPUT": "1", "PIP_USER": "0", "NODE_NO_WARNINGS": "1"}
    for variable, folder in _caches().items():
        if variable not in kept and variable.upper() not in kept and not _can_be_written(folder):
            kept[variable] = str(cache / folder.name.lstrip("."))
    return kept


def cache_of_jsii(cache: Path) -> Path:
    """Returns where jsii unpacks CDK's libraries: in the caller's home, or below ``cache``."""
    usual = _home() / (
        "Library/Caches/com.amazonaws.jsii/package-cache"
        if sys.platform == "darwin"
        else ".cache/aws/jsii/package-cache"
    )
    return usual if _can_be_written(usual) else cache / "jsii"


def _is_for_downloads(name: str) -> bool:
    upper = name.upper()
    if upper.startswith("PIP_"):
        return upper in _PIP_SOURCES
    if upper.startswith("UV_"):
        return upper in _UV_SOURCES or upper.startswith("UV_INDEX_")
    if upper.startswith("NODE_"):
        return upper in _NODE_SOURCES
    if upper.startswith("NPM_CONFIG_"):
        return upper.removeprefix("NPM_CONFIG_").replace("-", "_").lower() not in _NPM_INSTALL_SETTINGS
    # Otherwise an activated environment of another project would be used in place of this one's.
    return not upper.startswith(("PYTHON", "__PYVENV", "VIRTUAL_ENV"))


def _caches() -> dict[str, Path]:
    """Returns variable → the folder that its program uses by default."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or _home() / ".cache")
    return {
        "npm_config_cache": _home() / ".npm",
        "PIP_CACHE_DIR": caches / "pip",
        "UV_CACHE_DIR": caches / "uv",
    }


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        # Neither HOME nor an entry in the user database: a container with a numeric user id.
        return Path(os.devnull)


def _can_be_written(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
