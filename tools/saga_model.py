"""`python -m tools.saga_model [--without FENCE ...]`: what was searched, or the story of what breaks."""

import argparse
from time import process_time

from tests.support.environment import set_environment

# Before anything of the product is imported: see `tests.support.environment`.
set_environment()

from tests.model.crowd import Crowd  # noqa: E402
from tests.model.ends import Ends  # noqa: E402
from tests.model.expectations import NEEDED, SPARE  # noqa: E402
from tests.model.fences import Fence, Fences  # noqa: E402
from tests.model.promises import broken  # noqa: E402
from tests.model.routing import routing  # noqa: E402
from tests.model.search import Search  # noqa: E402
from tests.model.story import told  # noqa: E402


def main() -> None:
    """Print it."""
    parser = argparse.ArgumentParser(prog="python -m tools.saga_model", description=__doc__)
    parser.add_argument(
        "--without", metavar="FENCE", nargs="+", default=[], choices=list(Fence.__members__), help="take away"
    )
    fences = Fences(*(Fence[name] for name in parser.parse_args().without))
    routing()
    if fences.without:
        print("\n".join(f"without {fence}" for fence in sorted(fences.without)))
    began = process_time()
    search = Search(fences)
    events = search.run(lambda shop: bool(broken(shop)))
    if events:
        print(told(events))
        print("broken:", *sorted(broken(events[-1].shop)), sep="\n  ")
        return
    ends = Ends(search.shops.known, fences)
    print(
        f"two executions: {len(search.came_from):,} states of {len(search.shops)} shops and"
        f" {len(search.executions)} stands of an execution, {process_time() - began:.1f} s"
    )
    print(f"  shops that break a promise: 0, from which no end can be reached: {len(ends.trapped())}")
    if fences.without:
        return
    began = process_time()
    crowd = Crowd(fences)
    count = sum(bool(broken(shop)) for shop in crowd.shops.known)
    print(
        f"any number of executions, readings torn: {crowd.pairs:,} pairs of {len(crowd.shops)} shops and"
        f" {len(crowd.executions)} stands, {process_time() - began:.1f} s"
    )
    trapped = len(Ends(crowd.shops.known).trapped())
    print(f"  shops that break a promise: {count}, from which no end can be reached: {trapped}")
    loads = Ends(crowd.shops.known).loads()
    print(f"  left in peace, an order ends after {max(loads.values())} loads at most")
    print(f"fences: {len(Fence)}; needed {len(NEEDED)}, spare {len(SPARE)}")


if __name__ == "__main__":
    main()
