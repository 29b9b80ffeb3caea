"""Checks of the settings of the edge."""

from collections.abc import Iterator

from stacks.settings import Edge, Settings
from stacks.settings.checks.distribution import distribution_problems


def edge_problems(settings: Settings) -> Iterator[str]:
    """Yields one line for each of these settings that is invalid."""
    edge = settings.edge
    if edge is None:
        return
    yield from _check_place(settings, edge)
    yield from distribution_problems("edge", edge, settings, example="api.shop.example")
    yield from _check_closing(settings, edge)


def _check_place(settings: Settings, edge: Edge) -> Iterator[str]:
    if settings.local and edge.firewall:
        yield "- edge: the local engine's distribution has no firewall; set firewall=None in stage local"
    if settings.local and edge.closes_api:
        yield "- edge: the local engine's API is called directly; set closes_api=False in stage local"
    if settings.local and not edge.engine:
        yield '- edge: stage local needs the engine\'s address; set engine="http://127.0.0.1:4566"'
    if not settings.local and edge.engine:
        yield "- edge: engine is for stage local only; leave it out"


def _check_closing(settings: Settings, edge: Edge) -> Iterator[str]:
    numbers = edge.secret_numbers
    if not numbers or min(numbers) < 1 or list(numbers) != sorted(set(numbers)):
        yield (
            f"- edge: secret_numbers {numbers} are not numbers of secrets: write (1,), or (1, 2) to replace "
            "secret 1 by secret 2"
        )
    if not edge.closes_api:
        return
    if not settings.local and not settings.lambda_authoriser:
        yield (
            "- edge: API Gateway's own authoriser cannot check where a request comes from; set "
            "lambda_authoriser=True, or closes_api=False"
        )
    if settings.canary and not edge.aliases:
        yield (
            "- edge: the canary calls the API by its name, which a closed API refuses; set aliases, "
            "canary=None or closes_api=False"
        )
