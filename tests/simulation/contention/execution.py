"""The synthesised state machine in simulated time, with its retries. It calls the saga's own handlers."""

import json
from collections.abc import Mapping
from importlib import import_module
from random import Random
from typing import Any

from tests.simulation.contention.virtual_time import VirtualTime
from tests.support.world import Context
from tests.synth import FUNCTION_ARN, synthesised_state_machine
from tools.costs.durations import OWN_MILLISECONDS, TASK_MILLISECONDS

State = Mapping[str, Any]


class ExecutionFailed(Exception):
    """An execution did not succeed, so the order's message is redelivered."""


class Machine:
    """Executes the definition."""

    def __init__(self, time: VirtualTime, random: Random) -> None:
        self._time, self._random = time, random
        self._definition = synthesised_state_machine().definition
        self.longest_step = 0.0
        """Seconds. A step that takes longer than its time-out would be ended by AWS."""

    def execute(self, order_id: str) -> None:
        """Run one execution for an order. Raises ExecutionFailed."""
        began = self._time.now
        self._run(self._definition, {"orderId": order_id})
        if self._time.now - began > self._definition["TimeoutSeconds"]:
            raise ExecutionFailed("States.Timeout")

    def _run(self, machine: Mapping[str, Any], data: State) -> State:
        name = machine["StartAt"]
        while True:
            state = machine["States"][name]
            match state["Type"]:
                case "Succeed":
                    return data
                case "Fail":
                    raise ExecutionFailed(name)
                case "Choice":
                    name = next(
                        (row["Next"] for row in state["Choices"] if _is_chosen(row, data)), state["Default"]
                    )
                    continue
                case "Task":
                    data, name = self._task(state, data)
                case "Parallel":
                    data, name = self._parallel(state, data), state["Next"]
            if not name:
                return data

    def _task(self, state: Mapping[str, Any], data: State) -> tuple[State, str]:
        (retry,) = state["Retry"]
        delay = float(retry["IntervalSeconds"])
        for attempts_left in reversed(range(retry["MaxAttempts"] + 1)):
            try:
                return self._call(state, data), state.get("Next", "")
            except Exception as fault:
                if not attempts_left:
                    for catch in state.get("Catch", ()):
                        caught = {"Error": type(fault).__name__, "Cause": json.dumps({"errorMessage": ""})}
                        return {**data, "fault": caught}, catch["Next"]
                    raise ExecutionFailed(type(fault).__name__) from fault
            # Full jitter: a random time up to the delay.
            self._time.wait(self._random.uniform(0, delay))
            delay = min(delay * retry["BackoffRate"], retry["MaxDelaySeconds"])
        raise AssertionError("the last attempt returns or raises")

    def _call(self, state: Mapping[str, Any], data: State) -> State:
        handler = state["Parameters"]["FunctionName"].removeprefix(FUNCTION_ARN)
        self._time.wait((TASK_MILLISECONDS + OWN_MILLISECONDS) / 1000)
        began = self._time.now
        try:
            result: State = import_module(f"lambdas.saga.{handler}").handler(dict(data), Context())
        finally:
            self.longest_step = max(self.longest_step, self._time.now - began)
        return result

    def _parallel(self, state: Mapping[str, Any], data: State) -> State:
        results: dict[int, State] = {}
        first, second = state["Branches"]

        def run(number: int, branch: Mapping[str, Any]) -> None:
            results[number] = self._run(branch, data)

        self._time.together(lambda: run(0, first), lambda: run(1, second))
        selected = {}
        for name, path in state["ResultSelector"].items():
            number, _, field = path.removeprefix("$[").partition("].")
            selected[name.removesuffix(".$")] = results[int(number)][field]
        return selected


def _is_chosen(row: Mapping[str, Any], data: State) -> bool:
    if "And" in row:
        return all(_is_chosen(each, data) for each in row["And"])
    return bool(data.get(row["Variable"].removeprefix("$.")) == row["StringEquals"])
