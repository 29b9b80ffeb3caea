"""Every call that handlers make, to AWS and to the providers, and what is made to happen at them.

calls.made                            the calls, in their order
calls.at(before_call(7), die)         interrupts: see `tests.support.injection_points`
calls.serve("sqs.SendMessage", fake)  a fake answers what moto does not serve
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, TypeVar
from unittest.mock import patch

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient

from tests.support import least_privilege
from tests.support.answers import Refusal, answered, refused
from tests.support.faults import ExecutionLost, Fault, ProcessLost, as_aws, as_provider
from tests.support.in_process import Send
from tests.support.injection_points import Action, Call, Interruption, Moment, Step, When, Where

T = TypeVar("T")
Fake = Callable[[Mapping[str, Any]], Mapping[str, Any]]
CallInterceptor = Callable[[str, str, Callable[[], Any]], Any]
"""Gets a call's target, its parameters as text, and a function that makes it; returns the call's answer."""

# Where every client of AWS hands a call over.
_SEAM = "_make_api_call"

_WRITES = frozenset(
    f"dynamodb.{operation}"
    for operation in ("BatchWriteItem", "DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem")
)


class Strike(NamedTuple):
    """Where something was made to go wrong, and what: a fault, or the loss of a process or an execution."""

    moment: Moment
    trouble: type[BaseException]


class Calls:
    """The calls of one process, each made on behalf of a step, or of nobody: those are not recorded."""

    def __init__(self) -> None:
        self._here = _Here()
        self._fakes: dict[str, Fake] = {}
        self._watchers: list[Callable[[], None]] = []
        self._honours_tokens = False
        self.forget()

    def forget(self) -> None:
        """Begin anew: no calls, and nothing that waits for its moment. The fakes stay."""
        self.made: list[Call] = []
        self._interruptions: list[Interruption] = []
        self._interceptor: CallInterceptor | None = None
        self._places: dict[str, int] = {}
        self._place = 0
        self._numbers: Counter[str] = Counter()
        self._broken: Exception | None = None
        self._written: set[str] = set()
        self.struck: list[Strike] = []
        """Where something was made to go wrong, in turn."""

    # -- for the tests -----------------------------------------------------------------------------

    def at(self, where: Where, action: Action, *, times: int | None = 1) -> Interruption:
        """Do something at a moment, the first `times` that it comes (None: whenever it comes)."""
        interruption = Interruption(where, action, times)
        self._interruptions.append(interruption)
        return interruption

    def calm(self) -> None:
        """Let nothing more happen of what was waiting for its moment."""
        self._interruptions.clear()

    @contextmanager
    def intercepted(self, intercept: CallInterceptor) -> Iterator[None]:
        """Let `intercept` make each call of a step, or return a result in its place.

        See `tests.simulation.interleaving.call_stepper`.

        These calls are not recorded, and nothing is made to happen at them.
        """
        make_api_call = getattr(BaseClient, _SEAM)

        def intercepted(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> Any:
            make = partial(make_api_call, client, operation, parameters)
            if self._here.step is None:
                return make()
            target = f"{client.meta.service_model.service_id.hyphenize()}.{operation}"
            with self.within(None):
                return intercept(target, json.dumps(parameters, sort_keys=True, default=repr), make)

        self._interceptor = intercept
        try:
            with patch.object(BaseClient, _SEAM, intercepted):
                yield
        finally:
            self._interceptor = None

    def serve(self, target: str, fake: Fake) -> None:
        """Let a fake answer the calls to a target (of a service that speaks JSON) from their parameters."""
        self._fakes[target] = fake

    def after_each_write(self, watch: Callable[[], None]) -> None:
        """Call `watch` after every write to a table of DynamoDB, before its caller hears of it."""
        self._watchers.append(watch)

    def honour_tokens(self) -> None:
        """Let a transaction that the SDK sends again, having lost its answer, succeed without being written
        again, as DynamoDB does by its `ClientRequestToken`. moto does not."""
        self._honours_tokens = True

    def raise_what_broke(self) -> None:
        """Raise what an action of a test's has raised, if one has: it is the test's own failure."""
        if self._broken:
            broken, self._broken = self._broken, None
            raise broken

    # -- for whoever runs handlers -------------------------------------------------------------------

    @contextmanager
    def within(self, step: Step | None) -> Iterator[None]:
        """Let the calls that are made here be this step's (None: nobody's)."""
        outer, self._here.step = self._here.step, step
        try:
            yield
        finally:
            self._here.step = outer

    def wire(self, target: str, request: AWSPreparedRequest, send: Send) -> AWSResponse | None:
        """Let a request pass its moments."""
        deliver = self._deliver(target, request, send)
        step = self._here.step
        if step is None:
            return deliver()
        try:
            return self.call(step, target, deliver, _attempt(request))
        except Fault as fault:
            return as_aws(fault, target, request)

    def provider(self, target: str, operation: Callable[..., T]) -> Callable[..., T]:
        """An operation of a provider (`payments.void`) that passes its moments."""

        def call(*args: Any, **kwargs: Any) -> T:
            operate = partial(operation, *args, **kwargs)
            step = self._here.step
            if step and self._interceptor:
                with self.within(None):
                    answer: T = self._interceptor(target, f"{args[1:]} {kwargs}", operate)
                return answer
            try:
                return self.call(step, target, operate) if step else operate()
            except Fault as fault:
                raise as_provider(fault) from fault

        return call

    def call(self, step: Step, target: str, send: Callable[[], T], attempt: int = 1) -> T:
        """Record a call of a step, and let it pass its moments. Raises Fault, and what `send` raises."""
        if attempt == 1:
            self._numbers[step.execution] += 1
            self._place += 1
            self._places[step.execution] = self._place
        call = Call(step, self._numbers[step.execution], target, attempt, self._places[step.execution])
        self.made.append(call)
        self.passes(Moment(When.BEFORE, step, call))
        # What a provider does to its own books is its own affair: no call of the step's.
        try:
            with self.within(None), self._answering(call):
                answer = send()
        except Exception:
            # A provider that fails has done something all the same, perhaps.
            self.passes(Moment(When.AFTER, step, call))
            raise
        self.passes(Moment(When.AFTER, step, call))
        return answer

    def passes(self, moment: Moment) -> None:
        """Let whatever waits for this moment happen."""
        try:
            with self.within(None), least_privilege.within(None):
                for interruption in self._interruptions:
                    if interruption.is_due(moment):
                        interruption.fired += 1
                        self._act(interruption, moment)
        except Fault:
            raise
        except Exception as error:
            # The test's own failure, and no fault of the system's: end what is going on, and say so.
            self._broken = error
            raise ExecutionLost from error

    @property
    def answered(self) -> Call | None:
        """The call that is being answered, for a fake that wants to know."""
        return self._here.answered

    @contextmanager
    def _answering(self, call: Call) -> Iterator[None]:
        outer, self._here.answered = self._here.answered, call
        try:
            yield
        finally:
            self._here.answered = outer

    def _act(self, interruption: Interruption, moment: Moment) -> None:
        try:
            interruption.action()
        except (Fault, ExecutionLost, ProcessLost) as trouble:
            self.struck.append(Strike(moment, type(trouble)))
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
                return answered(request, {})
        answer = send()
        if token and answer and answer.status_code == 200:
            self._written.add(token)
        for watch in self._watchers:
            watch()
        return answer


def _faked(request: AWSPreparedRequest, fake: Callable[[Any], Mapping[str, Any]]) -> AWSResponse:
    body: Any = request.body
    try:
        return answered(request, fake(json.loads(body)))
    except Refusal as refusal:
        return refused(request, refusal.status, refusal.code)


class _Here(threading.local):
    """The step that this thread serves. moto serves each attempt in a thread of its own."""

    step: Step | None = None
    answered: Call | None = None


def _attempt(request: AWSPreparedRequest) -> int:
    """Which try of the SDK's this is: it says so in a header, `attempt=1; max=3`."""
    header = request.headers["amz-sdk-request"]
    text = header.decode() if isinstance(header, bytes) else header
    return int(text.partition("attempt=")[2].partition(";")[0])
