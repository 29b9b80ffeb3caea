"""Where the state machine goes after each outcome, read from its definition as it is synthesised.

Nothing of the table is written again here: a state that is added, or an outcome that leads elsewhere,
changes the model with the product.
"""

from functools import cache
from typing import Any, NamedTuple

from tests.synth import Json, synthesised_state_machine


class Routing(NamedTuple):
    """The definition, and what the search asks of it."""

    states: Json
    begins: str

    def tasks(self, state: str) -> tuple[str, ...]:
        """The tasks that begin as a state is entered: itself, or the first of each branch; at an end none."""
        body = self.states[state]
        match body["Type"]:
            case "Task":
                return (state,)
            case "Parallel":
                return tuple(branch["StartAt"] for branch in body["Branches"])
        return ()

    def after(self, state: str, outcomes: dict[str, str]) -> str:
        """The state that follows, by the outcome of each task of this one.

        Raises LookupError for outcomes that no row of the Choice names: the execution would fail.
        """
        following: str = self.states[state]["Next"]
        choice = self.states[following]
        if choice["Type"] != "Choice":
            return following
        said = self._said(state, outcomes)
        for rule in choice["Choices"]:
            if all(said[test["Variable"]] == test["StringEquals"] for test in rule.get("And", [rule])):
                leads: str = rule["Next"]
                return leads
        raise LookupError(f"{following} has no row for {outcomes}")

    def goes_on_without(self, state: str) -> str | None:
        """Where a fault that no retry mends leads; None: it fails the execution."""
        catchers = self.states[state].get("Catch", [])
        return catchers[0]["Next"] if catchers else None

    def _said(self, state: str, outcomes: dict[str, str]) -> dict[str, Any]:
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
    """The routing of the state machine that is deployed."""
    definition = synthesised_state_machine().definition
    return Routing(definition["States"], definition["StartAt"])


def handlers() -> dict[str, str]:
    """state → the module that serves it."""
    return synthesised_state_machine().handlers
