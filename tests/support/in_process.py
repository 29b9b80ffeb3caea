"""Patches moto's Step Functions and HTTP layer: executions run in this process, with hooks for tests.

Nothing runs concurrently: moto's transactions lose concurrent writes (a failing one restores a copy of the
whole table), and a test must be repeatable. So an execution runs to its end within `StartExecution`, the
branches of a Parallel run one after the other, and whatever a test injects happens in a hook. The patches fit
moto 5.2.5.
"""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any, Protocol
from unittest.mock import patch

import botocore.endpoint
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.signers import RequestSigner
from botocore.useragent import UserAgentString
from jsonpath_ng.ext.parser import parse
from moto.core import responses
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.utils import method_names_from_class
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.common.string import string_expression
from moto.stepfunctions.parser.asl.component.program import program
from moto.stepfunctions.parser.asl.component.state.exec import execute_state
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branch_worker import BranchWorker
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branches_decl import BranchWorkerPool
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.parser.backend.execution import Execution, SyncExecution

from ordering.dynamodb import conflicts
from tests.support.tables import attributes_as_they_are, tables_copied_once

Send = Callable[[], AWSResponse | None]


class Hooks(Protocol):
    """The functions that the patches call."""

    def serve(self, env: Any, parameters: dict[str, Any]) -> dict[str, Any]:
        """Serve a Lambda task of the environment `env`. Raises LambdaFunctionErrorException."""
        ...

    def in_order(self, branches: Sequence[Any]) -> Sequence[Any]:
        """Returns the branches of a Parallel in the order in which they run."""
        ...

    def wire(self, target: str, request: AWSPreparedRequest, send: Send) -> AWSResponse | None:
        """Send a request (`dynamodb.GetItem`), or not."""
        ...

    def slept(self, seconds: float) -> None:
        """Called in place of a sleep of a Retry or of the SDK."""
        ...


@contextmanager
def in_process(hooks: Hooks) -> Iterator[None]:
    """Let executions run in this process and call `hooks`, within the block."""
    with ExitStack() as patches:

        def replace(owner: Any, name: str, by: Any) -> None:
            patches.enter_context(patch.object(owner, name, by))

        # moto has a synchronous worker, but no StartSyncExecution that uses it.
        replace(Execution, "_get_start_execution_worker", SyncExecution._get_start_execution_worker)
        # Parsing takes longer than executing, and its result is always the same.
        replace(AmazonStateLanguageParser, "parse", staticmethod(cache(AmazonStateLanguageParser.parse)))
        replace(json_path, "parse", _path)
        replace(string_expression, "extract_json", _extract)
        # Patched here, because the Lambda backend below does not know the state.
        replace(lambda_eval_utils, "execute_lambda_function_integration", _serve(hooks))
        replace(BranchWorker, "start", _enlist)
        replace(BranchWorkerPool, "wait", _run_in_turn(hooks))
        replace(BotocoreStubber, "__call__", _on_the_wire(hooks))
        patches.enter_context(attributes_as_they_are())
        patches.enter_context(tables_copied_once())
        # Time-outs do not depend on the clock: the test decides which execution times out.
        replace(execute_state, "Thread", _ThreadRunAtOnce)
        replace(program, "threading", SimpleNamespace(Thread=_ThreadRunAtOnce))
        # Signatures and user agents are not checked, and the methods of a service do not change.
        replace(RequestSigner, "sign", _unsigned)
        replace(UserAgentString, "to_string", lambda agent: "tests")
        replace(responses, "method_names_from_class", cache(method_names_from_class))
        for module in (retrier_decl, botocore.endpoint):
            replace(module, "time", SimpleNamespace(sleep=hooks.slept))
        replace(conflicts, "sleep", hooks.slept)
        yield


class _ThreadRunAtOnce(threading.Thread):
    """A thread that runs in its caller's thread as soon as it is started."""

    def start(self) -> None:
        """Run to the end."""
        self.run()

    def join(self, timeout: float | None = None) -> None:
        """Do nothing: it has ended."""


def _unsigned(signer: RequestSigner, operation: str, request: Any, *_: object, **__: object) -> None:
    """Set only the header by which moto knows that a body is sent in chunks, with a checksum at its end."""
    if "aws-chunked" in request.headers.get("Content-Encoding", ""):
        request.headers["X-Amz-Content-SHA256"] = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


_path = cache(parse)

# `$[0].orderId`: fields and indices only, so that it has at most one value.
_DEFINITE = re.compile(r"\$(\.\w+|\[\d+\])*")


def _extract(path: str, data: Any) -> Any:
    """Returns the value at a path. moto returns a list if a field follows an index; AWS does not."""
    if _DEFINITE.fullmatch(path) and (matches := _path(path).find(data)):
        return matches[0].value
    return json_path.extract_json(path, data)


def _serve(hooks: Hooks) -> Callable[..., None]:
    def execute(env: Any, parameters: dict[str, Any], region: str, state_credentials: Any) -> None:
        env.stack.append(hooks.serve(env, parameters))

    return execute


def _enlist(worker: Any) -> None:
    vars(worker._branch_worker_comm).setdefault("enlisted", []).append(worker)


def _run_in_turn(hooks: Hooks) -> Callable[[Any], None]:
    def wait(pool: Any) -> None:
        for worker in hooks.in_order(pool.enlisted):
            # An execution that was abandoned in one branch does not start the other.
            if worker.env.is_running():
                worker._worker_thread = threading.current_thread()
                worker._thread_routine()

    return wait


def _on_the_wire(hooks: Hooks) -> Callable[..., AWSResponse | None]:
    stub = BotocoreStubber.__call__
    lock = threading.RLock()

    def call(
        stubber: BotocoreStubber, event_name: str, request: AWSPreparedRequest, **kwargs: Any
    ) -> AWSResponse | None:
        def send() -> AWSResponse | None:
            return stub(stubber, event_name, request, **kwargs)

        def send_alone() -> AWSResponse | None:
            with lock:
                return send()

        target = event_name.removeprefix("before-send.")
        # StartExecution returns when the execution has ended, and the execution makes calls itself.
        return hooks.wire(target, request, send if target.startswith("sfn.") else send_alone)

    return call
