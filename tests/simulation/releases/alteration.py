"""How a release could differ from this one. Each hook gets what one side of an interface writes or reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar
from unittest.mock import patch

if TYPE_CHECKING:
    from tests.simulation.releases.facts import Facts

Json = dict[str, Any]
Replacement = Callable[[Any], Any]
"""Returns what replaces an attribute of a module, from what it is."""


class Alteration:
    """No difference. Subclasses override what they change."""

    replaced: ClassVar[Mapping[str, Replacement]] = {}
    """`module:name` → what replaces it."""

    def facts(self, facts: Facts) -> Facts:
        """Returns the stacks of the altered release."""
        return facts

    def event(self, handler: str, event: Any) -> Any:
        """Returns an event as the altered code reads it."""
        return event

    def answer(self, handler: str, answer: Any) -> Any:
        """Returns a response as the altered code returns it."""
        return answer

    def request(self, operation: str, parameters: Any) -> Any:
        """Returns the parameters of a call of AWS as the altered code sends them."""
        return parameters

    def response(self, operation: str, response: Any) -> Any:
        """Returns the response to a call of AWS as the altered code reads it."""
        return response

    @contextmanager
    def patched(self, module: Callable[[str], ModuleType]) -> Iterator[None]:
        """Apply `replaced` within the block."""
        with ExitStack() as stack:
            for where, replacement in self.replaced.items():
                name, _, attribute = where.partition(":")
                owner = module(name)
                stack.enter_context(patch.object(owner, attribute, replacement(getattr(owner, attribute))))
            yield


UNALTERED = Alteration()
