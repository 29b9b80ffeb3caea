"""Checks of the settings that every distribution of CloudFront has."""

import re
from collections.abc import Iterator

from stacks.settings import US_EAST_1, DistributionSettings, Settings

# A domain name as in a certificate, in lower case (RFC 1035, section 2.3.1).
_DOMAIN = r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
_CERTIFICATE = r"arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate/[A-Za-z0-9-]+"
# "Quotas on distributions": alternate domain names for each distribution, without asking for more.
MAX_ALIASES = 100
# AWS::WAFv2::WebACL RateBasedStatement, Limit.
_RATES = range(10, 2_000_000_001)


def distribution_problems(
    name: str, distribution: DistributionSettings, settings: Settings, *, example: str
) -> Iterator[str]:
    """Yields one line for each of these settings that is invalid.

    `name` is that of the setting (`edge`), and `example` is a name that its distribution may have.
    """
    if not settings.local and not settings.region:
        yield (
            f"- {name}: its stack is in us-east-1 and reads from the stage's region; set region, for example "
            'region="eu-west-1"'
        )
    yield from _check_names(name, distribution, settings, example)
    if distribution.firewall and distribution.firewall.requests_in_five_minutes not in _RATES:
        yield (
            f"- {name}: requests_in_five_minutes {distribution.firewall.requests_in_five_minutes} is not a "
            f"number from {_RATES.start} to {_RATES.stop - 1}, the range that AWS WAF allows"
        )


def _check_names(
    name: str, distribution: DistributionSettings, settings: Settings, example: str
) -> Iterator[str]:
    if distribution.aliases and not distribution.certificate_arn:
        yield (
            f"- {name}: CloudFront accepts an alias only with a certificate for it; set certificate_arn, the "
            "ARN of one in us-east-1"
        )
    if distribution.certificate_arn and not distribution.aliases:
        yield f'- {name}: a certificate needs a name; set aliases=("{example}",), or certificate_arn=None'
    if settings.protected and not distribution.aliases:
        # Only with a certificate of its own is TLS 1.2 required ("Supported protocols and ciphers between
        # viewers and CloudFront").
        yield (
            f"- {name}: CloudFront's own name accepts TLS 1.0; set aliases and certificate_arn in a "
            "protected stage"
        )
    for alias in distribution.aliases:
        if not re.fullmatch(_DOMAIN, alias):
            yield f"- {name}: aliases: {alias!r} is not a domain name: write {example}, for example"
        elif settings.domain and alias == settings.domain.name:
            yield f"- {name}: aliases: {alias} is the API's own domain, which CloudFront calls; take another"
    if len(set(distribution.aliases)) < len(distribution.aliases):
        yield f"- {name}: aliases: one of them is named twice"
    if len(distribution.aliases) > MAX_ALIASES:
        yield f"- {name}: aliases names {len(distribution.aliases)}; a distribution may have {MAX_ALIASES}"
    if distribution.certificate_arn and not re.fullmatch(_CERTIFICATE, distribution.certificate_arn):
        yield f"- {name}: {distribution.certificate_arn!r} is not the ARN of an ACM certificate"
    elif distribution.certificate_arn and (region := distribution.certificate_arn.split(":")[3]) != US_EAST_1:
        yield f"- {name}: its certificate is in {region}; CloudFront uses certificates of {US_EAST_1} only"
