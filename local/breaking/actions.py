"""What the page can break, and how the faults end."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from threading import Lock, Thread
from typing import Any
from uuid import uuid4

from local.breaking.engine_access import BreakableApp
from local.breaking.orders_placed import OrdersPlaced
from local.breaking.rerouting import Rerouting
from local.breaking.sweep_clock import SweepClock
from local.breaking.table_faults import TableFaults
from local.breaking.worker_processes import kill_workers

MOST_ORDERS = 100
_LOGGED = 50
# SendMessageBatch takes ten messages (Amazon SQS API Reference).
_MESSAGES_AT_ONCE = 10
# The steps that ask the payment provider for a new payment.
_AUTHORISING = ("authorise_payment", "reauthorise_payment")


class BadRequest(ValueError):
    """A request that names no action, or lacks what its action needs. Nothing was done."""


class Actions:
    """Causes faults, each by a method of its own, and ends them."""

    def __init__(
        self,
        app: BreakableApp,
        faults: TableFaults,
        placed: OrdersPlaced,
        proxy: str,
        open_orders: Callable[[], list[str]],
    ) -> None:
        self._app = app
        self._faults = faults
        self._placed = placed
        self._open_orders = open_orders
        self._rerouting = Rerouting(app.functions, proxy)
        self.sweep = SweepClock(app)
        self._lock = Lock()
        self.log: deque[dict[str, Any]] = deque(maxlen=_LOGGED)
        self._actions: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "place": self._place,
            "decline": self._decline,
            "throttle": self._throttle,
            "lose-answer": self._lose_answer,
            "kill-worker": self._kill_worker,
            "deliver-twice": self._deliver_twice,
            "run-twice": self._run_twice,
            "sweep": self._sweep,
            "end-faults": self._end_faults,
        }

    def run(self, name: str, wanted: Mapping[str, Any]) -> None:
        """Run an action. Raises BadRequest."""
        action = self._actions.get(name)
        if action is None:
            raise BadRequest(f"there is no action `{name}`: use one of {', '.join(self._actions)}")
        action(wanted)

    def _place(self, wanted: Mapping[str, Any]) -> None:
        count = wanted.get("count")
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST_ORDERS:
            raise BadRequest(f"`count` must be a whole number from 1 to {MOST_ORDERS}")
        self._placed.place(count)
        self._record("placed", count=count)

    def _decline(self, wanted: Mapping[str, Any]) -> None:
        on = _switch(wanted)
        with self._lock:
            self._faults.declining = on
            self._reroute(_AUTHORISING)
        self._record("declining" if on else "notDeclining")

    def _throttle(self, wanted: Mapping[str, Any]) -> None:
        on = _switch(wanted)
        with self._lock:
            self._faults.throttled = on
            self._reroute(self._app.steps)
        self._record("throttled" if on else "notThrottled")

    def _lose_answer(self, wanted: Mapping[str, Any]) -> None:
        step = self._step(wanted)
        with self._lock:
            self._faults.lose_next.add(step)
            self._reroute([step])
        self._record("losing", step=step)

    def _kill_worker(self, wanted: Mapping[str, Any]) -> None:
        step = self._step(wanted)
        killed = kill_workers(self._app.workspace, self._app.steps[step])
        self._record("killed", step=step, count=killed)

    def _deliver_twice(self, wanted: Mapping[str, Any]) -> None:
        order_id = self._placed.place_now()
        self._send([order_id, order_id])
        self._record("delivered", order=order_id)

    def _run_twice(self, wanted: Mapping[str, Any]) -> None:
        order_id = self._placed.place_now()
        for _ in range(2):
            # It takes as long as the order does; nobody waits for it.
            Thread(target=self._execute, args=(order_id,), daemon=True).start()
        self._record("executed", order=order_id)

    def _sweep(self, wanted: Mapping[str, Any]) -> None:
        on = _switch(wanted)
        self.sweep.set(running=on)
        self._record("sweepStarted" if on else "sweepStopped")

    def _end_faults(self, wanted: Mapping[str, Any]) -> None:
        with self._lock:
            self._faults.end()
            self._reroute(self._app.steps)
        self.sweep.set(running=True)
        waiting = self._open_orders()
        # What the sweep does too, a minute at a time.
        self._send(waiting)
        self._record("faultsEnded", count=len(waiting))

    def _reroute(self, steps: Iterable[str]) -> None:
        """Lead those of these steps through the proxy that a fault needs there, and the others back."""
        faults = self._faults
        needed = {
            step
            for step in steps
            if faults.throttled or step in faults.lose_next or (faults.declining and step in _AUTHORISING)
        }
        self._rerouting.through_proxy(self._app.steps[step] for step in needed)
        self._rerouting.direct(self._app.steps[step] for step in steps if step not in needed)

    def _send(self, order_ids: list[str]) -> None:
        for first in range(0, len(order_ids), _MESSAGES_AT_ONCE):
            self._app.queues.send_message_batch(
                QueueUrl=self._app.outputs["OrderQueueUrl"],
                Entries=[
                    {"Id": str(number), "MessageBody": json.dumps({"orderId": order_id})}
                    for number, order_id in enumerate(order_ids[first : first + _MESSAGES_AT_ONCE])
                ],
            )

    def _execute(self, order_id: str) -> None:
        self._app.machine.start_sync_execution(
            stateMachineArn=self._app.outputs["StateMachineArn"],
            name=f"break-it-{uuid4().hex}",
            input=json.dumps({"orderId": order_id}),
        )

    def _step(self, wanted: Mapping[str, Any]) -> str:
        step = wanted.get("step")
        if not isinstance(step, str) or step not in self._app.steps:
            raise BadRequest(f"`step` must be one of {', '.join(sorted(self._app.steps))}")
        return step

    def _record(self, what: str, **values: Any) -> None:
        self.log.append({"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "what": what, **values})


def _switch(wanted: Mapping[str, Any]) -> bool:
    on = wanted.get("on")
    if not isinstance(on, bool):
        raise BadRequest("`on` must be true or false")
    return on
