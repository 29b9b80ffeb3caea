"""The API answers a query, and what CloudFront's function makes of it, with the same response.

`tests/unit/test_cache_key.py` tests the function itself.
"""

import json
import subprocess
from typing import Any
from urllib.parse import parse_qsl

import pytest

from ordering.http.routes import ROUTES
from stacks.edge import viewer_request
from stacks.edge.behaviours import is_cached
from tests.support.world import HandlerResponse, World

_LIST_PRODUCTS = "/products"
QUERIES = (
    *(
        "",
        "limit=50",
        "limit=1",
        "active=true&limit=1",
        "active=false",
        "active=TRUE",
        "limit=050",
        "limit=0",
    ),
    *("limit=1&category=mugs", "category=mugs&limit=1", "category=", "category=MUGS", "limit=50&limit=50"),
    *("limit=50&limit=1", "kategorie=mugs", "b=1&a=2", "limit=", "cursor=", "cursor=nonsense&limit=50"),
    *("active=true&active=false", "active=", "limit=%35%30", "%6Cimit=50", "limit=+50"),
)


def _normalised(queries: tuple[str, ...]) -> list[str]:
    """Returns the query strings that the function makes, in one process of Node.js."""
    code = viewer_request.code(filter(is_cached, ROUTES), [])
    run = (
        'const queries = JSON.parse(require("fs").readFileSync(0, "utf8"));'
        "console.log(JSON.stringify(queries.map(q => handler({request: q}).querystring)));"
    )
    events = [_event(query) for query in queries]
    ran = subprocess.run(
        ["node", "--eval", code + run], input=json.dumps(events), capture_output=True, text=True, check=True
    )
    made: list[str] = json.loads(ran.stdout)
    return made


def _event(query: str) -> dict[str, Any]:
    """A request as CloudFront passes it: names and values are not decoded."""
    parameters: dict[str, Any] = {}
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        several = parameters.get(name, {}).get("multiValue", [])
        parameters[name] = {"value": value, "multiValue": [*several, {"value": value}]}
    for parameter in parameters.values():
        if len(parameter["multiValue"]) == 1:
            del parameter["multiValue"]
    return {"method": "GET", "uri": _LIST_PRODUCTS, "querystring": parameters, "headers": {}, "cookies": {}}


def _send(world: World, query: str) -> HandlerResponse:
    """Send a query as API Gateway passes it: decoded, and repeated values joined by commas (payload 2.0)."""
    read: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        read[name] = f"{read[name]},{value}" if name in read else value
    return world.api("list_products", f"GET {_LIST_PRODUCTS}", query=read)


@pytest.mark.slow
def test_response_to_a_normalised_query_is_the_same(world: World) -> None:
    for sku in ("MUG-RED", "MUG-BLUE", "POT"):
        world.stocked(sku, units=1)
    statuses = set()
    for query, normalised in zip(QUERIES, _normalised(QUERIES), strict=True):
        before, after = _send(world, query), _send(world, normalised)
        assert after.status == before.status, query
        if before.status == 200:
            assert after.body == before.body, query
        else:
            # The order in which the API reads two unknown parameters is not part of its contract.
            assert after.body["type"] == before.body["type"], query
        statuses.add(before.status)
    assert statuses == {200, 400}, "both are tried"
