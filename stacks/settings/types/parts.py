"""The parts of the app that a stage may have, and the providers that it calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from stacks.settings.types.clients import CanaryClient
from stacks.settings.types.limits import Throttle


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """An order that is placed every five minutes and measured, as long as this is set.

    It costs about ten dollars a month with a user pool, most of it for its client.
    """

    client: CanaryClient | None = None
    """None: a client of the stage's own user pool. A stage with an external issuer must name one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Images of products: a bucket, the function that makes thumbnails, and the routes."""

    max_concurrency: int = 5
    """How many uploads are processed at the same time; at least two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """Totals of sales: the function that records them, the route that reads them, and the daily report."""

    time_zone: str = "UTC"
    """The shop's time zone, by its name in the IANA database (`Europe/Berlin`): sales belong to its days.

    If it is changed, `orders-ops rebuild-sales` counts earlier sales by the new days.
    """
    shards: int = 8
    """Over how many partitions the totals of a month are spread, at most 16. Change it at any time."""
    max_concurrency: int = 5
    """How many batches of events are recorded at the same time; at least two."""
    receivers: tuple[str, ...] = ()
    """The e-mail addresses that get the daily report, at most twenty. None: the report is made, not mailed.

    Needs the setting `mail`. Whoever has a link of a mail can open the report.
    """


_MESSAGES: Final = Throttle(100, 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Realtime:
    """The WebSocket API, on which clients are told that an order has changed."""

    throttle: Throttle = _MESSAGES
    """How many messages all clients together may send a second. It does not limit their connections.

    A client sends one message when it has connected, and one when its token is renewed.
    """
    max_concurrency: int = 5
    """How many batches of events are announced at the same time; at least two."""
    engine: str | None = None
    """The address of the local engine, which is in stage local what the API's own name is elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """Webhooks for partners: the routes for their endpoints, and the functions that send them events."""

    max_concurrency: int = 20
    """How many webhooks are sent at the same time; at least two.

    An endpoint is sent two at a time. So with twenty, ten endpoints that respond only after the time-out of
    15 s must come together before another one waits, and then it waits for 0.75 s on average.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class HighValueOrders:
    """From which total an order is announced on a topic of its own, and who gets a mail about it."""

    amounts: Mapping[str, int]
    """Currency → the lowest total, in minor units: `{"EUR": 100_000}` is 1,000.00 EUR.

    EventBridge compares numbers up to 5,000,000,000: the announcement of a higher total is not certain.
    """
    receivers: tuple[str, ...] = ()
    """E-mail addresses. Each must confirm its subscription. Programs subscribe to the topic themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicEvents:
    """Who may subscribe to the topic of all events, beside this account: accounts, or an organisation."""

    accounts: tuple[str, ...] = ()
    """The numbers of AWS accounts."""
    organisation: str | None = None
    """The id of an organisation in AWS Organizations (`o-a1b2c3d4e5`): all of its accounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warehouse:
    """Who polls the queue of pick lists, and when a pick list is late."""

    principals: tuple[str, ...]
    """The ARNs of IAM roles or users, of any account, with their paths. They may be created later."""
    late_after_hours: int = 24
    """After how many hours an alarm reports a pick list that is still in the queue."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A payment provider or a carrier.

    `module` is imported by the functions that call the provider. Its function `connect(secret_arn)` returns a
    `PaymentGateway` for a payment provider, or a `ShippingGateway` for a carrier (`ordering.providers`).
    """

    module: str
    secret_arn: str | None = None
    """The ARN of its credentials in Secrets Manager. Only functions that call the provider may read them."""

    @property
    def is_sandbox(self) -> bool:
        """Whether this is a sandbox, which moves neither money nor goods."""
        return self.module in (SANDBOX_PAYMENTS.module, SANDBOX_SHIPPING.module)


SANDBOX_PAYMENTS: Final = Provider("ordering.providers.sandbox_payments")


SANDBOX_SHIPPING: Final = Provider("ordering.providers.sandbox_shipping")
