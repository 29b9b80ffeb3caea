"""The states of the saga, each as the atomic actions that its handler performs, in the handler's order.

Each begins with a read of the order and decides by it what to do. Every transaction, every call of a provider
and every write to a ledger is one more action. Anything may happen between two actions.
"""

from collections.abc import Mapping

from tests.simulation.model.steps import life_cycle, money, paying, shipment, stock
from tests.simulation.model.steps.action import Plan

PLANS: Mapping[str, Plan] = {
    "Load order": life_cycle.plan_load,
    "Reserve stock": stock.plan_reserve,
    "Authorise payment": paying.plan_authorise,
    "Confirm order": life_cycle.plan_confirm,
    "Capture payment": money.plan_capture,
    "Book shipment": shipment.plan_book,
    "Authorise again": paying.plan_again,
    "Complete order": life_cycle.plan_complete,
    "Reject order": life_cycle.plan_reject,
    "Turn back": life_cycle.plan_turn_back,
    "Cancel shipment": shipment.plan_cancel,
    "Void or refund payment": money.plan_settle,
    "Release stock": stock.plan_release,
    "Close order": life_cycle.plan_close,
}
"""state → what its step does after it has read the order"""
