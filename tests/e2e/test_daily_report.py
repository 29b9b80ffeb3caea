"""The daily report by the deployed function: the links in the mail work without credentials."""

import json
import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import boto3
import httpx

from ordering.domain.sales import Counts, Level, TotalRow
from ordering.dynamodb.codec import encode_item
from ordering.repositories.sales import rebuilt_item
from stacks.settings import STAGES
from tests.e2e.ops_cli import ops
from tests.e2e.shop import REQUEST_TIMEOUT, Shop

_REPORTING = STAGES["local"].reporting
assert _REPORTING
(RECEIVER,) = _REPORTING.receivers
_ZONE = ZoneInfo(_REPORTING.time_zone)


def _yesterday() -> date:
    """Yesterday's date, because tests fulfil their orders today, which has no report yet."""
    return datetime.now(_ZONE).date() - timedelta(days=1)


def _sell(shop: Shop, day: date, revenue: int) -> None:
    """Write the totals of a day on which one mug was sold at this price."""
    counts = Counts(orders=1, units=1, revenue=revenue, first_orders=1)
    dynamodb = boto3.client("dynamodb", **shop.instance.aws)
    for level, name in ((Level.CATEGORY, "mugs"), (Level.PRODUCT, "MUG-RED")):
        item = rebuilt_item(TotalRow(level, day.isoformat(), "EUR", name), counts, 0)
        dynamodb.put_item(TableName=shop.instance.outputs["TableName"], Item=encode_item(item))


def _report(shop: Shop, day: date) -> dict[str, object]:
    ran = ops(shop.instance, "report", day.isoformat(), "--yes", "--json")
    assert ran.status == 0, ran.text
    made: dict[str, object] = json.loads(ran.text)
    return made


def test_report_is_mailed_as_links_and_corrected_once_figures_change(shop: Shop) -> None:
    day = _yesterday()
    _sell(shop, day, 1250)
    before = len(shop.mailbox.sent_to(RECEIVER))
    made = _report(shop, day)
    assert (made["revision"], made["outcome"], made["mailed"]) == (0, "NEW", 1)
    assert (_report(shop, day)["outcome"], len(shop.mailbox.sent_to(RECEIVER))) == ("UNCHANGED", before + 1)
    mail = shop.mailbox.sent_to(RECEIVER)[-1]
    links = re.findall(r"^http\S+$", mail.text, re.M)
    with httpx.Client(trust_env=False, timeout=REQUEST_TIMEOUT) as client:
        page, csv = (client.get(link) for link in links)
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "€12.50" in page.text
        assert csv.status_code == 200
        assert f"{day},product,MUG-RED,EUR,1,1,12.50,0,0.00,0,0.00" in csv.text
        assert "attachment" in csv.headers["content-disposition"]

        _sell(shop, day, 2250)
        corrected = _report(shop, day)
        assert (corrected["revision"], corrected["outcome"]) == (1, "CORRECTED")
        assert "was €12.50" in client.get(str(corrected["page"])).text
        assert client.get(links[0]).text == page.text
    assert shop.mailbox.sent_to(RECEIVER)[-1].subject.startswith("Correction 1: sales on ")


def test_day_that_has_not_ended_is_refused(shop: Shop) -> None:
    today = _yesterday() + timedelta(days=1)
    ran = ops(shop.instance, "report", (today + timedelta(days=1)).isoformat(), "--yes")
    assert ran.status == 1
    assert "has not ended in Europe/London" in ran.text
