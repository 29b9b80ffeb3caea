"""Which state follows each outcome, read from the synthesised state machine.

So a new state, or an outcome that leads to another state, changes the model together with the product.
"""

from functools import cache
from typing import Any, NamedTuple

from tests.synth import Json, synthesised_state_machine


class Routing(NamedTuple):
    """The definition, and the queries that the search makes of it."""

    states: Json
    begins: str

    def tasks(self, state: str) -> tuple[str, ...]:
        """Returns the tasks that start when a state is entered: itself, or the first of each branch; none at
        an end."""
        body = self.states[state]
        match body["Type"]:
            case "Task":
                return (state,)
            case "Parallel":
                return tuple(branch["StartAt"] for branch in body["Branches"])
        return ()

    def after(self, state: str, outcomes: dict[str, str]) -> str:
        """Returns the state that follows, given the outcome of each task of this one.

        Raises LookupError for outcomes that no row of the Choice names: the execution would fail.
        """
        following: str = self.states[state]["Next"]
        choice = self.states[following]
        if choice["Type"] != "Choice":
            return following
        given = self._given(state, outcomes)
        for rule in choice["Choices"]:
            if all(given[test["Variable"]] == test["StringEquals"] for test in rule.get("And", [rule])):
                target: str = rule["Next"]
                return target
        raise LookupError(f"{following} has no row for {outcomes}")

    def catch_target(self, state: str) -> str | None:
        """Returns the state to which a fault leads when no retry is left; None: it fails the execution."""
        catchers = self.states[state].get("Catch", [])
        return catchers[0]["Next"] if catchers else None

    def _given(self, state: str, outcomes: dict[str, str]) -> dict[str, Any]:
        body = self.states[state]
        if body["Type"] == "Task":
            return {"$.outcome": outcomes[state]}
        branches = self.tasks(state)
        return {
            f"$.{name.removesuffix('.$')}": outcomes[branches[int(path[2])]]
            for name, path in body["ResultSelector"].items()
            if path.endswith(".outcome")
        }


@cache
def routing() -> Routing:
    """Returns the routing of the deployed state machine."""
    definition = synthesised_state_machine().definition
    return Routing(definition["States"], definition["StartAt"])


def handlers() -> dict[str, str]:
    """Returns the module that serves each state."""
    return synthesised_state_machine().handlers
