"""Unusual requests, as users of comparable APIs have sent them: each is accepted, or refused with its field.

`tests/unit` tests the rules themselves; these tests show that the routes apply them.
"""

import gzip
import json
from base64 import b64encode
from typing import Any

import pytest

from tests.support.recorded import http_event
from tests.support.world import HandlerResponse, World, invoke, order_body

pytestmark = pytest.mark.usefixtures("cursor_secret")

RED = {"sku": "MUG-RED"}
PRODUCT: dict[str, Any] = {"name": "Mug", "price": {"amount": 1, "currency": "EUR"}}
KEY = "k" * 255
# Texts that break the line, are invisible, or change the direction of writing.
ODD_TEXTS = {
    "zero width alone": "\u200b\u200d",
    "no-break space alone": "\xa0",
    "line separator": "a\u2028b",
    "next line": "a\x85b",
    "newline": "a\nb",
    "nul": "a\x00b",
    "bidi override": "a\u202eb",
    "bidi isolate": "a\u2066b",
    "replacement": "a\ufffdb",
    "noncharacter": "a\uffffb",
    "astral noncharacter": "a\U0001fffeb",
    "tag characters": "\U000e0041",
    "only combining": "\u034f",
    "hangul filler": "\u3164",
    "empty": "",
}


def outcome(answer: HandlerResponse) -> tuple[int, str | None]:
    """Returns the status, and the kind of problem; None if there is none."""
    kind = answer.body["type"].rpartition(":")[2] if answer.status >= 400 else None
    return answer.status, kind


# -- headers -----------------------------------------------------------------------------------------------

ACCEPTED = (200, None)
REFUSED = (400, "invalid-parameter")
BAD_KEY = (400, "invalid-idempotency-key")
FAILED = (412, "precondition-failed")


@pytest.mark.parametrize(
    ("headers", "answered"),
    [
        ({"If-Match": "*"}, ACCEPTED),
        ({"If-Match": "*,*"}, REFUSED),
        ({"If-Match": '*, "a"'}, REFUSED),
        ({"If-Match": '"a*"'}, FAILED),
        ({"If-Match": '"a","b"'}, FAILED),
        ({"If-Match": "TAG"}, ACCEPTED),
        ({"If-Match": "TAG,TAG"}, ACCEPTED),
        ({"If-Match": "W/TAG"}, FAILED),
        ({"If-Match": "w/TAG"}, REFUSED),
        ({"If-Match": "*", "If-None-Match": "*"}, FAILED),
        ({"If-None-Match": "*,*"}, REFUSED),
        ({"If-None-Match": '"*"'}, REFUSED),
        ({"If-Match": "*", "Content-Type": "application/json,application/json"}, REFUSED),
        ({"If-Match": "*", "Content-Encoding": "identity, identity"}, ACCEPTED),
        ({"If-Match": "*", "Content-Encoding": "gzip"}, (415, "unsupported-coding")),
        ({"If-Match": "*", "Content-Encoding": "gzip,gzip"}, (415, "unsupported-coding")),
        ({"If-Match": "*", "Accept": "application/json,*/*;q=0.1"}, ACCEPTED),
        ({"If-Match": "*", "Authorization": "Bearer a,Bearer b"}, (401, "token-refused")),
    ],
    ids=str,
)
def test_header_of_a_change_is_parsed_by_its_grammar(
    shop: World, headers: dict[str, str], answered: tuple[int, str | None]
) -> None:
    there = shop.api("get_product", "GET /products/{sku}", path=RED).headers["etag"]
    sent = {name: value.replace("TAG", there) for name, value in headers.items()}
    put = shop.api("put_product", "PUT /products/{sku}", PRODUCT, path=RED, headers=sent)
    assert outcome(put) == answered


