"""Every transition of the model, and how each is reached: the input of the conformance test."""

from collections import defaultdict
from collections.abc import Iterator
from random import Random

from tests.simulation.model.handler_replay import ModelTransition
from tests.simulation.model.search import Search
from tests.simulation.model.shared_state import SharedState, as_seen
from tests.simulation.model.steps.action import Action, Effect, read
from tests.simulation.model.thread_modular_search import search_any_number

ORDER, HELD, SHELF, PAID, SENT = "order", "reservation", "stock", "ledger", "shipment"
CARRIER = "carrier"
ENTRY, PROVIDER_PAYMENT = "the attempt's entry", "the provider's payment"
# The parts of the shared state that each action reads or changes, and that each step reads first.
LOOKS_AT = {
    "reserve": (ORDER, HELD, SHELF),
    "look": (HELD,),
    "release": (HELD, SHELF),
    "prepare": (),
    "open_payment": (ORDER, ENTRY, PROVIDER_PAYMENT),
    "authorise": (PROVIDER_PAYMENT,),
    "find_after_loss": (PROVIDER_PAYMENT,),
    "note_authorisation": (ENTRY,),
    "capture": (PROVIDER_PAYMENT,),
    "note_capture": (ENTRY,),
    "void_first": (PROVIDER_PAYMENT,),
    "note_void": (ENTRY,),
    "find": (PROVIDER_PAYMENT,),
    "void": (PROVIDER_PAYMENT,),
    "refund": (PROVIDER_PAYMENT,),
    "note_settlement": (ENTRY,),
    "intend": (ORDER, SENT),
    "book": (CARRIER,),
    "note_booking": (SENT,),
    "cancel": (CARRIER,),
    "note_cancelled": (SENT,),
    "confirm": (ORDER, HELD, ENTRY),
    "complete": (ORDER, HELD, SHELF, ENTRY, SENT),
    "reject": (ORDER, HELD, ENTRY),
    "turn_back": (ORDER, ENTRY, SENT),
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


def looked_at(action: Action, shared: SharedState) -> dict[str, object]:
    """Returns the parts of a shared state on which the effect of an action depends."""
    names = READS[action.step] if action.does is read else LOOKS_AT[action.does.__name__]
    own = {ENTRY: shared.entry(action.attempt), PROVIDER_PAYMENT: shared.at_provider(action.payment_id)}
    return {name: own[name] if name in own else getattr(shared, name) for name in names}


Case = tuple[Action, tuple[object, ...]]


class ModelTransitions:
    """Every transition of the model, and how each is reached."""

    def __init__(self, search: Search) -> None:
        search.run()
        self.shared_states = search.shared_states.known
        self.cases: defaultdict[Case, list[SharedState]] = defaultdict(list)
        self.effects = search.effects
        self._way: dict[Action, tuple[ModelTransition, ...]] = {}
        pairs = sorted(search.effects.known, key=lambda pair: (pair[0].does is not read, repr(pair)))
        for action, shared in pairs:
            self.cases[action, tuple(looked_at(action, shared).values())].append(shared)
        grew = True
        while grew:
            grew = False
            for action, shared in pairs:
                way = () if action.does is read else self._way.get(action)
                for effect in search.effects.of(action, shared) if way is not None else ():
                    if isinstance(effect.then, Action) and effect.then not in self._way:
                        self._way[effect.then] = (*(way or ()), ModelTransition(shared, action, effect))
                        grew = True

    def scripts(self, random: Random) -> Iterator[tuple[ModelTransition, ...]]:
        """Yields a script for each effect of each case, in a shared state that is drawn from the case."""
        for (action, _), shared_states in self.cases.items():
            shared = random.choice(shared_states)
            for effect in self.effects.of(action, shared):
                yield (*self._way.get(action, ()), ModelTransition(shared, action, effect))


def torn_readings(random: Random, count: int) -> list[ModelTransition]:
    """Returns some of the reads that saw the items at different times, and so no shared state that ever
    existed."""
    any_number = search_any_number()
    whole = {shared.items for shared in any_number.shared_states.known}
    torn = []
    for (action, seen), then in sorted(any_number.effects.readings.items(), key=repr):
        shared = as_seen(seen)
        if shared and seen not in whole:
            torn.append(ModelTransition(shared, action, Effect("reads", shared, then)))
    return random.sample(torn, count)
