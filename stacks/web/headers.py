"""The headers of the web application's files, from `web/headers.json`, which the local server reads too."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from aws_cdk import Duration
from aws_cdk import aws_cloudfront as cloudfront

_SOURCE: Final = Path(__file__).resolve().parents[2] / "web" / "headers.json"


@cache
def _described() -> Any:
    return json.loads(_SOURCE.read_text())


def cache_control(path: str) -> str:
    """Returns `Cache-Control` of a file (`/assets/x.js`), by the longest prefix that has a rule."""
    rules: Mapping[str, str] = _described()["cache"]
    return rules[max((prefix for prefix in rules if path.startswith(prefix)), key=len)]


def headers(connects: Mapping[str, str]) -> dict[str, str]:
    """Returns the headers of every file. `connects` are the values of the placeholders in the policy."""
    described = _described()
    found: dict[str, str] = described["every"] | described["https"]
    policy = found["Content-Security-Policy"]
    for name, value in connects.items():
        policy = policy.replace(f"{{{name}}}", value)
    return found | {"Content-Security-Policy": re.sub(" +(?=[ ;])", "", policy)}


def security_headers(sent: Mapping[str, str]) -> cloudfront.ResponseSecurityHeadersBehavior:
    """Returns the headers for which CloudFront has separate fields.

    They cannot be sent as custom headers ("Custom headers", Understand response headers policies).
    Raises ValueError if a field cannot have the value of its header.
    """
    hsts = re.fullmatch(r"max-age=(\d+); includeSubDomains", sent["Strict-Transport-Security"])
    if hsts is None or sent["X-Content-Type-Options"] != "nosniff":
        raise ValueError(
            f"CloudFront cannot send Strict-Transport-Security or X-Content-Type-Options of {_SOURCE}"
        )
    return cloudfront.ResponseSecurityHeadersBehavior(
        content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
            content_security_policy=sent["Content-Security-Policy"], override=True
        ),
        content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
        frame_options=cloudfront.ResponseHeadersFrameOptions(
            frame_option=cloudfront.HeadersFrameOption[sent["X-Frame-Options"]], override=True
        ),
        referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
            referrer_policy=cloudfront.HeadersReferrerPolicy[
                sent["Referrer-Policy"].upper().replace("-", "_")
            ],
            override=True,
        ),
        strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
            access_control_max_age=Duration.seconds(int(hsts[1])), include_subdomains=True, override=True
        ),
    )


# The fields of `security_headers`.
_WITH_A_FIELD: Final = frozenset(
    {
        *("Content-Security-Policy", "Referrer-Policy", "Strict-Transport-Security"),
        *("X-Content-Type-Options", "X-Frame-Options"),
    }
)


def other_headers(sent: Mapping[str, str]) -> cloudfront.ResponseCustomHeadersBehavior:
    """Returns the headers for which CloudFront has no separate field."""
    return cloudfront.ResponseCustomHeadersBehavior(
        custom_headers=[
            cloudfront.ResponseCustomHeader(header=name, value=value, override=True)
            for name, value in sent.items()
            if name not in _WITH_A_FIELD
        ]
    )
