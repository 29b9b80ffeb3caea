"""Writes the notes of a release, which are its section of CHANGELOG.md.

    make release-notes TAG=v1.0.0

writes cdk.out/release-notes.md. Refuses a tag that is not the version in pyproject.toml, or has no section.
"""

import re
import sys
import tomllib
from pathlib import Path

_PROJECT = Path(__file__).resolve().parent.parent
_OUTPUT = Path("cdk.out", "release-notes.md")
_LINK = re.compile(r"\]\((?!\w+:|#)([^)\s]+)\)")


class NoRelease(Exception):
    """The tag does not name a release of this tree."""


def release_notes(tag: str, version: str, changelog: str) -> str:
    """Returns the section of the release that `tag` names, without its heading.

    Links into the repository become text, because the page of a release is not in the repository's folders.

    Raises NoRelease if the tag is not `v` and the version, or if the changelog has no text for it.
    """
    if tag != f"v{version}":
        raise NoRelease(
            f"Tag {tag} is not the version in pyproject.toml: "
            f"set project.version, or tag this commit v{version}."
        )
    heading = re.compile(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", re.M)
    found = heading.search(changelog)
    if found is None:
        raise NoRelease(
            f"CHANGELOG.md has no section `## [{version}] - YYYY-MM-DD`: rename Unreleased to it."
        )
    section = re.split(r"^## ", changelog[found.end() :], maxsplit=1, flags=re.M)[0].strip()
    if not section:
        raise NoRelease(f"The section of {version} in CHANGELOG.md is empty.")
    return _LINK.sub(lambda link: f"] (`{link[1]}`)", section)


def main(tag: str) -> int:
    """Write the notes; returns the exit status."""
    project = tomllib.loads((_PROJECT / "pyproject.toml").read_text())["project"]
    try:
        notes = release_notes(tag, project["version"], (_PROJECT / "CHANGELOG.md").read_text())
    except NoRelease as error:
        print(error, file=sys.stderr)
        return 1
    _OUTPUT.parent.mkdir(exist_ok=True)
    _OUTPUT.write_text(notes + "\n")
    print(_OUTPUT)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
