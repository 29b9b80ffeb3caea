"""Templates to check."""

from typing import Any

from tools.audit.templates import Template

QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {}}


def template(resources: dict[str, Any], *, stage: str = "dev", stack: str = "data", **more: Any) -> Template:
    """The template of one stack."""
    return Template(stage, stack, {"Resources": resources, **more})
