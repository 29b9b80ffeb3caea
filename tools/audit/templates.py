"""Loads the synthesised templates, and decides which findings of the checkers the stacks' code accepts."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from stacks import acceptances
from stacks.acceptances import Checker

Json = dict[str, Any]

ASSEMBLIES = Path("cdk.out")


@dataclass(frozen=True, slots=True)
class Template:
    """The template of one stack."""

    stage: str
    stack: str
    """`data`, `saga`, ..."""
    body: Json

    @property
    def name(self) -> str:
        """The path of the template for a checker: `dev/data.json`."""
        return f"{self.stage}/{self.stack}.json"


class Finding(NamedTuple):
    """A finding that a checker reports about one resource, or about a whole template."""

    stage: str
    stack: str
    resource: str
    """The logical id; empty for a finding in the rest of the template, for example in an output."""
    rule: str
    message: str

    def __str__(self) -> str:
        """Returns the finding as one line."""
        return f"{self.stage}/{self.stack} {self.resource}: {self.rule}: {self.message}"


class Acceptance(NamedTuple):
    """A finding that the stacks' code accepts."""

    stage: str
    stack: str
    resource: str
    rule: str
    """May end in `*`: parliament reports each action that a wildcard of a policy stands for."""
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The findings of a checker, compared with the acceptances."""

    unexplained: tuple[Finding, ...]
    accepted: Counter[tuple[str, str]]
    """(rule, reason) → how many findings are accepted for it."""
    unneeded: tuple[tuple[str, str], ...]
    """(rule, reason) of acceptances for which there is no finding in any template."""

    @property
    def passed(self) -> bool:
        """Whether every finding is accepted, and every acceptance is needed."""
        return not self.unexplained and not self.unneeded


def load(stages: Sequence[str], assemblies: Path = ASSEMBLIES) -> list[Template]:
    """Returns the templates of the stages.

    Raises SystemExit with the command to run if a stage has not been synthesised.
    """
    templates = []
    for stage in stages:
        found = sorted(assemblies.glob(f"{stage}/assembly-*/manifest.json"))
        if not found:
            raise SystemExit(f"{assemblies}/{stage} contains no template: make synth STAGE={stage}")
        for manifest in found:
            for artifact in json.loads(manifest.read_text())["artifacts"].values():
                if artifact["type"] == "aws:cloudformation:stack":
                    properties = artifact["properties"]
                    templates.append(
                        Template(
                            stage,
                            properties["stackName"].rpartition("-")[2],
                            json.loads((manifest.parent / properties["templateFile"]).read_text()),
                        )
                    )
    return templates


def write_without_acceptances(templates: Iterable[Template], directory: Path, checker: Checker) -> list[Path]:
    """Write the templates for a checker, without its own metadata. Returns their paths.

    Then the checker suppresses nothing, so acceptances that are no longer needed are noticed.
    """
    paths = []
    for template in templates:
        body = _without(checker, template.body)
        body["Resources"] = {id: _without(checker, each) for id, each in body["Resources"].items()}
        path = directory / template.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(body, indent=1))
        paths.append(path)
    return paths


def _without(checker: Checker, part: Json) -> Json:
    kept = {key: value for key, value in part.get("Metadata", {}).items() if key != checker}
    without = {key: value for key, value in part.items() if key != "Metadata"}
    return without | ({"Metadata": kept} if kept else {})


def accepted_in(templates: Iterable[Template], checker: Checker) -> Iterator[Acceptance]:
    """Yields each acceptance in the templates' metadata."""
    for template in templates:
        for id, part in (("", template.body), *template.body["Resources"].items()):
            metadata = part.get("Metadata", {}).get(checker)
            for rule, reason in acceptances.read(checker, metadata).items():
                yield Acceptance(template.stage, template.stack, id, rule, reason)


def judge(findings: Iterable[Finding], accepted: Iterable[Acceptance]) -> Verdict:
    """Returns which findings are not accepted, and which acceptances are not needed.

    An acceptance is written once in the code and appears in the templates of many resources and stages. It is
    needed if one of them has the finding.
    """
    by_resource: defaultdict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
    for each in accepted:
        by_resource[each.stage, each.stack, each.resource].append((each.rule, each.reason))
    unexplained: list[Finding] = []
    used: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        for rule, reason in by_resource[finding.stage, finding.stack, finding.resource]:
            if fnmatchcase(finding.rule, rule):
                used[rule, reason] += 1
                break
        else:
            unexplained.append(finding)
    written = {each for several in by_resource.values() for each in several}
    return Verdict(tuple(unexplained), used, tuple(sorted(written - used.keys())))
