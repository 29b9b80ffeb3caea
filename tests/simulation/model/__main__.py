"""What the model of the saga shows: what was searched, or the story of what breaks without a fence.

    make model                     what was searched, and what it came to
    make model WITHOUT="A FENCE"   the shortest story of what breaks without it
    make model FENCES=1            every fence, and what becomes of it

`docs/model.md` describes the model.
"""

import argparse
from time import process_time

from tests.support.environment import set_environment

# Before anything of the product is imported: see `tests.support.environment`.
set_environment()

from tests.simulation.model.ends import Ends  # noqa: E402
from tests.simulation.model.event_log import told  # noqa: E402
from tests.simulation.model.expectations import NEEDED, SPARE  # noqa: E402
from tests.simulation.model.guarantees import Guarantee, broken  # noqa: E402
from tests.simulation.model.guards import Fence, Fences  # noqa: E402
from tests.simulation.model.routing import routing  # noqa: E402
from tests.simulation.model.search import Search  # noqa: E402
from tests.simulation.model.shop import Shop  # noqa: E402
from tests.simulation.model.thread_modular_search import Crowd  # noqa: E402


def main() -> None:
    """Search, and print."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation.model", description="The model of the saga."
    )
    parser.add_argument(
        "--without", metavar="FENCE", nargs="+", default=[], choices=list(Fence.__members__), help="take away"
    )
    parser.add_argument("--fences", action="store_true", help="list them")
    arguments = parser.parse_args()
    if arguments.fences:
        _list()
    elif arguments.without:
        _break(Fences(*(Fence[name] for name in arguments.without)))
    else:
        _search()


def _list() -> None:
    for fence in Fence:
        print(f"{fence.name:22} {fence}")
        if fence in NEEDED:
            print(f"{'':22}   without it breaks: {NEEDED[fence]}")
        else:
            cover = SPARE[fence]
            print(f"{'':22}   spare: {cover.why}")
            if cover.then:
                names = ", ".join(each.name for each in cover.by)
                print(f"{'':22}   without it and {names} breaks: {cover.then}")


def _break(fences: Fences) -> None:
    for fence in sorted(fences.without):
        print(f"without {fence}")
    for alone in (True, False):
        search = Search(fences, alone=alone)
        events = search.run(lambda shop: bool(broken(shop)))
        if events:
            print(told(events))
            print("broken:", *sorted(broken(events[-1].shop)), sep="\n  ")
            return
        endless = Ends(search.shops.known, fences).endless()
        if endless:
            # The one that is farthest on its way shows best what the others only may come to.
            print(told(Search(fences, alone=alone).run(endless[-1].__eq__) or ()))
            print(f"from here it may go on for ever. broken:\n  {Guarantee.AN_END}")
            return
    print(f"two executions break nothing in {len(search.came_from):,} states")


def _search() -> None:
    routing()
    began = process_time()
    search = Search()
    search.run()
    print(
        f"two executions: {len(search.came_from):,} states of {len(search.shops)} shops and"
        f" {len(search.executions)} stands of an execution, {process_time() - began:.1f} s"
    )
    _judge(search.shops.known)
    began = process_time()
    crowd = Crowd()
    print(
        f"any number, readings torn: {crowd.pairs:,} pairs of {len(crowd.shops)} shops and"
        f" {len(crowd.executions)} stands of an execution, {process_time() - began:.1f} s"
    )
    _judge(crowd.shops.known)
    print(f"fences: {len(Fence)}, of which needed {len(NEEDED)}, spare {len(SPARE)}")


def _judge(shops: list[Shop]) -> None:
    ends = Ends(shops)
    print(f"  shops that break a promise: {sum(bool(broken(shop)) for shop in shops)}")
    print(f"  shops from which an order may go on for ever: {len(ends.endless())}")
    print(f"  left in peace, an order is loaded {max(ends.loads().values())} times at most until it ends")


if __name__ == "__main__":
    main()
