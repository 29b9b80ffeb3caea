"""The guards of Reserve stock."""

from dataclasses import replace

from ordering.guards import Guard
from tests.simulation.guards import trials
from tests.simulation.guards.expectations.expectation import NeededGuard
from tests.simulation.harness.scenarios import FULFILLED, IN_SHARDS, MUG, OUT_OF_STOCK

LAST_UNITS = replace(FULFILLED, name="the last units", stock=((MUG, 2),))


RESERVING = (
    NeededGuard(
        "Reserve stock does not check the order",
        trials.given_up(FULFILLED, "Reserve stock"),
        (Guard.RESERVE_ORDER,),
    ),
    NeededGuard(
        "Reserve stock does not read the order's status first",
        trials.given_up(FULFILLED, "Reserve stock"),
        (Guard.RESERVE_STATUS_READ,),
        behind=(Guard.RESERVE_ORDER,),
        because="the transaction checks the same; the read only saves it",
    ),
    NeededGuard(
        "Reserve stock ignores an existing reservation",
        trials.duplicated(FULFILLED, "Reserve stock"),
        (Guard.RESERVE_ABSENT,),
    ),
    NeededGuard(
        "stock is reserved although too little is available",
        trials.undisturbed(OUT_OF_STOCK),
        (Guard.RESERVE_ENOUGH,),
    ),
    NeededGuard(
        "OUT_OF_STOCK is returned before the reservation is read",
        trials.execution_lost(LAST_UNITS, "Reserve stock"),
        (Guard.RESERVE_DONE, Guard.RESERVE_FOUND, Guard.RESERVE_LOOK),
    ),
    NeededGuard(
        "OUT_OF_STOCK is returned if the SDK retries a transaction that succeeded",
        trials.sent_twice(LAST_UNITS, "Reserve stock"),
        (Guard.RESERVE_FOUND, Guard.RESERVE_LOOK),
        behind=(Guard.RESERVE_DONE,),
        because="Reject order finds no reason, and the next read finds the reservation",
    ),
    NeededGuard(
        "a competing transaction is treated as too little stock",
        trials.in_conflict(FULFILLED, "Reserve stock"),
        (Guard.RESERVE_CONTENTION,),
    ),
    NeededGuard(
        "units are searched for in one shard only",
        trials.undisturbed(IN_SHARDS),
        (Guard.RESERVE_SEARCH,),
    ),
    NeededGuard(
        "units are given back and shipped from another shard than they were taken from",
        trials.undisturbed(IN_SHARDS),
        (Guard.RESERVE_WHERE,),
    ),
)
