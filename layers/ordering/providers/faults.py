"""What can go wrong on the way to a provider. These are faults, never business outcomes."""


class GatewayFault(Exception):
    """The provider gave no usable answer. Whether it acted is unknown until it is asked (`find`).

    It is written with the provider's name before it, by which drivers know who is away.
    """

    provider: str | None = None

    def __str__(self) -> str:
        said = super().__str__()
        return f"{self.provider}: {said}" if self.provider else said


class GatewayTimeout(GatewayFault):
    """No answer came in time; the provider may have acted all the same."""


class GatewayUnavailable(GatewayFault):
    """The provider could not be reached, or answered that it cannot serve just now."""
