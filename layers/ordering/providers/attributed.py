"""Adds the provider's name to each fault of a provider."""

from collections.abc import Callable
from typing import Any

from ordering.providers.faults import GatewayFault


class Attributed:
    """A wrapper of a gateway, with the same methods, that adds the provider's name to its faults."""

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
