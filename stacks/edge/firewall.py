"""The web ACL in front of the distribution. An HTTP API itself can have none."""

import json
from typing import Final

from aws_cdk import aws_wafv2 as waf

from stacks.settings import Firewall
from stacks.stack import OrderStack

# "AWS Managed Rules rule groups list". Each costs a dollar a month.
_MANAGED: Final = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
)
# "Baseline rule groups", core rule set: it blocks a body of more than 8 KB, and the API accepts 64. Of a
# larger body, AWS WAF inspects the first 16 KB, and a rule whose request is too large does not match.
COUNTED_ONLY: Final = {"AWSManagedRulesCommonRuleSet": ("SizeRestrictions_BODY",)}

_TOO_MANY: Final = "TooManyRequests"
# As API Gateway writes it when a throttle refuses a request, so that clients need one rule for both.
_BODY: Final = json.dumps({"message": "Too Many Requests"}, separators=(",", ":"))


def firewall(stack: OrderStack, setting: Firewall) -> waf.CfnWebACL:
    """Returns the web ACL: requests of an address above the rate get 429, known attacks 403."""
    rules = [
        waf.CfnWebACL.RuleProperty(
            name="Rate",
            priority=0,
            statement=waf.CfnWebACL.StatementProperty(
                rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                    limit=setting.requests_in_five_minutes,
                    aggregate_key_type="IP",
                    evaluation_window_sec=300,
                )
            ),
            action=waf.CfnWebACL.RuleActionProperty(
                block=waf.CfnWebACL.BlockActionProperty(
                    custom_response=waf.CfnWebACL.CustomResponseProperty(
                        response_code=429,
                        custom_response_body_key=_TOO_MANY,
                        response_headers=[
                            waf.CfnWebACL.CustomHTTPHeaderProperty(name="retry-after", value="60")
                        ],
                    )
                )
            ),
            visibility_config=_visible("Rate"),
        ),
        *(
            waf.CfnWebACL.RuleProperty(
                name=name,
                priority=priority,
                statement=waf.CfnWebACL.StatementProperty(
                    managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
                        vendor_name="AWS",
                        name=name,
                        rule_action_overrides=[
                            waf.CfnWebACL.RuleActionOverrideProperty(
                                name=rule, action_to_use=waf.CfnWebACL.RuleActionProperty(count={})
                            )
                            for rule in COUNTED_ONLY.get(name, ())
                        ]
                        or None,
                    )
                ),
                override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
                visibility_config=_visible(name),
            )
            for priority, name in enumerate(_MANAGED, start=1)
        ),
    ]
    return waf.CfnWebACL(
        stack,
        "Firewall",
        scope="CLOUDFRONT",
        default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
        description=f"Order backend - {stack.settings.stage}",
        rules=rules,
        custom_response_bodies={
            _TOO_MANY: waf.CfnWebACL.CustomResponseBodyProperty(
                content=_BODY, content_type="APPLICATION_JSON"
            )
        },
        visibility_config=_visible("Firewall"),
    )


def _visible(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    """Returns that a rule is counted in CloudWatch. No samples are kept: they contain tokens."""
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
