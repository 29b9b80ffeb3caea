"""Everything that steps do in the model, and the ways to get there: what the conformance test performs."""

from collections import defaultdict
from collections.abc import Iterator
from random import Random

from tests.simulation.model.handler_replay import Moment
from tests.simulation.model.search import Search
from tests.simulation.model.shop import Shop, as_seen
from tests.simulation.model.steps.action import Action, Effect, read
from tests.simulation.model.thread_modular_search import everybody

ORDER, HELD, SHELF, PAID, SENT = "order", "reservation", "stock", "ledger", "shipment"
CARRIER = "carrier"
PAGE, BOOK = "the attempt's page", "the payment's book"
# What of the shop each action looks at, or changes; and what each step looks at when it reads.
LOOKS_AT = {
    "reserve": (ORDER, HELD, SHELF),
    "look": (HELD,),
    "release": (HELD, SHELF),
    "prepare": (),
    "open_page": (ORDER, PAGE, BOOK),
    "authorise": (BOOK,),
    "find_after_loss": (BOOK,),
    "note_authorisation": (PAGE,),
    "capture": (BOOK,),
    "note_capture": (PAGE,),
    "void_first": (BOOK,),
    "note_void": (PAGE,),
    "find": (BOOK,),
    "void": (BOOK,),
    "refund": (BOOK,),
    "note_settlement": (PAGE,),
    "intend": (ORDER, SENT),
    "book": (CARRIER,),
    "note_booking": (SENT,),
    "cancel": (CARRIER,),
    "note_cancelled": (SENT,),
    "confirm": (ORDER, HELD, PAGE),
    "complete": (ORDER, HELD, SHELF, PAGE, SENT),
    "reject": (ORDER, HELD, PAGE),
    "turn_back": (ORDER, PAGE, SENT),
    "close": (ORDER, HELD, PAID, SENT),
    "close_unsettled": (ORDER, HELD, PAID, SENT),
}
READS = {
    "Load order": (ORDER,),
    "Reserve stock": (ORDER, HELD),
    "Authorise payment": (ORDER, PAID),
    "Confirm order": (ORDER, PAID),
    "Capture payment": (ORDER, PAID),
    "Book shipment": (ORDER, SENT),
    "Authorise again": (ORDER, PAID),
    "Complete order": (ORDER, PAID),
    "Reject order": (ORDER, HELD, PAID),
    "Turn back": (ORDER, PAID, SENT),
    "Cancel shipment": (ORDER, SENT),
    "Void or refund payment": (ORDER, PAID),
    "Release stock": (ORDER, HELD),
    "Close order": (ORDER, HELD, PAID, SENT),
}


def looked_at(action: Action, shop: Shop) -> dict[str, object]:
    """The parts of a shop on which it depends what an action does there."""
    names = READS[action.step] if action.does is read else LOOKS_AT[action.does.__name__]
    own = {PAGE: shop.page(action.attempt), BOOK: shop.at_provider(action.payment_id)}
    return {name: own[name] if name in own else getattr(shop, name) for name in names}


Case = tuple[Action, tuple[object, ...]]


class Moments:
    """Everything that steps do in the model, and the ways to get there."""

    def __init__(self, search: Search) -> None:
        search.run()
        self.shops = search.shops.known
        self.cases: defaultdict[Case, list[Shop]] = defaultdict(list)
        self.effects = search.effects
        self._way: dict[Action, tuple[Moment, ...]] = {}
        pairs = sorted(search.effects.known, key=lambda pair: (pair[0].does is not read, repr(pair)))
        for action, shop in pairs:
            self.cases[action, tuple(looked_at(action, shop).values())].append(shop)
        grew = True
        while grew:
            grew = False
            for action, shop in pairs:
                way = () if action.does is read else self._way.get(action)
                for effect in search.effects.of(action, shop) if way is not None else ():
                    if isinstance(effect.then, Action) and effect.then not in self._way:
                        self._way[effect.then] = (*(way or ()), Moment(shop, action, effect))
                        grew = True

    def scripts(self, random: Random) -> Iterator[tuple[Moment, ...]]:
        """For each effect of each case, the way there and the moment itself, in a shop drawn for it."""
        for (action, _), shops in self.cases.items():
            shop = random.choice(shops)
            for effect in self.effects.of(action, shop):
                yield (*self._way.get(action, ()), Moment(shop, action, effect))


def torn_readings(random: Random, count: int) -> list[Moment]:
    """Some of the readings that saw the items at several moments, and so no shop as it ever was."""
    crowd = everybody()
    whole = {shop.items for shop in crowd.shops.known}
    torn = []
    for (action, seen), then in sorted(crowd.effects.readings.items(), key=repr):
        shop = as_seen(seen)
        if shop and seen not in whole:
            torn.append(Moment(shop, action, Effect("reads", shop, then)))
    return random.sample(torn, count)
