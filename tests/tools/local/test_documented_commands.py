"""Every command that a reader is told to type begins with something that a fresh shell has."""

import importlib.util
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.toolchains import ROOT

# What the README and the API guide ask for, and the command line of AWS, which runbooks use.
_HAS = frozenset({"python3", "npm", "npx", "make", "git", "curl", "jq", "aws"})
_OF_THE_SHELL = frozenset(
    {
        "export",
        "for",
        "while",
        "do",
        ":",
        "done",
        "[",
        "mktemp",
        "date",
        "grep",
        "cut",
        "tr",
        "echo",
        "cd",
        "mkdir",
        "cat",
        "tail",
        "time",
        "wc",
    }
)
_BLOCK = re.compile(r"^ *```(?P<language>sh|console)\n(?P<lines>.*?)^ *```", re.M | re.S)
_INLINE = re.compile(r"`(?P<typed>[^`\n]+)`")
_DOCUMENTS = sorted([ROOT / "README.md", ROOT / "clients/python/README.md", *(ROOT / "docs").rglob("*.md")])
_TARGETS = frozenset(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))


def _commands(typed: str) -> Iterator[list[str]]:
    """The simple commands of a piece of shell, each as its words, without the variables set before them."""
    # What a substitution runs is a command of its own.
    for inner in re.findall(r"\$\(((?:[^()]|\([^()]*\))*)\)", typed):
        yield from _commands(inner)
    lexer = shlex.shlex(typed.replace("\\\n", " "), posix=True, punctuation_chars="();|&\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    words: list[str] = []
    for token in [*lexer, "\n"]:
        if set(token) <= set("();|&\n"):
            if words:
                yield words
            words = []
        elif words or not re.match(r"\w+=", token):
            words.append(token)


def _written(path: Path) -> Iterator[str]:
    """The commands of a document: of its blocks for a shell, and those that stand in its sentences."""
    text = path.read_text()
    for block in _BLOCK.finditer(text):
        lines = block["lines"]
        if block["language"] == "console":
            lines = "\n".join(line[2:] for line in lines.splitlines() if line.startswith("$ "))
        yield lines
    for inline in _INLINE.finditer(_BLOCK.sub("", text)):
        first, _, rest = inline["typed"].partition(" ")
        if rest and (
            first in {"make", "npx", "python", "python3", "pip", "pytest", "cdk"} or ".venv/" in first
        ):
            yield inline["typed"]


def _without_comments(typed: str) -> str:
    """The text without comments: each begins with a `#` at the start of a word, outside of quotes."""
    kept, quote, in_comment = [], "", False
    for before, char in zip(f"\n{typed}", typed, strict=False):
        in_comment = char != "\n" and (in_comment or (char == "#" and not quote and before.isspace()))
        if in_comment:
            continue
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        kept.append(char)
    return "".join(kept)


def _wrong(words: list[str]) -> str | None:
    """Why a fresh shell in the project's folder cannot start a command; None where it can."""
    program, *arguments = words
    if program in _OF_THE_SHELL or program.startswith("$"):
        return None
    if "/" in program:
        if not os.access(ROOT / program, os.X_OK):
            return f"there is no {program}"
        if program.endswith("/python") and arguments[:1] == ["-m"] and not _is_module(arguments[1]):
            return f"there is no module {arguments[1]}"
        return None
    if program not in _HAS:
        return f"a fresh shell has no {program}"
    if program == "npx":
        return None if (ROOT / "node_modules" / ".bin" / arguments[0]).exists() else f"no {arguments[0]}"
    if program == "make":
        targets = [each for each in arguments if re.fullmatch(r"[a-z-]+", each)]
        unknown = set(targets) - _TARGETS
        return f"make has no {', '.join(sorted(unknown))}" if unknown else None
    return None


def _is_module(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


@pytest.mark.parametrize("document", _DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_begins_with_something_that_exists(document: Path) -> None:
    wrong = {
        shlex.join(words): why
        for typed in _written(document)
        for words in _commands(_without_comments(typed))
        if (why := _wrong(words))
    }
    assert wrong == {}


def test_documents_have_commands_of_every_kind() -> None:
    """Or the test above would find nothing wrong where it reads nothing."""
    programs = {
        words[0] for document in _DOCUMENTS for typed in _written(document) for words in _commands(typed)
    }
    assert programs >= {".venv/bin/orders-ops", ".venv/bin/python", "make", "npx", "curl", "jq", "aws"}


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("python -m ops dlq", "a fresh shell has no python"),
        ("orders-ops dlq", "a fresh shell has no orders-ops"),
        ("source .venv/bin/activate", "a fresh shell has no source"),
        (".venv/bin/no-such-program", "there is no .venv/bin/no-such-program"),
        (".venv/bin/python -m no_such_module", "there is no module no_such_module"),
        ("make no-such-target", "make has no no-such-target"),
        ('KEY=1 X="$(python -m ops)" make up', "a fresh shell has no python"),
        ("make up && pytest", "a fresh shell has no pytest"),
        ("curl -s x | python -m json.tool", "a fresh shell has no python"),
        ("npx no-such-tool", "no no-such-tool"),
        ("make test SUB=a ACKNOWLEDGE='why not'", None),
        ("NAME='{\n  \"pip\": 1\n}'\nmake up", None),
    ],
)
def test_command_that_a_fresh_shell_lacks_is_reported(typed: str, why: str | None) -> None:
    found = [wrong for words in _commands(typed) if (wrong := _wrong(words))]
    assert found == ([why] if why else [])


@pytest.mark.slow
def test_messages_of_the_code_name_only_commands_of_a_fresh_shell() -> None:
    """Helps, messages and docstrings: what they tell to type begins at the project's folder."""
    here = Path(__file__)
    folders = ("layers/ordering", "lambdas", "stacks", "clients/python", "local", "ops", "tools", "tests")
    lacking = re.compile(r"(?<![/\w])python3? -m (?!venv|pip)\w|(?<![/\w])source \.venv")
    assert {
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if path != here
        for line in path.read_text().splitlines()
        if lacking.search(line)
    } == set()
