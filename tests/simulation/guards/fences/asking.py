"""The fences of the API: one order for each key, and each order its customer's own."""

from tests.simulation.guards import requests
from tests.simulation.guards.fences.edits import CHANGES
from tests.simulation.guards.fences.fence import Mutation
from tests.simulation.guards.mutation import Edit

PLACED_THOUGH_PLACED = Edit(
    "ordering.repositories.orders",
    "keys.open_order(order.order_id, order.updated_at),\n                ),\n"
    "                condition=action.ABSENT,",
    "keys.open_order(order.order_id, order.updated_at),\n                ),\n"
    '                condition="attribute_not_exists(nothing)",',
)
ADDRESSED_THOUGH_ADDRESSED = Edit(
    "ordering.repositories.orders",
    '"address": msgspec.to_builtins(address),\n                },\n                condition=action.ABSENT,',
    '"address": msgspec.to_builtins(address),\n                },\n'
    '                condition="attribute_not_exists(nothing)",',
)
ASKING = (
    Mutation(
        "an order is placed though there is one of its id",
        requests.SENT_TWICE_AT_ONCE,
        "2",
        (PLACED_THOUGH_PLACED,),
        behind=(ADDRESSED_THOUGH_ADDRESSED,),
        because="there is an address then as well, and the two are written together",
    ),
    Mutation(
        "an order's id does not follow from its key",
        requests.SENT_AGAIN,
        "1",
        (
            Edit(
                "lambdas.api.place_order",
                "keyed_order_id(caller.issuer, caller.subject, key) if key else fresh_order_id()",
                "fresh_order_id()",
            ),
        ),
    ),
    Mutation(
        "a key may come with another body",
        requests.SENT_AGAIN_WITH_ANOTHER_BODY,
        "1",
        (Edit("lambdas.api.place_order", "if earlier.fingerprint != mark:", "if False:"),),
    ),
    Mutation(
        "an order is placed at a total that was not agreed to",
        requests.AGREED_TO_ANOTHER_PRICE,
        "7",
        (Edit("ordering.domain.order", "if agreed is not None and agreed != total:", "if False:"),),
    ),
    Mutation(
        "a request is refused for the catalogue without a second look for its order",
        requests.OVERTAKEN_WHILE_LOOKING,
        "1",
        (Edit("lambdas.api.place_order", "for last_look in (False, True):", "for last_look in (True,):"),),
    ),
    Mutation(
        "a receipt of stock is counted though it was counted",
        requests.COUNTED_TWICE,
        "2",
        (
            Edit(
                "ordering.repositories.stock_ledger",
                '"entry": put(_item(sku, entry), condition=ABSENT)',
                '"entry": put(_item(sku, entry), condition="attribute_not_exists(nothing)")',
            ),
        ),
    ),
    Mutation(
        "units are written off that open orders hold",
        requests.HELD_AND_WRITTEN_OFF,
        "2",
        (
            Edit(
                CHANGES,
                'f"{name} >= :units" for name in losing',
                'f"({name} >= :units OR attribute_exists(PK))" for name in losing',
            ),
        ),
    ),
    Mutation(
        "a write-off that comes again is refused for what it took itself",
        requests.WRITTEN_OFF_TWICE,
        "2",
        (
            Edit(
                "ordering.repositories.stock_ledger",
                'earlier = cancelled.failures.get("entry") or self._table.get(key)',
                "earlier = None",
            ),
        ),
    ),
    Mutation(
        "an adjustment moves the stock without an entry",
        requests.WRITTEN_OFF_AND_BACK,
        "2",
        (
            Edit(
                "ordering.repositories.stock_ledger",
                '                    "entry": put(_item(sku, entry), condition=ABSENT),\n',
                "",
            ),
        ),
    ),
    Mutation(
        "removing a product takes its stock along",
        requests.WRITTEN_OFF_AND_BACK,
        "2",
        (
            Edit(
                "ordering.repositories.catalogue",
                """                    "stock": check(
                        keys.stock(sku),
                        "attribute_not_exists(held) OR held = :none",
                        values={":none": 0},
                    ),""",
                """                    "stock": delete(
                        keys.stock(sku),
                        condition="attribute_not_exists(held) OR held = :none",
                        values={":none": 0},
                    ),""",
            ),
        ),
    ),
    Mutation(
        "anybody may cancel",
        requests.CANCELLED_BY_A_STRANGER,
        "6",
        (
            Edit(
                "lambdas.api.cancel_order",
                "if story is None or story.order.customer_id != customer_id:",
                "if story is None:",
            ),
        ),
    ),
    Mutation(
        "anybody may read",
        requests.READ_BY_A_STRANGER,
        "6",
        (
            Edit(
                "lambdas.api.get_order",
                "if story is None or story.order.customer_id != request.caller.customer_id:",
                "if story is None:",
            ),
        ),
    ),
)
