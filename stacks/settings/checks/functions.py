"""Checks of the settings of functions: how they are deployed, started and limited."""

from collections.abc import Iterator

from stacks.routes import ACCESS
from stacks.settings import FAST_START_FUNCTIONS, GRADUAL_MINUTES, Settings


def function_problems(settings: Settings) -> Iterator[str]:
    """Yields one line for each of these settings that is invalid."""
    if settings.gradual_minutes is not None and settings.gradual_minutes not in GRADUAL_MINUTES:
        known = ", ".join(map(str, GRADUAL_MINUTES))
        yield f"- gradual_minutes: {settings.gradual_minutes} is none of {known}, which CodeDeploy knows"
    if settings.local and settings.gradual_minutes is not None:
        yield "- gradual_minutes: the local engine has no CodeDeploy; set gradual_minutes=None in stage local"
    for name in ("provisioned_concurrency", "snap_start"):
        for function in getattr(settings, name):
            if function not in FAST_START_FUNCTIONS:
                yield f"- {name}: {function} is none of {', '.join(FAST_START_FUNCTIONS)}"
            elif function == "authorise_request" and not settings.lambda_authoriser:
                yield f"- {name}: there is no authorise_request without lambda_authoriser=True"
    if len(set(settings.snap_start)) < len(settings.snap_start):
        yield "- snap_start: one of them is named twice"
    # "Improving startup performance with Lambda SnapStart", limitations.
    for function in settings.provisioned_concurrency.keys() & set(settings.snap_start):
        yield (
            f"- snap_start: Lambda allows SnapStart and provisioned concurrency not for the same function; "
            f"remove {function} from one of snap_start and provisioned_concurrency"
        )
    for name in ("provisioned_concurrency", "reserved_concurrency"):
        for function, number in getattr(settings, name).items():
            if number < 1:
                yield f"- {name}: {function}: {number} is not a number from 1; leave it out to turn it off"
    for function, reserved in settings.reserved_concurrency.items():
        # A throttled message counts as received, and a throttled authoriser refuses every request.
        if function not in ACCESS:
            yield f"- reserved_concurrency: {function} is not the function of a route"
        elif (provisioned := settings.provisioned_concurrency.get(function, 0)) > reserved:
            yield (
                f"- reserved_concurrency: {function} reserves {reserved}, fewer than the {provisioned} of "
                "its provisioned_concurrency; raise it, or lower the other"
            )