@pytest.mark.parametrize("listed", ["TAG", '"a", TAG', "W/TAG", "*", '"a",,TAG'])
def test_reads_accept_a_list_of_tags(shop: World, listed: str) -> None:
    there = shop.api("get_product", "GET /products/{sku}", path=RED).headers["etag"]
    headers = {"If-None-Match": listed.replace("TAG", there)}
    assert shop.api("get_product", "GET /products/{sku}", path=RED, headers=headers).status == 304
    head = shop.api("get_product", "HEAD /products/{sku}", path=RED, headers=headers)
    assert head.status == 304


@pytest.mark.parametrize(
    ("key", "answered"),
    [
        (KEY, (202, None)),
        (f'"{KEY}"', (202, None)),
        (f"{KEY}k", BAD_KEY),
        (f'"{KEY}k"', BAD_KEY),
        ('"a,b"', (202, None)),
        ('""', BAD_KEY),
        ("K,K", BAD_KEY),
        ('"K","K"', BAD_KEY),
        ("K\u200b", BAD_KEY),
        ("K K", BAD_KEY),
    ],
)
def test_idempotency_key_may_be_bare_or_in_quotes(
    shop: World, key: str, answered: tuple[int, str | None]
) -> None:
    assert outcome(shop.place(key=key)) == answered
    stocked = shop.api(
        "receive_stock",
        "POST /products/{sku}/stock",
        {"received": 1},
        path=RED,
        headers={"Idempotency-Key": key},
    )
    assert outcome(stocked) == (answered if answered[1] else ACCEPTED)


# -- text --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
def test_invalid_text_shown_to_people_is_refused_with_its_field(shop: World, text: str) -> None:
    lost = {"adjusted": -1, "reason": text}
    bodies = [
        ("receive_stock", "POST /products/{sku}/stock", lost, "reason"),
        ("put_product", "PUT /products/{sku}", PRODUCT | {"name": text}, "name"),
        ("put_product", "PUT /products/{sku}", PRODUCT | {"description": text}, "description"),
    ]
    for handler, route, body, field in bodies:
        headers = {"Idempotency-Key": "k"} if handler == "receive_stock" else {"If-Match": "*"}
        answer = shop.api(handler, route, body, path=RED, headers=headers)
        assert answer.status in (400, 422), field
        if answer.status == 422:
            assert answer.body["errors"][0]["field"] == field


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
@pytest.mark.parametrize("name", ["limit", "cursor", "status", "createdAfter", "createdBefore", "a\u200b"])
def test_invalid_text_in_a_query_is_refused_with_its_parameter(shop: World, name: str, text: str) -> None:
    answer = shop.api("list_orders", "GET /orders", query={name: text})
    assert outcome(answer) == REFUSED
    assert answer.body["errors"][0]["field"] == name


# -- numbers and times -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "status"),
    [
        ("1e0", 200),
        ("1.0", 200),
        ("10e-1", 200),
        ("-0", 400),
        ("1e400", 400),
        ("1e999999999999", 400),
        ("1.5", 400),
        ("+1", 400),
        ("\u0661", 400),
        (" 1", 400),
        ("1_0", 400),
        ("NaN", 400),
    ],
)
def test_number_in_a_query_is_an_integer_in_any_notation(shop: World, number: str, status: int) -> None:
    assert shop.api("list_orders", "GET /orders", query={"limit": number}).status == status


@pytest.mark.parametrize(
    ("number", "status"),
    [("1e0", 200), ("1.0", 200), ("-0", 422), ("-0.0", 422), ("1e400", 422), ("1.5", 422), ("01", 400)],
)
def test_number_in_a_body_is_an_integer_in_any_notation(shop: World, number: str, status: int) -> None:
    body = f'{{"received": {number}}}'
    headers = {"Idempotency-Key": "k"}
    answer = shop.api("receive_stock", "POST /products/{sku}/stock", body, path=RED, headers=headers)
    assert answer.status == status


