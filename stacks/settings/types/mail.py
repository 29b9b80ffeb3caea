"""Mail to customers."""

from dataclasses import dataclass
from email.utils import formataddr, parseaddr

from ordering.domain.languages import Language

# How many mails one invocation after another sends in a second: each takes about 0.2 seconds.
MAILS_PER_SECOND = 5


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The sender of mails to customers, its identity in SES, and how fast mails are sent."""

    sender: str
    """`Mug shop <orders@shop.example>`, or the address alone."""
    identity: str
    """The verified identity in SES, in the API's region: the sender's domain, or the address itself."""
    max_concurrency: int = 2
    """How many mails are sent at the same time; each takes about 0.2 seconds, so two send ten a second.

    Each invocation sends one mail: if it dies, it is unclear for only one mail whether it was sent.
    """
    sending_rate: int = 14
    """How many mails a second SES lets the account send ("Managing your Amazon SES sending limits").

    SES refuses mails above this rate. They are sent later, but each refusal counts as a failed attempt, so
    `max_concurrency` must stay below it. Raise both after SES has raised the account's rate.
    """
    language: Language = Language.EN
    """The language of mail to customers whose profile has no language, or one that is not known."""

    @property
    def fastest_concurrency(self) -> int:
        """The highest `max_concurrency` within the sending rate. Lambda's minimum for a queue is two."""
        return max(2, self.sending_rate // MAILS_PER_SECOND)

    @property
    def shop_name(self) -> str:
        """The sender's name; empty if the sender is only an address."""
        return parseaddr(self.sender)[0]

    @property
    def header(self) -> str:
        """The sender as written in a mail header: a name with non-ASCII letters is encoded."""
        return formataddr(parseaddr(self.sender))

    @property
    def address(self) -> str:
        """The sender's address alone."""
        return parseaddr(self.sender)[1]
