"""Whose fault it was: each fault of a provider carries the provider's name."""

from collections.abc import Callable
from typing import Any

from ordering.providers.faults import GatewayFault


class Attributed:
    """A gateway whose faults name it. It has whatever calls the gateway has."""

    def __init__(self, provider: str, gateway: object) -> None:
        self._provider = provider
        self._gateway = gateway

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call: Callable[..., Any] = getattr(self._gateway, name)

        def attributed(*arguments: Any, **named: Any) -> Any:
            try:
                return call(*arguments, **named)
            except GatewayFault as fault:
                fault.provider = self._provider
                raise

        return attributed
