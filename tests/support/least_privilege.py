"""Checks each function's calls to AWS against the policies of its synthesised role.

While a handler runs in this process, a call that its role does not allow fails the test with `AccessDenied`.
So every test of a handler is also a test of its role. The used grants are kept: `unused` finds the others in
this process, and `tests.support.privileges` in all workers of a run.
"""

import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

from botocore.client import BaseClient

import ordering.resilience.parallel
from stacks.called_operations import called_operations
from tests.support import published_events
from tests.support.client_calls import Parameters, Send, intercepted
from tests.support.environment import ACCOUNT, CANARY_SECRET_ARN, REGION
from tests.support.iam_requests import SUFFIX, requests
from tests.support.key_requests import key_requests
from tests.synth import with_every_function
from tools.audit.templates import Template
from tools.privileges.policy import Grant, Request, Role
from tools.privileges.references import resolved
from tools.privileges.report import explained
from tools.privileges.roles import functions, names, roles

MACHINE = "MachineRole"
"""The role of the state machine."""
CURSOR_SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:cursors{SUFFIX}"
# A test may give a function the ARN of a secret that it has created.
WEBHOOK_KEY = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:webhooks{SUFFIX}"
EDGE_SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:edge{SUFFIX}"
_SECRETS = {
    "EDGE_SECRET_ARNS": EDGE_SECRET,
    "CURSOR_SECRET_ARN": CURSOR_SECRET,
    "CLIENT_SECRET_ARN": CANARY_SECRET_ARN,
    "WEBHOOK_KEY_ARN": WEBHOOK_KEY,
}

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/Key1"
"""The customer's key, with which everything of the synthesised stage is encrypted."""

_THREADS = "ThreadPoolExecutor"


class AccessDenied(AssertionError):
    """The role of the caller lacks this permission: on AWS this call would fail."""


class _Here(threading.local):
    handler: str | None = None


_here = _Here()
used: set[tuple[str, Grant]] = set()
"""Each role with each grant that a call of this process has used."""
denials: list[str] = []
"""The denied calls of the running test. The test fails even if the handler has caught `AccessDenied`."""


@contextmanager
def within(handler: str | None) -> Iterator[None]:
    """Check this thread's calls in the block against the role of `handler`; None: do not check them."""
    outer, _here.handler = _here.handler, handler
    try:
        yield
    finally:
        _here.handler = outer


def _templates() -> tuple[list[Template], Callable[[Template, str], str]]:
    """Returns the templates of a stage with every function, and the names of their resources here."""
    templates = [Template("dev", stack, body) for stack, body in with_every_function().templates.items()]
    known = names(templates, os.environ | _SECRETS)
    for handler, template, id, _ in functions(templates):
        known[template.stack, id] = handler
    return templates, lambda template, id: known.get((template.stack, id), id[:-8])


@cache
def deployed_outputs() -> dict[str, str]:
    """Returns the outputs of that stage which its stacks write into parameters for the admin stack.

    A resource is named by its ARN, which contains its name here.
    """
    outputs: dict[str, str] = {}
    for parameter, value in deployed_parameters().items():
        if "/outputs/" in parameter:
            outputs |= json.loads(value)
    return outputs


@cache
def deployed_parameters() -> dict[str, str]:
    """Returns the parameters of that stage by their names. A resource is named by its ARN, as above."""
    templates, name = _templates()
    return {
        resource["Properties"]["Name"]: resolved(resource["Properties"]["Value"], template, templates, name)
        for template in templates
        for resource in template.body["Resources"].values()
        # Parameters without a name are for references within a template only.
        if resource["Type"] == "AWS::SSM::Parameter" and "Name" in resource["Properties"]
    }


@cache
def deployed_variables(handler: str) -> dict[str, str]:
    """Returns the environment variables of a function of that stage that name no resource."""
    (variables,) = (
        properties["Environment"]["Variables"]
        for found, _, _, properties in functions(_templates()[0])
        if found == handler
    )
    return {name: value for name, value in variables.items() if isinstance(value, str)}


@cache
def deployed_roles() -> dict[str, Role]:
    """Returns the roles of a stage with every function, by the name of the handler.

    The resources in their policies have the names that they have in the tests: if a function gets a
    resource's name from an environment variable, it is the variable's value in this process.
    """
    return roles(*_templates())


def require(role: str, wanted: Iterable[Request]) -> None:
    """Record the grants that these requests of a role use. Raises AccessDenied for one that is not allowed.

    Raises LookupError if no such role is deployed.
    """
    if role not in deployed_roles():
        raise LookupError(f"{role} is no function of the synthesised stage: its calls cannot be checked")
    for request in wanted:
        grants = deployed_roles()[role].decide(request)
        if grants is None:
            denial = f"{role} may not {request.action} on {request.resource} {dict(request.context)}"
            denials.append(denial)
            raise AccessDenied(denial)
        used.update((role, grant) for grant in grants)


@contextmanager
def denied() -> Iterator[None]:
    """Require that the calls in this block are denied."""
    before = len(denials)
    try:
        yield
    except AccessDenied:
        del denials[before:]
    else:
        raise AssertionError("the role allows all calls of this block")


def unused(role: str) -> frozenset[Grant]:
    """Returns the grants of a role that neither a call of this process nor AWS itself needs."""
    return frozenset(
        grant
        for grant in deployed_roles()[role].grants()
        if (role, grant) not in used and not explained(role, grant)
    )


def check(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> None:
    """Check that the handler in this thread, if any, may make a call. Raises AccessDenied.

    The layer of dependencies must contain the operation too; otherwise the client has no such method.
    """
    if _here.handler is not None:
        name = client.meta.service_model.service_name
        assert operation in called_operations().get(name, ()), (
            f"the layer does not describe {name} {operation}"
        )
        service = client.meta.service_model.service_id.hyphenize()
        wanted = list(requests(service, operation, parameters))
        own_secrets = tuple(_SECRETS.values())
        require(_here.handler, [*wanted, *key_requests(wanted, KEY, own_secrets)])


class _CheckedThreads(ThreadPoolExecutor):
    """Threads whose calls are checked against the role of the thread that starts them."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run a function in a thread, for the same handler."""
        handler = _here.handler

        def run() -> Any:
            with within(handler):
                return fn(*args, **kwargs)

        return super().submit(run)


def _watch() -> None:
    """Intercept the calls of every client of this process."""

    def checked(client: BaseClient, operation: str, parameters: Parameters, send: Send) -> Any:
        check(client, operation, parameters)
        published_events.check(operation, parameters)
        return send(parameters)

    # The block is never left, so this lasts as long as the process.
    _watching.enter_context(intercepted(checked))
    setattr(ordering.resilience.parallel, _THREADS, _CheckedThreads)


_watching = ExitStack()
_watch()
