"""What is expected of every guard, and in which trials it shows.

Without a needed guard, its guarantee breaks. If another guard is behind it, the guarantee breaks only without
both. Without a redundant guard, every guarantee holds.
"""

from tests.simulation.guards.expectations.api_requests import API_REQUESTS
from tests.simulation.guards.expectations.compensating import COMPENSATING
from tests.simulation.guards.expectations.driving import DRIVING, PUBLISHING, SWEEPING
from tests.simulation.guards.expectations.fulfilling import CONFIRMING, FULFILLING
from tests.simulation.guards.expectations.notifying import NOTIFYING, REDUNDANT_IN_NOTIFYING
from tests.simulation.guards.expectations.paying import PAYING
from tests.simulation.guards.expectations.realtime import ANNOUNCING
from tests.simulation.guards.expectations.redundant import REDUNDANT_IN_SWEEPING, REDUNDANT_IN_THE_SAGA
from tests.simulation.guards.expectations.refunding import REDUNDANT_IN_REFUNDING, REFUNDING
from tests.simulation.guards.expectations.removing import REMOVING
from tests.simulation.guards.expectations.reserving import RESERVING
from tests.simulation.guards.expectations.sales import SALES
from tests.simulation.guards.expectations.webhooks import REDUNDANT_IN_WEBHOOKS, WEBHOOKS

NEEDED_IN_THE_SAGA = (*RESERVING, *PAYING, *CONFIRMING, *FULFILLING, *COMPENSATING, *API_REQUESTS)
NEEDED_ON_THE_PATH = (
    *PUBLISHING,
    *DRIVING,
    *SWEEPING,
    *NOTIFYING,
    *REMOVING,
    *REFUNDING,
    *WEBHOOKS,
    *SALES,
    *ANNOUNCING,
)
REDUNDANT_ON_THE_PATH = (
    *REDUNDANT_IN_SWEEPING,
    *REDUNDANT_IN_NOTIFYING,
    *REDUNDANT_IN_REFUNDING,
    *REDUNDANT_IN_WEBHOOKS,
)

__all__ = ["NEEDED_IN_THE_SAGA", "NEEDED_ON_THE_PATH", "REDUNDANT_IN_THE_SAGA", "REDUNDANT_ON_THE_PATH"]
