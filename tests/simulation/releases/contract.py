"""What a release writes in the journeys when it runs alone, and how two releases differ in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from enum import Enum

from tests.simulation.faults.trial import Case, perform
from tests.simulation.releases.mixture import EARLIER, LATER, Mixture, Mode
from tests.simulation.releases.observation import EVENT, INPUT, ITEM, MESSAGE, Sample
from tests.simulation.releases.published import as_read
from tests.simulation.releases.release import Release
from tests.simulation.releases.rules import Finding, Rule
from tests.simulation.releases.shape import Part, Shape, parts_of_item, parts_of_json

_KEYS = ("PK", "SK", "GSI1PK", "GSI1SK", "GSI2PK", "GSI2SK", "GSI3PK", "GSI3SK")
# Rules for: a field that is missing, another type, a value that is not known.
_RULES = {
    ITEM: (Rule.ITEM_2, Rule.ITEM_3, Rule.ITEM_4),
    EVENT: (Rule.EVENT_2, Rule.EVENT_3, Rule.EVENT_3),
    MESSAGE: (Rule.MESSAGE_1, Rule.MESSAGE_1, Rule.MESSAGE_1),
    INPUT: (Rule.MACHINE_2, Rule.MACHINE_2, Rule.MACHINE_2),
}


class Contract:
    """The values of one release that others may read."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.shapes: defaultdict[tuple[str, str], Shape] = defaultdict(Shape)
        self.event_ids: set[str] = set()
        self.event_fields: set[tuple[str, str]] = set()
        """(type, field) of the events, as this project reads them."""
        self.outcomes: defaultdict[str, set[str]] = defaultdict(set)
        self.keys: defaultdict[str, set[str]] = defaultdict(set)
        """kind of item → the beginnings of its keys."""

    def add(self, sample: Sample) -> None:
        """Add what the release has written."""
        match sample.interface:
            case "outcome":
                self.outcomes[sample.of].add(str(sample.value))
                return
            case "event":
                if event := as_read(sample.value):
                    self.event_ids.add(event["id"])
                    self.event_fields |= {
                        (sample.of, part.path[-1]) for part in parts_of_json(event) if part.path
                    }
            case "item":
                self.keys[sample.of] |= {
                    f"{name}={sample.value[name]['S'].partition('#')[0]}"
                    for name in _KEYS
                    # The sort keys of the indexes are times and ids.
                    if name in sample.value and not name.endswith("SK")
                }
        self.shapes[sample.interface, sample.of].add(_parts(sample))

    @property
    def enumerations(self) -> list[frozenset[str]]:
        """The values of each enumeration that the release knows."""
        with self.release.running():
            return [
                frozenset(str(member.value) for member in each)
                for name, module in list(self.release.modules.items())
                if name.startswith("ordering.")
                for each in vars(module).values()
                if isinstance(each, type) and issubclass(each, Enum) and each.__module__ == name
            ]


def _parts(sample: Sample) -> Iterable[Part]:
    match sample.interface:
        case "item":
            return parts_of_item(sample.value)
        case "message":
            # The event in a message of `notify_customer` is compared as an event.
            return parts_of_json(sample.value, depth=1)
    return parts_of_json(sample.value)


def contract_of(
    mixed: Mixture,
    release: Release,
    journeys: Iterable[str],
    after: Callable[[str, list[Sample]], object] = lambda journey, samples: None,
) -> Contract:
    """Returns what a release writes in these journeys. `after` is called after each of them."""
    contract = Contract(release)
    mode = Mode(EARLIER if release is mixed.earlier else LATER)
    for journey in journeys:
        mixed.begin(mode)
        perform(Case(journey), mixed.shop)
        samples = list(mixed.observer.samples())
        for sample in samples:
            contract.add(sample)
        after(journey, samples)
    return contract


def differences(earlier: Contract, later: Contract) -> Iterator[Finding]:
    """Yields how the later release breaks a rule by what it writes."""
    enumerations = earlier.enumerations
    for (interface, of), shape in earlier.shapes.items():
        after = later.shapes.get((interface, of))
        if after is None:
            if interface == ITEM:
                yield Finding(Rule.ITEM_1, f"no item has keys like {of} any more")
            if interface == EVENT:
                yield Finding(Rule.EVENT_2, f"{of} is not published any more")
            continue
        missing, retyped, unknown = _RULES[interface]
        for field in shape.missing_in(after):
            yield Finding(missing, f"{interface} {of} lacks {field}")
        for change in shape.retyped_in(after):
            yield Finding(retyped, f"{interface} {of}: {change}")
        for value in shape.unknown_in(after, enumerations):
            yield Finding(unknown, f"{interface} {of}: {value}")
    for kind, begun in earlier.keys.items():
        if kind in later.keys and begun != later.keys[kind]:
            yield Finding(Rule.ITEM_1, f"the keys of {kind} were {sorted(begun)}: {sorted(later.keys[kind])}")
    if lost := earlier.event_ids - later.event_ids:
        yield Finding(Rule.EVENT_1, f"{min(lost)} and {len(lost) - 1} other ids of events have changed")
    yield from _outcomes(earlier, later)
    yield from _stacks(earlier.release, later.release)


def _outcomes(earlier: Contract, later: Contract) -> Iterator[Finding]:
    for contract, other in ((earlier, later), (later, earlier)):
        machine = other.release.facts.words
        for step, outcomes in contract.outcomes.items():
            # An outcome that both return may be handled by the Default, or need no branch.
            for outcome in sorted(outcomes - other.outcomes[step] - machine):
                yield Finding(
                    Rule.MACHINE_3,
                    f"{step} of release {contract.release.name} returns {outcome}, for which the state "
                    f"machine of release {other.release.name} has no branch",
                )


def _stacks(earlier: Release, later: Release) -> Iterator[Finding]:
    for function in sorted(earlier.facts.called - later.facts.variables.keys()):
        yield Finding(Rule.MACHINE_1, f"the function {function} is gone")
    for function, variables in earlier.facts.variables.items():
        kept = later.facts.variables.get(function)
        if kept is not None and (lost := set(variables) - set(kept)):
            yield Finding(Rule.SETTING_1, f"{function} has no variable {', '.join(sorted(lost))} any more")
