"""Guards that only save work. The trials are those in which their absence would be noticed."""

from ordering.guards import Guard
from tests.simulation.guards import deliveries, trials
from tests.simulation.guards.expectations.expectation import RedundantGuard
from tests.simulation.harness.scenarios import DECLINED, FULFILLED, OUT_OF_STOCK, REFUSED_BY_CARRIER

REDUNDANT_IN_THE_SAGA = (
    RedundantGuard(
        "Reject order does not check that there is still no reservation",
        trials.restocked(OUT_OF_STOCK, "Reject order"),
        (Guard.REJECT_STOCK,),
        because="held stock is released by the ledger; but a sale is lost, and the recorded reason is wrong",
    ),
    RedundantGuard(
        "Reject order does not check that the payment is still declined",
        trials.overtaken(DECLINED, "Reject order"),
        (Guard.REJECT_PAYMENT,),
        because="DECLINED is a final status of a payment",
    ),
    RedundantGuard(
        "Turn back does not check that its reason is still true",
        trials.overtaken(REFUSED_BY_CARRIER, "Turn back"),
        (Guard.TURN_SHIPMENT, Guard.TURN_PAYMENT),
        because="a carrier does not book later what it has refused permanently",
    ),
    RedundantGuard(
        "Capture payment does not read the order's status first",
        trials.given_up(FULFILLED, "Capture payment"),
        (Guard.CAPTURE_STATUS_READ,),
        because="the provider decides between a late capture and the void",
    ),
    RedundantGuard(
        "a competing transaction is treated as a change of the order",
        trials.in_conflict(FULFILLED, "Confirm order"),
        (Guard.MOVE_CONTENTION,),
        because="loading the order again is a retry, only without a delay",
    ),
    RedundantGuard(
        "a competing transaction is a fault at once",
        trials.in_conflict_once(FULFILLED, "Complete order"),
        (Guard.CONFLICT_RETRIED,),
        because="the state machine retries the step, only a second later; but a sale is slow",
    ),
    RedundantGuard(
        "a shipment is intended although there is one",
        trials.duplicated(FULFILLED, "Book shipment"),
        (Guard.INTEND_ABSENT,),
        because="the carrier responds to a repeated booking with the status of the first",
    ),
    RedundantGuard(
        "stock is released although too little is held",
        trials.duplicated(DECLINED, "Release stock"),
        (Guard.RELEASE_ENOUGH,),
        because="the stock's `held` is the sum of the reservations",
    ),
    RedundantGuard(
        "units are shipped although too few are held",
        trials.duplicated(FULFILLED, "Complete order"),
        (Guard.COMPLETE_ENOUGH,),
        because="the stock's `held` is the sum of the reservations",
    ),
)

REDUNDANT_IN_SWEEPING = (
    RedundantGuard(
        "two sweeps at once both claim an order",
        deliveries.SWEPT_TWICE,
        (Guard.SWEEP_UNCHANGED,),
        because="driving an order twice has the same result; there is only one more message",
    ),
    RedundantGuard(
        "an order is driven although another driver drives it",
        deliveries.DRIVEN_TWICE_AT_ONCE,
        (Guard.DRIVE_LEASE,),
        because="each step checks its conditions; but under overload, duplicate work prolongs it",
    ),
    RedundantGuard(
        "orders are driven although a service that they need is unavailable",
        deliveries.PROVIDER_AWAY,
        (Guard.DRIVE_WAITS,),
        because="they fail, and the sweep drives them again; but each attempt waits for time-outs",
    ),
)
