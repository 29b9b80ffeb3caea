"""What an event says about its item. Anything that is not named here stays private, at any depth.

This excludes payment tokens, fingerprints and keys, and any attribute that another tool or a later release
has written.
"""

from collections.abc import Mapping
from typing import Any

from ordering.domain.events.types import ItemKind
from ordering.domain.product import attributes_of_text

Image = Mapping[str, Any]


def facts_of(kind: ItemKind, old: Image | None, new: Image | None) -> dict[str, Any]:
    """Return the facts of a change, by the names of the event's fields, without those that are absent.

    Raises KeyError or TypeError if a required part of the image is missing.
    """
    image = (new if new is not None else old) or {}
    if kind is ItemKind.PRODUCT:
        facts = {
            "subject": image["sku"],
            "sku": image["sku"],
            "name": image["name"],
            "description": image.get("description"),
            "price": _amount(image["price"]["amount"], image["price"]["currency"]),
            "category": image.get("category"),
            "attributes": attributes_of_text(image["attributes"]) if image.get("attributes") else None,
            "active": image.get("active"),
        }
        return _present(facts)
    if kind is ItemKind.STOCK:
        return {
            "subject": image["sku"],
            "sku": image["sku"],
            "available": image["available"],
            "lowStockAt": image["lowStockAt"],
        }
    if kind is ItemKind.WEBHOOK:
        return {
            "subject": image["webhookId"],
            "webhookId": image["webhookId"],
            "customerId": image["customerId"],
            "reason": image["disabledReason"],
        }
    facts = {
        "subject": image["orderId"],
        "orderId": image["orderId"],
        "newStatus": image["status"],
        "oldStatus": old["status"] if old else None,
        **_OF_KIND[kind](image),
    }
    return _present(facts)


def _order(image: Image) -> dict[str, Any]:
    currency = image["currency"]
    return {
        "customerId": image["customerId"],
        "lines": [
            _present(
                {
                    "sku": line["sku"],
                    "name": line["name"],
                    "quantity": line["quantity"],
                    "unitPrice": _amount(line["unitPrice"], currency),
                    "category": line.get("category"),
                }
            )
            for line in image["lines"]
        ],
        "total": _amount(image["total"], currency),
        "placedAt": image["createdAt"],
        "reason": image.get("reason"),
    }


def _payment(image: Image) -> dict[str, Any]:
    return {
        "attempt": image["attempt"],
        "paymentId": image["paymentId"],
        "amount": _amount(image["amount"], image["currency"]),
        "reason": image.get("reason"),
    }


def _refund(image: Image) -> dict[str, Any]:
    return {"attempt": image["attempt"], "amount": _amount(image["amount"], image["currency"])}


def _reservation(image: Image) -> dict[str, Any]:
    units: dict[Any, int] = {}
    for line in image["lines"]:
        # The units of one product may be held in several shards of its stock (`domain.stock.Hold`).
        held = line["shardQuantity"] if line.get("shard") else line["quantity"]
        units[line["sku"]] = units.get(line["sku"], 0) + held
    return {"lines": [{"sku": sku, "quantity": quantity} for sku, quantity in units.items()]}


def _shipment(image: Image) -> dict[str, Any]:
    return {"trackingNumber": image.get("trackingNumber")}


_OF_KIND = {
    ItemKind.ORDER: _order,
    ItemKind.PAYMENT: _payment,
    ItemKind.REFUND: _refund,
    ItemKind.RESERVATION: _reservation,
    ItemKind.SHIPMENT: _shipment,
}


def _amount(amount: object, currency: object) -> dict[str, Any]:
    return {"amount": amount, "currency": currency}


def _present(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: fact for name, fact in facts.items() if fact is not None}
