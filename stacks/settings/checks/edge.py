"""Checks of the settings of the edge."""

import re
from collections.abc import Iterator

from stacks.settings import US_EAST_1, Edge, Settings

# A domain name as in a certificate, in lower case (RFC 1035, section 2.3.1).
_DOMAIN = r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
_CERTIFICATE = r"arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate/[A-Za-z0-9-]+"
# "Quotas on distributions": alternate domain names for each distribution, without asking for more.
MAX_ALIASES = 100
# AWS::WAFv2::WebACL RateBasedStatement, Limit.
_RATES = range(10, 2_000_000_001)


def edge_problems(settings: Settings) -> Iterator[str]:
    """Yields one line for each of these settings that is invalid."""
    edge = settings.edge
    if edge is None:
        return
    yield from _check_place(settings, edge)
    yield from _check_names(settings, edge)
    yield from _check_closing(settings, edge)
    if edge.firewall and edge.firewall.requests_in_five_minutes not in _RATES:
        yield (
            f"- edge: requests_in_five_minutes {edge.firewall.requests_in_five_minutes} is not a number from "
            f"{_RATES.start} to {_RATES.stop - 1}, the range that AWS WAF allows"
        )


def _check_place(settings: Settings, edge: Edge) -> Iterator[str]:
    if not settings.local and not settings.region:
        yield (
            "- edge: its stack is in us-east-1 and reads from the stage's region; set region, for example "
            'region="eu-west-1"'
        )
    if settings.local and edge.firewall:
        yield "- edge: the local engine's distribution has no firewall; set firewall=None in stage local"
    if settings.local and edge.closes_api:
        yield "- edge: the local engine's API is called directly; set closes_api=False in stage local"
    if settings.local and not edge.engine:
        yield '- edge: stage local needs the engine\'s address; set engine="http://127.0.0.1:4566"'
    if not settings.local and edge.engine:
        yield "- edge: engine is for stage local only; leave it out"


def _check_names(settings: Settings, edge: Edge) -> Iterator[str]:
    if edge.aliases and not edge.certificate_arn:
        yield (
            "- edge: CloudFront accepts an alias only with a certificate for it; set certificate_arn, the "
            "ARN of one in us-east-1"
        )
    if edge.certificate_arn and not edge.aliases:
        yield '- edge: a certificate needs a name; set aliases=("api.shop.example",), or certificate_arn=None'
    if settings.protected and not edge.aliases:
        # Only with a certificate of its own is TLS 1.2 required ("Supported protocols and ciphers between
        # viewers and CloudFront").
        yield (
            "- edge: CloudFront's own name accepts TLS 1.0; set aliases and certificate_arn in a protected "
            "stage"
        )
    for alias in edge.aliases:
        if not re.fullmatch(_DOMAIN, alias):
            yield f"- edge: aliases: {alias!r} is not a domain name: write api.shop.example, for example"
        elif settings.domain and alias == settings.domain.name:
            yield f"- edge: aliases: {alias} is the API's own domain, which CloudFront calls; take another"
    if len(set(edge.aliases)) < len(edge.aliases):
        yield "- edge: aliases: one of them is named twice"
    if len(edge.aliases) > MAX_ALIASES:
        yield f"- edge: aliases names {len(edge.aliases)}; a distribution may have {MAX_ALIASES}"
    if edge.certificate_arn and not re.fullmatch(_CERTIFICATE, edge.certificate_arn):
        yield f"- edge: {edge.certificate_arn!r} is not the ARN of an ACM certificate"
    elif edge.certificate_arn and (region := edge.certificate_arn.split(":")[3]) != US_EAST_1:
        yield f"- edge: its certificate is in {region}; CloudFront uses certificates of {US_EAST_1} only"


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
