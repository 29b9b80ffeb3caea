"""What is expected of every guard, and in which takes it shows.

A needed guard alone keeps a guarantee: without it, that guarantee is broken. One with another guard behind it
is missed only where both are off; either is enough to keep the guarantee. Without a redundant guard every
guarantee holds.
"""

from tests.mutations.expectations.asking import ASKING
from tests.mutations.expectations.forgetting import FORGETTING
from tests.mutations.expectations.fulfilling import CONFIRMING, FULFILLING
from tests.mutations.expectations.giving_back import GIVING_BACK
from tests.mutations.expectations.notifying import NOTIFYING, REDUNDANT_IN_NOTIFYING
from tests.mutations.expectations.paying import PAYING_FOR_IT
from tests.mutations.expectations.redundant import REDUNDANT_IN_SWEEPING, REDUNDANT_IN_THE_SAGA
from tests.mutations.expectations.reserving import RESERVING
from tests.mutations.expectations.telling import DRIVING, SWEEPING, TELLING

NEEDED_IN_THE_SAGA = (*RESERVING, *PAYING_FOR_IT, *CONFIRMING, *FULFILLING, *GIVING_BACK, *ASKING)
NEEDED_ON_THE_PATH = (*TELLING, *DRIVING, *SWEEPING, *NOTIFYING, *FORGETTING)
REDUNDANT_ON_THE_PATH = (*REDUNDANT_IN_SWEEPING, *REDUNDANT_IN_NOTIFYING)

__all__ = ["NEEDED_IN_THE_SAGA", "NEEDED_ON_THE_PATH", "REDUNDANT_IN_THE_SAGA", "REDUNDANT_ON_THE_PATH"]
