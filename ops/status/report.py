"""The command `status`: is everything well? If a part cannot be read, the others are shown all the same."""

from __future__ import annotations

from functools import partial

from ops.dead_letters.queues import queues
from ops.documents.status import StatusDocument
from ops.json_output import failed_parts, print_document
from ops.partial_failures import Failures, read_part
from ops.stage import Stage
from ops.status.findings import findings
from ops.status.parts import (
    alarm_figures,
    letter_count,
    order_figures,
    stack_states,
    unavailable_providers,
    work_queue_depth,
)
from ops.status.text import LETTERS, QUEUE, print_status
from ordering.dead_letters.queues import queue_name, work_queue_outputs

EXIT_STATUS = {"well": 0, "attention": 1, "unknown": 2}
"""By verdict. A finding is certain even if other parts could not be read: `attention` wins over `unknown`."""


def status(stage: Stage, *, as_json: bool) -> int:
    """Print whether everything is well; returns the exit status."""
    document, failures = read_status(stage)
    if as_json:
        print_document(document)
    else:
        print_status(stage, document, failures)
    return EXIT_STATUS[document.verdict]


def read_status(stage: Stage) -> tuple[StatusDocument, Failures]:
    """Returns the state of a stage, and the parts of it that could not be read.

    The queues are found by the outputs of the stage's stacks, and the alarms by the stacks' resources, so a
    new one is shown without an edit here.
    """
    failures: Failures = []
    orders = read_part("orders", failures, partial(order_figures, stage))
    unavailable = read_part("providers", failures, partial(unavailable_providers, stage))
    depths = [
        read_part(f"{QUEUE}{queue_name(output)}", failures, partial(work_queue_depth, stage, output))
        for output in work_queue_outputs(stage.outputs)
    ]
    counts = [
        read_part(f"{LETTERS}{name}", failures, partial(letter_count, name, opener))
        for name, opener in queues(stage).items()
    ]
    alarms = read_part("alarms", failures, partial(alarm_figures, stage))
    stacks = read_part("deployment", failures, partial(stack_states, stage))
    document = StatusDocument(
        stage=stage.name,
        failures=failed_parts(failures),
        verdict="unknown" if failures else "well",
        findings=[],
        orders=orders,
        unavailable=unavailable,
        queues=[each for each in depths if each],
        dead_letters=[each for each in counts if each],
        alarms=alarms,
        stacks=stacks,
        deployed_at=max((each.at for each in stacks or ()), default=None),
    )
    document.findings = list(findings(document, stage))
    if document.findings:
        document.verdict = "attention"
    return document, failures
