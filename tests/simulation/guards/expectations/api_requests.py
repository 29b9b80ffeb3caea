"""The guards of the API: one order for each key, and each order accessible only to its customer."""

from ordering.guards import Guard
from tests.simulation.guards import requests
from tests.simulation.guards.expectations.expectation import NeededGuard

API_REQUESTS = (
    NeededGuard(
        "an order is placed although its id exists",
        requests.SENT_TWICE_AT_ONCE,
        (Guard.PLACE_ABSENT,),
        behind=(Guard.PLACE_ADDRESS_ABSENT,),
        because="its address exists as well, and the two are written together",
    ),
    NeededGuard(
        "an address is written although its id exists",
        requests.SENT_TWICE_AT_ONCE,
        (Guard.PLACE_ADDRESS_ABSENT,),
        behind=(Guard.PLACE_ABSENT,),
        because="its order exists as well, and the two are written together",
    ),
    NeededGuard(
        "an order's id is not derived from its key",
        requests.SENT_AGAIN,
        (Guard.PLACE_KEYED,),
    ),
    NeededGuard(
        "a key is accepted with another body",
        requests.SENT_AGAIN_WITH_ANOTHER_BODY,
        (Guard.PLACE_SAME_BODY,),
    ),
    NeededGuard(
        "an order is placed with a total that was not agreed to",
        requests.PRICE_NOT_AGREED,
        (Guard.PLACE_AGREED,),
    ),
    NeededGuard(
        "a request is refused by the catalogue before its order is looked for again",
        requests.OVERTAKEN_WHILE_LOOKING,
        (Guard.PLACE_LOOK_AGAIN,),
    ),
    NeededGuard(
        "a receipt of stock is counted twice",
        requests.COUNTED_TWICE,
        (Guard.ENTRY_ABSENT,),
    ),
    NeededGuard(
        "units are written off that open orders hold",
        requests.HELD_AND_WRITTEN_OFF,
        (Guard.ENTRY_ENOUGH,),
    ),
    NeededGuard(
        "the retry of a write-off is refused because of its own effect",
        requests.WRITTEN_OFF_TWICE,
        (Guard.ENTRY_FOUND,),
    ),
    NeededGuard(
        "an adjustment moves the stock without an entry",
        requests.WRITTEN_OFF_AND_BACK,
        (Guard.ENTRY_WRITTEN,),
    ),
    NeededGuard(
        "removing a product removes its stock",
        requests.WRITTEN_OFF_AND_BACK,
        (Guard.REMOVE_KEEPS_STOCK,),
    ),
    NeededGuard(
        "shards of a stock are lost sight of",
        requests.CREATED_AT_ONCE,
        (Guard.SHARDS_KEPT,),
    ),
    NeededGuard(
        "any customer may cancel an order",
        requests.CANCELLED_BY_ANOTHER_CUSTOMER,
        (Guard.CANCEL_OWN,),
    ),
    NeededGuard(
        "any customer may read an order",
        requests.READ_BY_ANOTHER_CUSTOMER,
        (Guard.READ_OWN,),
    ),
)
