"""What is expected of every guard, and in which takes it shows.

A needed guard alone keeps a guarantee: without it, that guarantee is broken. One with another guard behind it
is missed only where both are off; either is enough to keep the guarantee. Without a redundant guard every
guarantee holds.
"""

from tests.simulation.guards.expectations.asking import ASKING
from tests.simulation.guards.expectations.forgetting import FORGETTING
from tests.simulation.guards.expectations.fulfilling import CONFIRMING, FULFILLING
from tests.simulation.guards.expectations.giving_back import GIVING_BACK
from tests.simulation.guards.expectations.notifying import NOTIFYING, REDUNDANT_IN_NOTIFYING
from tests.simulation.guards.expectations.paying import PAYING_FOR_IT
from tests.simulation.guards.expectations.redundant import REDUNDANT_IN_SWEEPING, REDUNDANT_IN_THE_SAGA
from tests.simulation.guards.expectations.reserving import RESERVING
from tests.simulation.guards.expectations.telling import DRIVING, SWEEPING, TELLING

NEEDED_IN_THE_SAGA = (*RESERVING, *PAYING_FOR_IT, *CONFIRMING, *FULFILLING, *GIVING_BACK, *ASKING)
NEEDED_ON_THE_PATH = (*TELLING, *DRIVING, *SWEEPING, *NOTIFYING, *FORGETTING)
REDUNDANT_ON_THE_PATH = (*REDUNDANT_IN_SWEEPING, *REDUNDANT_IN_NOTIFYING)

__all__ = ["NEEDED_IN_THE_SAGA", "NEEDED_ON_THE_PATH", "REDUNDANT_IN_THE_SAGA", "REDUNDANT_ON_THE_PATH"]
