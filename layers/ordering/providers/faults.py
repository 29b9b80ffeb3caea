"""Faults of calls to a provider. These are never business outcomes."""


class GatewayFault(Exception):
    """The provider returned no usable response. Whether it acted is unknown until `find` is called.

    The text begins with the provider's name: it tells drivers which provider is unavailable.
    """

    provider: str | None = None

    def __str__(self) -> str:
        message = super().__str__()
        return f"{self.provider}: {message}" if self.provider else message


class GatewayTimeout(GatewayFault):
    """The call timed out. The provider may have acted nevertheless."""


class GatewayUnavailable(GatewayFault):
    """The provider could not be reached, or reported that it is temporarily unavailable."""
