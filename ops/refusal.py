"""Why a command did not do what it was asked to."""


class Refused(Exception):
    """A command that cannot, or should not, go on: `why`, and what to `do` instead."""

    def __init__(self, why: str, do: str) -> None:
        super().__init__(f"{why}; {do}")
        self.why = why
        self.do = do
