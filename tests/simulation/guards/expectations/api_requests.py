"""The guards of the API: one order for each key, and each order its customer's own."""

from ordering.guards import Guard
from tests.simulation.guards import requests
from tests.simulation.guards.expectations.expectation import NeededGuard

API_REQUESTS = (
    NeededGuard(
        "an order is placed though there is one of its id",
        requests.SENT_TWICE_AT_ONCE,
        (Guard.PLACE_ABSENT,),
        behind=(Guard.PLACE_ADDRESS_ABSENT,),
        because="there is an address then as well, and the two are written together",
    ),
    NeededGuard(
        "an address is written though there is one of its id",
        requests.SENT_TWICE_AT_ONCE,
        (Guard.PLACE_ADDRESS_ABSENT,),
        behind=(Guard.PLACE_ABSENT,),
        because="there is an order then as well, and the two are written together",
    ),
    NeededGuard(
        "an order's id does not follow from its key",
        requests.SENT_AGAIN,
        (Guard.PLACE_KEYED,),
    ),
    NeededGuard(
        "a key may come with another body",
        requests.SENT_AGAIN_WITH_ANOTHER_BODY,
        (Guard.PLACE_SAME_BODY,),
    ),
    NeededGuard(
        "an order is placed at a total that was not agreed to",
        requests.AGREED_TO_ANOTHER_PRICE,
        (Guard.PLACE_AGREED,),
    ),
    NeededGuard(
        "a request is refused for the catalogue without a second look for its order",
        requests.OVERTAKEN_WHILE_LOOKING,
        (Guard.PLACE_LOOK_AGAIN,),
    ),
    NeededGuard(
        "a receipt of stock is counted though it was counted",
        requests.COUNTED_TWICE,
        (Guard.ENTRY_ABSENT,),
    ),
    NeededGuard(
        "units are written off that open orders hold",
        requests.HELD_AND_WRITTEN_OFF,
        (Guard.ENTRY_ENOUGH,),
    ),
    NeededGuard(
        "a write-off that comes again is refused for what it took itself",
        requests.WRITTEN_OFF_TWICE,
        (Guard.ENTRY_FOUND,),
    ),
    NeededGuard(
        "an adjustment moves the stock without an entry",
        requests.WRITTEN_OFF_AND_BACK,
        (Guard.ENTRY_WRITTEN,),
    ),
    NeededGuard(
        "removing a product trials its stock along",
        requests.WRITTEN_OFF_AND_BACK,
        (Guard.REMOVE_KEEPS_STOCK,),
    ),
    NeededGuard(
        "anybody may cancel",
        requests.CANCELLED_BY_A_STRANGER,
        (Guard.CANCEL_OWN,),
    ),
    NeededGuard(
        "anybody may read",
        requests.READ_BY_A_STRANGER,
        (Guard.READ_OWN,),
    ),
)
