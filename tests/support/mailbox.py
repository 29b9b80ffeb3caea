"""A fake of SES for the backend. It keeps every mail that it accepts, and refuses some addresses."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tests.support.aws_responses import ServiceError
from tests.support.injection_points import Call

REFUSED = "@refused.example"
"""The end of addresses that SES refuses permanently."""


class DeliveredMail(NamedTuple):
    """A mail that SES has accepted. It is delivered even if the response is lost."""

    to: str
    subject: str
    text: str
    html: str
    """Empty if a release before this one has sent it."""
    call: Call | None
    """The call that sent it; None: it was made outside any step."""
    changes: int
    """How many changes of the table had been committed when it was accepted."""
    headers: Mapping[str, str]


class Mailbox:
    """SES. It does not detect duplicates."""

    def __init__(self, call: Callable[[], Call | None], changes: Callable[[], int]) -> None:
        """`call` returns the call that is being served, `changes` the number of changes so far."""
        self._call = call
        self._changes = changes
        self.begin()

    def begin(self) -> None:
        """Reset, without mail."""
        self.sent: list[DeliveredMail] = []

    def send_email(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """SendEmail (Amazon SES API v2), for one address."""
        (to,) = parameters["Destination"]["ToAddresses"]
        if to.endswith(REFUSED):
            raise ServiceError(400, "BadRequestException")
        simple = parameters["Content"]["Simple"]
        subject, text = simple["Subject"]["Data"], simple["Body"]["Text"]["Data"]
        html = simple["Body"].get("Html", {}).get("Data", "")
        headers = {header["Name"]: header["Value"] for header in simple.get("Headers", ())}
        self.sent.append(DeliveredMail(to, subject, text, html, self._call(), self._changes(), headers))
        return {"MessageId": f"mail-{len(self.sent)}"}
