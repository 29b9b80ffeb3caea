"""Names and distributions: the custom domain, CloudFront in front of the API, and the web application."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

US_EAST_1: Final = "us-east-1"
"""The region of everything that belongs to CloudFront: certificates, web ACLs, logs and metrics."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A custom domain name for the API, and the ARN of its ACM certificate, in the API's region."""

    name: str
    certificate_arn: str


class PriceClass(StrEnum):
    """From where CloudFront serves a stage: fewer places cost less ("Choose the price class")."""

    AMERICA_AND_EUROPE = "PriceClass_100"
    MOST = "PriceClass_200"
    ALL = "PriceClass_All"


@dataclass(frozen=True, slots=True, kw_only=True)
class Firewall:
    """A web ACL of AWS WAF in front of the distribution. It costs about ten dollars a month."""

    requests_in_five_minutes: int = 2000
    """How many requests an IP address may send in five minutes. Others get 429."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionSettings:
    """The settings that every distribution of CloudFront has."""

    aliases: tuple[str, ...] = ()
    """The names under which it is reached. In DNS, they must point at the distribution's own name."""
    certificate_arn: str | None = None
    """The ARN of an ACM certificate for all aliases, in us-east-1."""
    price_class: PriceClass = PriceClass.AMERICA_AND_EUROPE
    firewall: Firewall | None = None
    """None: no web ACL; only the API's own throttles limit requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge(DistributionSettings):
    """CloudFront in front of the API. Its stack is deployed to us-east-1 (docs/edge.md)."""

    closes_api: bool = True
    """Whether the API accepts only requests that came through the distribution.

    To put the edge in front of an API that is in use, deploy it with False first, then move its clients.
    """
    secret_numbers: tuple[int, ...] = (1,)
    """The secrets that the API accepts as a proof. The distribution sends the last one.

    To replace a secret, deploy `(1, 2)`, then `(2,)`.
    """
    engine: str | None = None
    """The address of the local engine, which is in stage local what the API's own name is elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebApplication(DistributionSettings):
    """The web application, on a distribution of its own. Its stack is in us-east-1 (docs/web.md)."""

    address: str | None = None
    """Without aliases, the output WebUrl of the first deployment: `https://d111111abcdef8.cloudfront.net`.

    People are redirected to it after they have signed in.
    """

    @property
    def origins(self) -> tuple[str, ...]:
        """Its origins as a browser writes them; none if it has only the name that CloudFront gives it."""
        named = tuple(f"https://{alias}" for alias in self.aliases)
        return named or ((self.address,) if self.address else ())
