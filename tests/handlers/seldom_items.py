"""Items of the kinds that no journey of the faults writes: how each is written, and how it is read.

Staff write them, or a rebuild of totals, a report, a client of the WebSocket API, or a failed execution.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from ordering.domain.clock import now
from ordering.domain.images import ImageId, ImageStatus, ProductImage, Size, Thumbnail
from ordering.domain.product import Sku
from ordering.domain.realtime import Audience, Connection
from ordering.domain.reports.figures import DailyReport, EarlierDay
from ordering.domain.sales import Totals
from ordering.dynamodb.transaction import ABSENT
from ordering.repositories.audit_trail import RedriveTrail
from ordering.repositories.connections import Connections
from ordering.repositories.daily_reports import DailyReports, MailRefusal
from ordering.repositories.exports import Exports
from ordering.repositories.health import Health
from ordering.repositories.items import item_of
from ordering.repositories.keys import customer_keys, product_keys, sales_keys
from ordering.repositories.product_images import ProductImages
from ordering.repositories.sales import Sales
from ordering.tokens.refusals import TokenRefused
from tests.handlers.authoriser.gate import AUDIENCE, gate
from tests.handlers.unreadable import ALICE
from tests.support.world import World

_AT = "2026-11-21T10:00:00.000Z"
_MUG = Sku("MUG-RED")
_REPORT = DailyReport(
    day="2026-11-20",
    revision=0,
    digest="0" * 64,
    folder="daily/2026-11-20",
    earlier=(EarlierDay(day="2026-11-19", currency="EUR", revenue=1),),
)
_IMAGE = ProductImage(
    image_id=ImageId("0" * 32),
    status=ImageStatus.READY,
    created_at=_AT,
    thumbnails=(Thumbnail(size=Size.SMALL, width=1, height=1),),
)


class Seldom(NamedTuple):
    """A kind of item: what writes one, and what reads it."""

    write: Callable[[World], object]
    read: Callable[[World], Any]


def _connection(audience: Audience) -> Connection:
    return Connection(
        connection_id="c1", customer_id=ALICE, audience=audience, subscribed_at=_AT, expires_at=2_000_000_000
    )


def _is_blocked(world: World) -> bool:
    issuer = {"issuer": "https://login.example.com", "audience": [AUDIENCE], "algorithms": ["RS256"]}
    authoriser = gate([issuer | {"scopePrefix": "", "keys": "jwks"}]).module
    try:
        authoriser._refuse_blocked(ALICE)
    except TokenRefused:
        return True
    return False


def _progress(world: World) -> None:
    Health(world.table).note_failure(_AT)
    Health(world.table).note_end(_AT)


def _redrive(world: World) -> None:
    trail = RedriveTrail(world.table)
    trail.end(trail.begin("events", "operator", at=_AT), redriven=1, kept=0)


def _mail(world: World) -> None:
    reports = DailyReports(world.table)
    claim = reports.claim_mail(_REPORT, "owner@example.com")
    assert not isinstance(claim, MailRefusal)
    reports.complete_mail(claim)


def _gallery(world: World) -> list[Any]:
    images = ProductImages(world.table)
    response = world.api("get_product", "GET /products/{sku}", path={"sku": _MUG})
    return [images.of(_MUG), images.of_many([_MUG]), response.status, response.body]


def _connections_of(audience: Audience) -> Seldom:
    return Seldom(
        lambda world: Connections(world.table).keep(_connection(audience)),
        lambda world: Connections(world.table).of(None if audience is Audience.ALL else ALICE),
    )


def _may_announce(world: World) -> bool:
    return Connections(world.table).may_announce("order-1", at=now(), pause=timedelta(hours=1))


SELDOM: Mapping[str, Seldom] = {
    "block": Seldom(lambda world: world.table.put(customer_keys.block(ALICE), condition=ABSENT), _is_blocked),
    "images": Seldom(
        lambda world: ProductImages(world.stocked().table).change(_MUG, lambda each: each.adding(_IMAGE)),
        _gallery,
    ),
    "sweep of images": Seldom(
        lambda world: world.table.update(
            product_keys.image_sweep(),
            "SET #after = :after",
            names={"#after": "after"},
            values={":after": "a"},
        ),
        lambda world: (world.table.get(product_keys.image_sweep()) or {})["after"],
    ),
    "last failure, end": Seldom(
        _progress,
        lambda world: Health(world.table).read(now=0),
    ),
    "state of the totals": Seldom(
        lambda world: world.table.put(
            item_of(Totals(active=3, since=_AT), sales_keys.sales_state()), condition=ABSENT
        ),
        lambda world: Sales(world.table).state(),
    ),
    "report of a day": Seldom(
        lambda world: DailyReports(world.table).add(_REPORT, before=None),
        lambda world: DailyReports(world.table).find(_REPORT.day),
    ),
    "mail about a report": Seldom(
        _mail, lambda world: DailyReports(world.table).claim_mail(_REPORT, "owner@example.com")
    ),
    "export": Seldom(
        lambda world: Exports(world.with_profile("ada@example.com").table).request(ALICE, at=_AT),
        lambda world: [Exports(world.table).find(ALICE), Exports(world.table).request(ALICE, at=_AT)],
    ),
    "redrive of a queue": Seldom(_redrive, lambda world: RedriveTrail(world.table).of_queue("events")),
    "connection": _connections_of(Audience.MINE),
    "the same, of an operator": _connections_of(Audience.ALL),
    "last announcement of an order": Seldom(_may_announce, _may_announce),
}
"""Kind of item → one of it."""
