"""The recorded templates of the last release, so that the upgrade from it can be tested.

    .venv/bin/python -m tests.infra.releases COMMIT

records the templates of this checkout as the last release's, once a release is made.
"""

import json
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from stacks.settings import STAGES, MailSettings, Settings
from stacks.settings.protection import with_examples
from tests.synth import Json, synthesised_with

_RECORDED = Path(__file__).resolve().parent / "released"
MAIL = MailSettings("The mug shop <orders@shop.example>", "shop.example")


class Release(NamedTuple):
    """One stage as a release deployed it."""

    commit: str
    order: list[str]
    """The stacks, in the order in which they were deployed."""
    templates: dict[str, Json]


def recorded_settings(name: str) -> Settings:
    """The settings of a recorded stage: `dev` as it is, `prod` with mail, by its example."""
    settings = with_examples(STAGES[name])
    return replace(settings, mail=MAIL) if name == "prod" else settings


RECORDED = ("dev", "prod")


@cache
def last_release(name: str) -> Release:
    """The last release's stage of this name."""
    return Release(**json.loads((_RECORDED / f"{name}.json").read_text()))


def _record(commit: str) -> None:
    for name in RECORDED:
        app = synthesised_with(recorded_settings(name), checks=False)
        written = Release(commit, app.order, app.templates)._asdict()
        text = json.dumps(written, sort_keys=True, separators=(",", ":"))
        (_RECORDED / f"{name}.json").write_text(f"{text}\n")


if __name__ == "__main__":
    _record(sys.argv[1])
