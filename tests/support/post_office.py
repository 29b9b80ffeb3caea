"""SES, as far as mail is sent by it: it keeps what it has taken, and takes what it is asked to take, but for
some addresses."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tests.support.answers import Refusal
from tests.support.injection_points import Call

REFUSED = "@refused.example"
"""How an address ends to which SES never sends anything."""


class DeliveredMail(NamedTuple):
    """A mail that SES has taken. Whatever becomes of its answer, it is on its way."""

    to: str
    subject: str
    text: str
    call: Call | None
    """The call by which it was sent; None: nobody's."""
    changes: int
    """How many changes of the table had been committed when it was taken."""


class PostOffice:
    """SES. Taking a mail twice, it sends it twice."""

    def __init__(self, call: Callable[[], Call | None], changes: Callable[[], int]) -> None:
        """`call` says which call is being answered, and `changes` how many changes there have been."""
        self._call = call
        self._changes = changes
        self.begin()

    def begin(self) -> None:
        """Nothing was ever sent."""
        self.sent: list[DeliveredMail] = []

    def send_email(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """SendEmail, of version 2 of its API, to one address and of text alone."""
        (to,) = parameters["Destination"]["ToAddresses"]
        if to.endswith(REFUSED):
            raise Refusal(400, "BadRequestException")
        simple = parameters["Content"]["Simple"]
        subject, text = simple["Subject"]["Data"], simple["Body"]["Text"]["Data"]
        self.sent.append(DeliveredMail(to, subject, text, self._call(), self._changes()))
        return {"MessageId": f"mail-{len(self.sent)}"}
