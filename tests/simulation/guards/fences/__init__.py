"""The fences, each taken down by a small change of the code, and where what comes of it is looked for.

A fence alone keeps a promise: without it, the promise of the number given is broken. A fence with another
behind it is missed only where both are down; either is enough to keep the promise.
"""

from tests.simulation.guards.fences.asking import ASKING
from tests.simulation.guards.fences.courtesies import COURTESIES, OF_SWEEPING
from tests.simulation.guards.fences.forgetting import FORGETTING
from tests.simulation.guards.fences.fulfilling import CONFIRMING, FULFILLING
from tests.simulation.guards.fences.giving_back import GIVING_BACK
from tests.simulation.guards.fences.notifying import COURTESIES_OF_NOTIFYING, NOTIFYING
from tests.simulation.guards.fences.paying import PAYING_FOR_IT
from tests.simulation.guards.fences.reserving import RESERVING
from tests.simulation.guards.fences.telling import DRIVING, SWEEPING, TELLING

OF_THE_SAGA = (*RESERVING, *PAYING_FOR_IT, *CONFIRMING, *FULFILLING, *GIVING_BACK, *ASKING)
OF_THE_PATH = (*TELLING, *DRIVING, *SWEEPING, *NOTIFYING, *FORGETTING)
COURTESIES_OF_THE_PATH = (*OF_SWEEPING, *COURTESIES_OF_NOTIFYING)

__all__ = ["COURTESIES", "COURTESIES_OF_THE_PATH", "OF_THE_PATH", "OF_THE_SAGA"]