@pytest.mark.parametrize(
    ("time", "status"),
    [
        ("2026-11-21t12:00:00z", 200),
        ("2016-12-31T23:59:60Z", 200),
        ("2017-01-01T00:59:60+01:00", 200),
        ("2026-11-21T12:00:60Z", 400),
        ("2026-11-21T24:00:00Z", 400),
        ("2026-11-21T12:00:00+24:00", 400),
        ("2026-11-21T12:00:00+23:60", 400),
        ("2026-11-21T12:00:00 01:00", 400),
        ("2026-11-21T12:00:00", 400),
        ("2026-02-29T12:00:00Z", 400),
        ("2026-11-21T12:00:00.123456789Z", 200),
        ("2026-11-21T12:00:00-00:00", 200),
    ],
)
def test_query_time_must_be_rfc_3339(shop: World, time: str, status: int) -> None:
    assert shop.api("list_orders", "GET /orders", query={"createdAfter": time}).status == status


# -- bodies ------------------------------------------------------------------------------------------------

_ORDER = json.dumps(order_body())


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (_ORDER.encode(), 202),
        (_ORDER.encode("utf-16"), 400),
        (_ORDER.encode("utf-16-le"), 400),
        (b"\xef\xbb\xbf" + _ORDER.encode(), 400),
        (gzip.compress(_ORDER.encode(), mtime=0), 400),
        (b"", 400),
        (b" \n", 400),
        (b"[" * 2000 + b"]" * 2000, 400),
        (b'{"lines":' * 2000, 400),
        (_ORDER.replace("{", '{"paymentToken": "tok_ok", ', 1).encode(), 422),
        (_ORDER.replace('"quantity": 2', '"quantity": 2, "quantity": 1').encode(), 422),
        (_ORDER.replace("Lovelace", "\\ud800").encode(), 400),
        (_ORDER.encode().replace(b"Lovelace", b"\xff"), 400),
        (_ORDER.encode() + b"x", 400),
    ],
    ids=lambda each: ascii(each[:24]) if isinstance(each, bytes) else str(each),
)
@pytest.mark.parametrize("encoded", [True, False])
def test_body_is_utf_8_json_without_repeated_fields(
    shop: World, raw: bytes, status: int, encoded: bool
) -> None:
    """The gateway passes a body as Base64, or as text in which it has replaced what is not UTF-8."""
    event = http_event("POST /orders", headers={"Content-Length": str(len(raw))})
    event |= {"body": b64encode(raw).decode() if encoded else raw.decode(errors="replace")}
    answer = invoke("api.place_order", event | {"isBase64Encoded": encoded})
    assert answer["statusCode"] == status or (status == 400 and answer["statusCode"] == 422), answer
    assert len([item for item in shop.items() if item["SK"] == "ORDER"]) == (status == 202)


# -- paths -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sku", ["A/B", "A%2FB", "A\x00", "..", ".", "A ", "", "\u200bA", "A\n", "a" * 65, "A?b", "%00"]
)
def test_path_sku_must_have_the_form_of_a_sku(shop: World, sku: str) -> None:
    answers = [
        shop.api("get_product", "GET /products/{sku}", path={"sku": sku}),
        shop.api("delete_product", "DELETE /products/{sku}", path={"sku": sku}),
        shop.api("list_stock_entries", "GET /products/{sku}/stock", path={"sku": sku}),
        shop.api("put_product", "PUT /products/{sku}", PRODUCT, path={"sku": sku}),
    ]
    assert {outcome(each) for each in answers} == {REFUSED}


@pytest.mark.parametrize("odd", ["..", "a/b", "\x00", "%2e%2e", "", "\u200b", "x" * 5000])
def test_malformed_order_path_is_404(shop: World, odd: str) -> None:
    path = {"orderId": odd}
    assert shop.api("get_order", "GET /orders/{orderId}", path=path).status == 404
    assert shop.api("cancel_order", "POST /orders/{orderId}/cancel", path=path).status == 404
    path = {"customerId": odd}
    listed = shop.api("admin_list_orders", "GET /admin/customers/{customerId}/orders", path=path)
    assert outcome(listed) == REFUSED
