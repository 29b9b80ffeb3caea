"""Measures how fast many clients of the WebSocket API are notified of changes.

After `make up`:

    .venv/bin/python -m tools.bench.live_connections --connections 500

It connects that many clients, of customers with ten connections each, places an order for some of the
customers, and prints how long after each change the clients were notified. The figures are those of the local
engine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Callable
from datetime import datetime
from statistics import median, quantiles
from typing import Any
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect

from console.workspace import Workspace
from local.environment import Instance, attach
from local.toolchains import LOCAL
from ordering.domain.realtime import Audience

_SCOPES = "orders:read orders:write"
_ORDERS = 20
# In seconds. The engine handles the messages one after another.
_PATIENCE = 240.0
_AT_ONCE = 20


class Client:
    """A connected client, and the times at which it was notified of each status of an order."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.told: dict[tuple[str, str], float] = {}

    async def subscribe(self, token: str) -> float:
        """Subscribe. Returns the seconds until the response. Raises RuntimeError if it is refused."""
        begun = time.time()
        await self._connection.send(json.dumps({"action": "subscribe", "token": token}))
        reply = json.loads(await self._connection.recv())
        if reply["type"] != "subscribed":
            raise RuntimeError(str(reply))
        return time.time() - begun

    async def listen(self) -> None:
        """Record the client's messages until this task is cancelled."""
        async for message in self._connection:
            change: dict[str, Any] = json.loads(message)
            self.told[change["orderId"], change.get("status", "")] = time.time()


async def measure(instance: Instance, connections: int) -> None:
    """Connect, place orders, and print the figures."""
    most = Audience.MINE.most_connections
    customers = [f"customer-{uuid4().hex[:8]}" for _ in range(-(-connections // most))]
    tokens = {each: instance.token(each, _SCOPES) for each in customers}
    url = instance.outputs["WebSocketUrl"]
    limit = asyncio.Semaphore(_AT_ONCE)

    async def join(number: int) -> tuple[str, Client, float]:
        customer = customers[number // most]
        async with limit:
            client = Client(await connect(url, open_timeout=_PATIENCE, ping_interval=None, proxy=None))
            return customer, client, await client.subscribe(tokens[customer])

    joined = await asyncio.gather(*map(join, range(connections)))
    _print("subscribed after", [seconds for _, _, seconds in joined])
    listening = [asyncio.create_task(client.listen()) for _, client, _ in joined]
    buyers = customers[:_ORDERS]
    async with httpx.AsyncClient(base_url=instance.api, timeout=_PATIENCE) as http:
        orders = {each: await _place(http, tokens[each]) for each in buyers}
        watching = [(orders[who], client) for who, client, _ in joined if who in orders]
        await _until(lambda: _all_told(watching))
        delays = [
            seconds
            for who, order_id in orders.items()
            for seconds in await _delays(http, tokens[who], order_id, watching)
        ]
    _print(f"told after a change ({len(delays)} messages)", delays)
    for task in listening:
        task.cancel()


async def _place(http: httpx.AsyncClient, token: str) -> str:
    body = {
        "lines": [{"sku": "MUG-RED", "quantity": 1}],
        "paymentToken": "tok_ok",
        "shippingAddress": {
            "name": "Ada Lovelace",
            "line1": "12 Rose Street",
            "city": "Edinburgh",
            "postalCode": "EH2 2PR",
            "country": "GB",
        },
    }
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex}
    response = await http.post("/orders", json=body, headers=headers)
    response.raise_for_status()
    return str(response.json()["orderId"])


async def _delays(
    http: httpx.AsyncClient, token: str, order_id: str, watching: list[tuple[str, Client]]
) -> list[float]:
    """Returns, for each client and each status of an order, the seconds from the change to its message."""
    response = await http.get(f"/orders/{order_id}", headers={"Authorization": f"Bearer {token}"})
    at = {each["status"]: _seconds(each["at"]) for each in response.raise_for_status().json()["history"]}
    return [
        told - at[status]
        for watched, client in watching
        if watched == order_id
        for (about, status), told in client.told.items()
        if about == order_id and status in at
    ]


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _all_told(watching: list[tuple[str, Client]]) -> bool:
    return all((order_id, "FULFILLED") in client.told for order_id, client in watching)


async def _until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not every client was notified within {_PATIENCE:.0f} s")
        await asyncio.sleep(0.2)


def _print(what: str, seconds: list[float]) -> None:
    percentiles = quantiles(seconds, n=100)
    print(f"{what}: median {median(seconds):.2f} s, 99 % within {percentiles[98]:.2f} s")


def main() -> None:
    """Measure the run of this folder."""
    parser = argparse.ArgumentParser(description=measure.__doc__)
    parser.add_argument("--connections", type=int, default=500)
    arguments = parser.parse_args()
    asyncio.run(measure(attach(Workspace(LOCAL)), arguments.connections))


if __name__ == "__main__":
    main()
