"""Records every call that handlers make to AWS and to the providers, and injects faults at them.

    calls.made                            the calls, in their order
    calls.at(before_call(7), die)         injects an action: see `tests.support.injection_points`
    calls.serve("sqs.SendMessage", fake)  a fake serves what moto does not support

A request takes this way: `in_process` hands it to `wire`, which finds its step and calls `call`. That records
it, passes it by the injection points before and after it, and lets moto or a fake serve it.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar
from urllib.parse import unquote, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient

from tests.support import client_calls, least_privilege
from tests.support.aws_responses import ServiceError, error_response, json_response
from tests.support.faults import ExecutionLost, Fault, ProcessLost, as_aws, as_provider
from tests.support.in_process import Send
from tests.support.injection_points import Action, Call, InjectionPoint, Interruption, Step, When, Where

T = TypeVar("T")
Fake = Callable[[Mapping[str, Any]], Mapping[str, Any]]
CallInterceptor = Callable[[str, str, Callable[[], Any]], Any]
"""Gets a call's target, its parameters as text, and a function that makes it. Returns the call's response."""

_WRITES = frozenset(
    f"dynamodb.{operation}"
    for operation in ("BatchWriteItem", "DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem")
)


class CallObserver(Protocol):
    """Sees every invocation of a function, and every call that functions make to AWS."""

    def invoked(self, step: Step) -> None:
        """A function is invoked."""
        ...

    def sent(
        self, step: Step, target: str, request: AWSPreparedRequest, send: Callable[[], AWSResponse | None]
    ) -> AWSResponse | None:
        """Send a call, with `send`. Returns its response."""
        ...


class InjectedFault(NamedTuple):
    """Where a fault was injected, and which: a fault, or the loss of a process or an execution."""

    point: InjectionPoint
    error: type[BaseException]


class Calls:
    """The calls of one process. Each is made on behalf of a step; calls outside any step are not recorded."""

    def __init__(self) -> None:
        self._here = _Here()
        self._fakes: dict[str, Callable[[AWSPreparedRequest], Mapping[str, Any]]] = {}
        self._watchers: list[Callable[[], None]] = []
        self._honours_tokens = False
        self._observer: CallObserver | None = None
        self.forget()

    def forget(self) -> None:
        """Begin again, without calls and without anything to inject. The fakes stay."""
        self.made: list[Call] = []
        self._interruptions: list[Interruption] = []
        self._interceptor: CallInterceptor | None = None
        self._places: dict[str, int] = {}
        self._place = 0
        self._numbers: Counter[str] = Counter()
        self._broken: Exception | None = None
        self._written: set[str] = set()
        self.injected: list[InjectedFault] = []
        """The faults that have fired, in their order."""

    # -- for the tests -----------------------------------------------------------------------------

    def at(self, where: Where, action: Action, *, times: int | None = 1) -> Interruption:
        """Perform an action at an injection point, the first `times` that it is reached (None: always)."""
        interruption = Interruption(where, action, times)
        self._interruptions.append(interruption)
        return interruption

    def cancel_interruptions(self) -> None:
        """Remove every action that has not been performed yet."""
        self._interruptions.clear()

    @contextmanager
    def intercepted(self, intercept: CallInterceptor) -> Iterator[None]:
        """Let `intercept` make each call of a step, or return a result instead.

        These calls are not recorded, and nothing is injected at them. See
        `tests.simulation.interleaving.call_stepper`.
        """

        def of_a_step(
            client: BaseClient, operation: str, parameters: Mapping[str, Any], send: client_calls.Send
        ) -> Any:
            if self._here.step is None:
                return send(parameters)
            target = f"{client.meta.service_model.service_id.hyphenize()}.{operation}"
            text = json.dumps(parameters, sort_keys=True, default=repr)
            with self.within(None):
                return intercept(target, text, partial(send, parameters))

        self._interceptor = intercept
        try:
            with client_calls.intercepted(of_a_step):
                yield
        finally:
            self._interceptor = None

    def serve(self, target: str, fake: Fake) -> None:
        """Let a fake serve the calls to a target (of a service that uses JSON) from their parameters."""

        def serve(request: AWSPreparedRequest) -> Mapping[str, Any]:
            body: Any = request.body
            return fake(json.loads(body))

        self._fakes[target] = serve

    def serve_by_path(self, target: str, fake: Callable[[str, Any], bool]) -> None:
        """Let a fake serve the calls to an operation of a REST API, from the request's path and body.

        The fake returns False if the resource at this path is gone.
        """

        def serve(request: AWSPreparedRequest) -> Mapping[str, Any]:
            path = unquote(urlsplit(request.url).path)
            if not fake(path, request.body):
                raise ServiceError(410, "GoneException")
            return {}

        self._fakes[target] = serve

    def after_each_write(self, watch: Callable[[], None]) -> None:
        """Call `watch` after every write to a DynamoDB table, before its caller gets the response."""
        self._watchers.append(watch)

    @contextmanager
    def observed_by(self, observer: CallObserver) -> Iterator[None]:
        """Let `observer` see every invocation and every call to AWS in the block."""
        outer, self._observer = self._observer, observer
        try:
            yield
        finally:
            self._observer = outer

    def honour_tokens(self) -> None:
        """Let a resent transaction succeed without a second write.

        DynamoDB recognises it by its `ClientRequestToken`; moto does not.
        """
        self._honours_tokens = True

    def raise_test_failure(self) -> None:
        """Raise the exception of a test's own action, if there was one: the test itself has failed."""
        if self._broken:
            broken, self._broken = self._broken, None
            raise broken

    # -- for code that runs handlers ------------------------------------------------------------------

    @contextmanager
    def within(self, step: Step | None) -> Iterator[None]:
        """Record the calls in this block as those of a step; None: do not record them."""
        outer, self._here.step = self._here.step, step
        try:
            yield
        finally:
            self._here.step = outer

    def wire(self, target: str, request: AWSPreparedRequest, send: Send) -> AWSResponse | None:
        """Send a request of a step through its injection points; one outside a step directly."""
        deliver = self._deliver(target, request, send)
        step = self._here.step
        if step is None:
            return deliver()
        if self._observer:
            deliver = partial(self._observer.sent, step, target, request, deliver)
        try:
            return self.call(step, target, deliver, _attempt(request))
        except Fault as fault:
            return as_aws(fault, target, request)

    def provider(self, target: str, operation: Callable[..., T]) -> Callable[..., T]:
        """Returns a provider's operation (`payments.void`) whose calls pass their injection points."""

        def call(*args: Any, **kwargs: Any) -> T:
            operate = partial(operation, *args, **kwargs)
            step = self._here.step
            if step and self._interceptor:
                with self.within(None):
                    response: T = self._interceptor(target, f"{args[1:]} {kwargs}", operate)
                return response
            try:
                return self.call(step, target, operate) if step else operate()
            except Fault as fault:
                raise as_provider(fault) from fault

        return call

    def call(self, step: Step, target: str, send: Callable[[], T], attempt: int = 1) -> T:
        """Record a call of a step, and make it between its injection points.

        Raises Fault, and the exceptions of `send`.
        """
        if attempt == 1:
            self._numbers[step.execution] += 1
            self._place += 1
            self._places[step.execution] = self._place
        call = Call(step, self._numbers[step.execution], target, attempt, self._places[step.execution])
        self.made.append(call)
        self.passes(InjectionPoint(When.BEFORE, step, call))
        # `within(None)`, because a provider's own calls to its table are not calls of the step.
        try:
            with self.within(None), self._serving(call):
                response = send()
        except Exception:
            # The call may have had an effect before it failed.
            self.passes(InjectionPoint(When.AFTER, step, call))
            raise
        self.passes(InjectionPoint(When.AFTER, step, call))
        return response

    def passes(self, point: InjectionPoint) -> None:
        """Perform every action that is registered for this injection point."""
        if self._observer and point.call is None and point.when is When.BEFORE:
            self._observer.invoked(point.step)
        try:
            with self.within(None), least_privilege.within(None):
                for interruption in self._interruptions:
                    if interruption.is_due(point):
                        interruption.fired += 1
                        self._act(interruption, point)
        except Fault:
            raise
        except Exception as error:
            # A failure of the test itself, not of the system: end the execution, and keep the error.
            self._broken = error
            raise ExecutionLost from error

    @property
    def current_step(self) -> Step | None:
        """The step whose function is running now; None outside any function, and while a call is made."""
        return self._here.step

    @property
    def served_call(self) -> Call | None:
        """The call that a fake is serving now; None outside any call."""
        return self._here.served

    @contextmanager
    def _serving(self, call: Call) -> Iterator[None]:
        outer, self._here.served = self._here.served, call
        try:
            yield
        finally:
            self._here.served = outer

    def _act(self, interruption: Interruption, point: InjectionPoint) -> None:
        try:
            interruption.action()
        except (Fault, ExecutionLost, ProcessLost) as error:
            self.injected.append(InjectedFault(point, type(error)))
            raise

    def _deliver(self, target: str, request: AWSPreparedRequest, send: Send) -> Send:
        fake = self._fakes.get(target)
        if fake:
            return lambda: _faked(request, fake)
        if target not in _WRITES:
            return send
        return lambda: self._write(target, request, send)

    def _write(self, target: str, request: AWSPreparedRequest, send: Send) -> AWSResponse | None:
        token = None
        if self._honours_tokens and target == "dynamodb.TransactWriteItems":
            body: Any = request.body
            token = json.loads(body)["ClientRequestToken"]
            if token in self._written:
                return json_response(request, {})
        response = send()
        if token and response and response.status_code == 200:
            self._written.add(token)
        for watch in self._watchers:
            watch()
        return response


def _faked(
    request: AWSPreparedRequest, fake: Callable[[AWSPreparedRequest], Mapping[str, Any]]
) -> AWSResponse:
    try:
        return json_response(request, fake(request))
    except ServiceError as refusal:
        return error_response(request, refusal.status, refusal.code)


class _Here(threading.local):
    """The step and the call of this thread: moto serves each attempt in a thread of its own."""

    step: Step | None = None
    served: Call | None = None


def _attempt(request: AWSPreparedRequest) -> int:
    """Returns the number of the SDK's attempt, from its header `attempt=1; max=3`."""
    header = request.headers["amz-sdk-request"]
    text = header.decode() if isinstance(header, bytes) else header
    return int(text.partition("attempt=")[2].partition(";")[0])
