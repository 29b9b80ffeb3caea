"""The operations of AWS that the handlers call, read from their code.

The layer of dependencies describes only these to botocore (`stacks.layer_contents`). They are found where a
module makes a client, `client("sqs")`: every method that the module calls and that is the name of an
operation of that service counts. So a new call is described without an entry in a list.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.session import get_session

_PROJECT = Path(__file__).resolve().parent.parent
_DEPLOYED = (_PROJECT / "layers" / "ordering", _PROJECT / "lambdas")

# The function that makes clients (`ordering.aws.clients`).
_CLIENT = "client"

# They read descriptions that the layer leaves out.
_NOT_DESCRIBED = frozenset({"can_paginate", "get_paginator", "get_waiter"})

# To sign a form, botocore describes it as a request of another operation, which it does not send. The only
# links that are signed are those to files.
_SIGNED_AS = {"generate_presigned_post": "create_bucket", "generate_presigned_url": "get_object"}


class UnknownCall(Exception):
    """The code calls AWS in a way that cannot be read from it. The message names the file and the remedy."""


@cache
def called_operations() -> Mapping[str, tuple[str, ...]]:
    """Returns service → the operations that the deployed code calls, `PutItem`, in the order of their names.

    Raises UnknownCall.
    """
    return operations_in(*_DEPLOYED)


def operations_in(*folders: Path) -> Mapping[str, tuple[str, ...]]:
    """Returns service → the operations that the modules in these folders call. Raises UnknownCall."""
    methods: dict[str, set[str]] = {}
    for path in sorted(file for folder in folders for file in folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if _CLIENT not in text:
            # It makes no client: most modules do not, and need not be parsed.
            continue
        tree = ast.parse(text)
        services = set(_services(tree, path))
        names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        if services and (undescribed := names & _NOT_DESCRIBED):
            raise UnknownCall(
                f"{path}: the layer holds no paginators and waiters ({', '.join(sorted(undescribed))}): "
                "call the operation, and follow its pages"
            )
        names |= {_SIGNED_AS[name] for name in names & _SIGNED_AS.keys()}
        for service in services:
            methods.setdefault(service, set()).update(names)
    return {service: _operations(service, names) for service, names in sorted(methods.items())}


def _operations(service: str, methods: set[str]) -> tuple[str, ...]:
    """Returns the operations of a service that are called by one of these names."""
    try:
        described = get_session().get_service_model(service).operation_names
    except UnknownServiceError:
        raise UnknownCall(f"botocore describes no service `{service}`") from None
    called = tuple(sorted(name for name in described if xform_name(name) in methods))
    if not called:
        raise UnknownCall(f"no module that makes a client of `{service}` calls one of its operations")
    return called


def _services(tree: ast.AST, path: Path) -> Iterator[str]:
    """Yields the service of each client that a module makes with `ordering.aws.clients.client`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == _CLIENT:
            if (
                node.args
                and isinstance(node.args[0], ast.Constant)
                and isinstance(service := node.args[0].value, str)
            ):
                yield service
            else:
                raise UnknownCall(
                    f'{path}:{node.lineno}: name the service of a client, as in client("sqs"): the layer '
                    "describes only the operations that can be read from the code"
                )
