"""The recorded logical ids of every resource that holds something which a deployment cannot create again.

    ACKNOWLEDGE="why" .venv/bin/python -m tests.infra.stateful

records the present ones. CloudFormation replaces a resource whose logical id changes: it creates an empty
one, and deletes or abandons the old one. So a change of an id needs a reason, which the file keeps.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from stacks.settings import STAGES as SETTINGS
from stacks.settings.protection import with_examples
from tests.infra.cloudformation import DATA, HELD
from tests.infra.switches import SWITCHES
from tests.synth import Synthesised, synthesised, synthesised_with

RECORDED_IN = Path(__file__).resolve().parent / "stateful.json"
STAGES = ("dev", "staging", "prod")
EVERYTHING = "prod with every setting"
# One after the other: what all settings that add resources add.
_TURNED = ("mail, backups, canary", "web client, managed login", "budget", "customer key")

Recorded = dict[str, dict[str, dict[str, str]]]
"""stage → `stack/logical id` → its type, and what CloudFormation does when it is removed."""


def stateful(app: Synthesised) -> dict[str, dict[str, str]]:
    """`stack/logical id` → its type and its DeletionPolicy, of every resource that holds something."""
    return {
        f"{resource.stack}/{resource.id}": {
            "type": resource.type,
            "removed": resource.body.get("DeletionPolicy", "Delete"),
        }
        for resource in app.resources(*sorted(DATA | HELD))
    }


def app_of(stage: str) -> Synthesised:
    """A stage as committed; EVERYTHING: what an owner may have turned on."""
    if stage != EVERYTHING:
        return synthesised(stage)
    settings = with_examples(SETTINGS["prod"])
    for switch in _TURNED:
        settings = SWITCHES[switch](settings)
    return synthesised_with(with_examples(settings), checks=False)


def present() -> Recorded:
    """What the templates contain now."""
    return {stage: dict(sorted(stateful(app_of(stage)).items())) for stage in (*STAGES, EVERYTHING)}


def recorded() -> Recorded:
    """What the file contains."""
    resources: Recorded = json.loads(RECORDED_IN.read_text())["resources"]
    return resources


def lost(before: Recorded, after: Recorded) -> list[str]:
    """Returns what is recorded and no longer there, or no longer the same: what needs a reason."""
    return [
        f"{stage}: {id} ({was['type']}) {'has gone' if id not in after.get(stage, {}) else 'has changed'}"
        for stage, resources in before.items()
        for id, was in resources.items()
        if after.get(stage, {}).get(id) != was
    ]


def main() -> None:
    """Record the present ids. Raises SystemExit if one is lost without a reason."""
    written: dict[str, Any] = {"acknowledged": [], "resources": {}}
    if RECORDED_IN.exists():
        written = json.loads(RECORDED_IN.read_text())
    now = present()
    if changes := lost(written["resources"], now):
        reason = os.environ.get("ACKNOWLEDGE", "").strip()
        if not reason:
            sys.exit(
                "\n".join(
                    [*changes, 'If this is right: ACKNOWLEDGE="why" .venv/bin/python -m tests.infra.stateful']
                )
            )
        written["acknowledged"].append({"reason": reason, "changes": changes})
    written["resources"] = now
    RECORDED_IN.write_text(json.dumps(written, indent=1) + "\n")


if __name__ == "__main__":
    main()
