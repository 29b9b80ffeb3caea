"""Prints what the search of the model found, or the shortest sequence of events that breaks a guarantee.

    make model                     what was searched, and the result
    make model WITHOUT="A_GUARD"   the shortest sequence of events that breaks a guarantee without this guard
    make model GUARDS=1            every guard, and what happens without it

`docs/model.md` describes the model.
"""

import argparse
from collections.abc import Mapping
from time import process_time

from tests.support.environment import set_environment

# Before anything of the product is imported: see `tests.support.environment`.
set_environment()

from tests.simulation.model.ends import Ends  # noqa: E402
from tests.simulation.model.event_log import format_events  # noqa: E402
from tests.simulation.model.expectations import NEEDED, SPARE  # noqa: E402
from tests.simulation.model.guarantees import Guarantee, broken  # noqa: E402
from tests.simulation.model.guards import ActiveGuards, Modelled  # noqa: E402
from tests.simulation.model.routing import routing  # noqa: E402
from tests.simulation.model.search import Search  # noqa: E402
from tests.simulation.model.shared_state import SharedState  # noqa: E402
from tests.simulation.model.thread_modular_search import ThreadModularSearch  # noqa: E402

BY_NAME: Mapping[str, Modelled] = {each.name: each for each in (*NEEDED, *SPARE)}
"""All guards and assumptions of the model, by name."""


def main() -> None:
    """Search the model, and print the result."""
    parser = argparse.ArgumentParser(
        prog=".venv/bin/python -m tests.simulation.model", description="The model of the saga."
    )
    parser.add_argument(
        "--without", metavar="GUARD", nargs="+", default=[], choices=list(BY_NAME), help="remove these guards"
    )
    parser.add_argument("--guards", action="store_true", help="list all guards")
    arguments = parser.parse_args()
    if arguments.guards:
        _list()
    elif arguments.without:
        _break(ActiveGuards(*(BY_NAME[name] for name in arguments.without)))
    else:
        _search()


def _list() -> None:
    for guard in BY_NAME.values():
        print(f"{guard.name:22} {guard}")
        if guard in NEEDED:
            print(f"{'':22}   without it breaks: {NEEDED[guard]}")
        else:
            cover = SPARE[guard]
            print(f"{'':22}   spare: {cover.why}")
            if cover.then:
                names = ", ".join(each.name for each in cover.by)
                print(f"{'':22}   without it and {names} breaks: {cover.then}")


def _break(guards: ActiveGuards) -> None:
    for guard in sorted(guards.without, key=str):
        print(f"without {guard}")
    for alone in (True, False):
        search = Search(guards, alone=alone)
        events = search.run(lambda shared: bool(broken(shared)))
        if events:
            print(format_events(events))
            print("broken:", *sorted(broken(events[-1].shared)), sep="\n  ")
            return
        endless = Ends(search.shared_states.known, guards).endless()
        if endless:
            # The last one that was found is the farthest from the start, and so the best example.
            print(format_events(Search(guards, alone=alone).run(endless[-1].__eq__) or ()))
            print(f"from here the order may never end. broken:\n  {Guarantee.AN_END}")
            return
    print(f"two executions break nothing in {len(search.came_from):,} states")


def _search() -> None:
    routing()
    began = process_time()
    search = Search()
    search.run()
    print(
        f"two executions: {len(search.came_from):,} states of {len(search.shared_states)} shared states and"
        f" {len(search.executions)} positions of an execution, {process_time() - began:.1f} s"
    )
    _judge(search.shared_states.known)
    began = process_time()
    any_number = ThreadModularSearch()
    print(
        f"any number of executions, torn reads: {any_number.pairs:,} pairs of"
        f" {len(any_number.shared_states)} shared states and {len(any_number.executions)} positions of an"
        f" execution, {process_time() - began:.1f} s"
    )
    _judge(any_number.shared_states.known)
    print(f"guards and assumptions: {len(BY_NAME)}, {len(NEEDED)} needed, {len(SPARE)} spare")


def _judge(shared_states: list[SharedState]) -> None:
    ends = Ends(shared_states)
    print(f"  shared states that break a guarantee: {sum(bool(broken(shared)) for shared in shared_states)}")
    print(f"  shared states from which an order may never end: {len(ends.endless())}")
    print(f"  undisturbed, an order is loaded at most {max(ends.loads().values())} times until it ends")


if __name__ == "__main__":
    main()
