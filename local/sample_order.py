"""The sample order: placed, followed to its end, and shown with its mail."""

from __future__ import annotations

from console.progress import detail, step
from console.workspace import Workspace
from local import mail, sample
from local.environment import attach


def place_and_follow(workspace: Workspace, *, customer: str, scope: str) -> str:
    """Place the sample order and print its history and its mail; returns its id. Raises StepFailed."""
    shop = attach(workspace)
    access = shop.token(customer, scope)
    with step("Order") as progress:
        placed: str = sample.place_order(shop.api, access)["orderId"]
        ended = sample.follow(shop.api, access, placed)
        progress.note = ended["status"]
    with step("Mail") as progress:
        if sample.has_profile(shop.api, access):
            sent = mail.await_last(shop.outputs["Endpoint"], placed)
            for line in mail.beside_the_timeline(sent, ended):
                detail(line)
            progress.note = f"the last one {mail.seconds_after(sent, ended):.2f} s after the order's end"
        else:
            progress.note = f"none: {customer} has no profile"
    return placed
