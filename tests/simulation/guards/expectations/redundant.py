"""Guards that keep no guarantee: without them something else is worse. Tried where they would be missed."""

from ordering.guards import Guard
from tests.simulation.guards import deliveries, trials
from tests.simulation.guards.expectations.expectation import RedundantGuard
from tests.simulation.harness.scenarios import DECLINED, FULFILLED, OUT_OF_STOCK, REFUSED_BY_CARRIER

REDUNDANT_IN_THE_SAGA = (
    RedundantGuard(
        "Reject order does not check that there is still no reservation",
        trials.restocked(OUT_OF_STOCK, "Reject order"),
        (Guard.REJECT_STOCK,),
        because="what is held is given back by the ledger; a sale is lost, and the reason is not true",
    ),
    RedundantGuard(
        "Reject order does not check that the payment is still declined",
        trials.overtaken(DECLINED, "Reject order"),
        (Guard.REJECT_PAYMENT,),
        because="DECLINED is where a payment's ledger ends",
    ),
    RedundantGuard(
        "Turn back does not check that its reason still stands",
        trials.overtaken(REFUSED_BY_CARRIER, "Turn back"),
        (Guard.TURN_SHIPMENT, Guard.TURN_PAYMENT),
        because="what a carrier has refused for good it does not book later",
    ),
    RedundantGuard(
        "Capture payment does not look at the order's status first",
        trials.given_up(FULFILLED, "Capture payment"),
        (Guard.CAPTURE_STATUS_READ,),
        because="the provider decides between a capture that comes late and the void",
    ),
    RedundantGuard(
        "a rival in the way of a move is taken for a move",
        trials.in_conflict(FULFILLED, "Confirm order"),
        (Guard.MOVE_CONTENTION,),
        because="to load the order again is to try again, only without waiting",
    ),
    RedundantGuard(
        "a shipment is intended though there is one",
        trials.duplicated(FULFILLED, "Book shipment"),
        (Guard.INTEND_ABSENT,),
        because="the carrier answers a repeated booking with where it stands",
    ),
    RedundantGuard(
        "stock is released though the shelf does not hold it",
        trials.duplicated(DECLINED, "Release stock"),
        (Guard.RELEASE_ENOUGH,),
        because="what the shelf holds is what the reservations hold",
    ),
    RedundantGuard(
        "units are shipped though the shelf does not hold them",
        trials.duplicated(FULFILLED, "Complete order"),
        (Guard.COMPLETE_ENOUGH,),
        because="what the shelf holds is what the reservations hold",
    ),
)

REDUNDANT_IN_SWEEPING = (
    RedundantGuard(
        "two sweeps at once both claim an order",
        deliveries.SWEPT_TWICE,
        (Guard.SWEEP_UNCHANGED,),
        because="to drive an order twice is to drive it once; a message more is in the queue",
    ),
    RedundantGuard(
        "an order is driven though another driver has it",
        deliveries.DRIVEN_TWICE_AT_ONCE,
        (Guard.DRIVE_LEASE,),
        because="each step checks what it rests on; under overload the work done twice would keep it up",
    ),
    RedundantGuard(
        "orders are driven though what they need is away",
        deliveries.PROVIDER_AWAY,
        (Guard.DRIVE_WAITS,),
        because="they fail, and the sweep drives them on; each attempt costs the provider's time-outs",
    ),
)
