"""The fences, each taken down by a small change of the code, and where what comes of it is looked for.

A fence alone keeps a promise: without it, the promise of the number given is broken. A fence with another
behind it is missed only where both are down; either is enough to keep the promise.
"""

from tests.mutations.fences.asking import ASKING
from tests.mutations.fences.courtesies import COURTESIES, OF_SWEEPING
from tests.mutations.fences.forgetting import FORGETTING
from tests.mutations.fences.fulfilling import CONFIRMING, FULFILLING
from tests.mutations.fences.giving_back import GIVING_BACK
from tests.mutations.fences.notifying import COURTESIES_OF_NOTIFYING, NOTIFYING
from tests.mutations.fences.paying import PAYING_FOR_IT
from tests.mutations.fences.reserving import RESERVING
from tests.mutations.fences.telling import DRIVING, SWEEPING, TELLING

OF_THE_SAGA = (*RESERVING, *PAYING_FOR_IT, *CONFIRMING, *FULFILLING, *GIVING_BACK, *ASKING)
OF_THE_PATH = (*TELLING, *DRIVING, *SWEEPING, *NOTIFYING, *FORGETTING)
COURTESIES_OF_THE_PATH = (*OF_SWEEPING, *COURTESIES_OF_NOTIFYING)

__all__ = ["COURTESIES", "COURTESIES_OF_THE_PATH", "OF_THE_PATH", "OF_THE_SAGA"]
