"""Entity tags of RFC 9110, compared with the grammar of the RFC and with the parser of werkzeug."""

import time
from contextlib import suppress

import pytest
from abnf.grammars import rfc9110
from abnf.parser import ParseError
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from werkzeug.http import parse_etags

from ordering.http.entity_tags import EntityTags, MalformedEntityTags, entity_tag, entity_tags
from ordering.http.parameters import IF_MATCH

OPAQUE = st.text(st.characters(codec="ascii", min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"'))
TAG = st.builds(lambda weak, opaque: f'{weak}"{opaque}"', st.sampled_from(["", "W/"]), OPAQUE)
WHITE_SPACE = st.text(" \t", max_size=2)
SEPARATOR = st.builds("{},{}".format, WHITE_SPACE, WHITE_SPACE)
PIECES = ['"', "W/", "w/", "*", ",", " ", "\t", "a", "'", "\\", '"a"', '"*"']
NEARLY = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
_IF_MATCH = rfc9110.Rule("If-Match")


def named(strong: set[str], weak: set[str]) -> EntityTags:
    return EntityTags(strong=frozenset(strong), weak=frozenset(weak))


LISTS = {
    '"a"': named({"a"}, set()),
    '""': named({""}, set()),
    'W/"a"': named(set(), {"a"}),
    '"a", W/"a"': named({"a"}, {"a"}),
    '"a","b" ,\t"c"': named({"a", "b", "c"}, set()),
    '"*"': named({"*"}, set()),
    'W/"*"': named(set(), {"*"}),
    '"a,b"': named({"a,b"}, set()),
    '"a", "*", "b"': named({"a", "*", "b"}, set()),
    '"\\"': named({"\\"}, set()),
    '"W/"': named({"W/"}, set()),
    '"é\u0080"': named({"é\u0080"}, set()),
    '"a",,"b"': named({"a", "b"}, set()),
    ', ,"a",': named({"a"}, set()),
    "": named(set(), set()),
    " , ": named(set(), set()),
    "*": EntityTags(any=True),
    " *\t": EntityTags(any=True),
}


@pytest.mark.parametrize(("text", "tags"), LISTS.items(), ids=map(repr, LISTS))
def test_a_list_of_tags_is_read(text: str, tags: EntityTags) -> None:
    """Empty members are skipped (RFC 9110, section 5.6.1.2); `*` means any tag only if it is alone."""
    assert entity_tags(text) == tags


@pytest.mark.parametrize(
    "text",
    [
        *("a", "'a'", '"a', 'a"', '"', '"a"b', '"a""b"', '"a" "b"', '"a";"b"', 'w/"a"', 'W/ "a"', 'W /"a"'),
        *(
            "W/",
            "W/*",
            "*,*",
            '*, "a"',
            '"a", *',
            "**",
            '"a b"',
            '"a\tb"',
            '"a\x7f"',
            '"a\n"',
            '"a"\n',
            '\x0b"a"',
        ),
    ],
    ids=repr,
)
def test_a_malformed_list_of_tags_is_refused(text: str) -> None:
    with pytest.raises(MalformedEntityTags):
        entity_tags(text)


def test_weak_tag_is_valid_for_reads_but_not_for_changes() -> None:
    """RFC 9110, section 8.8.3.2."""
    strong, weak, other = entity_tags('"a"'), entity_tags('W/"a"'), entity_tags('"b", W/"c"')
    assert (strong.matches_weakly("a"), weak.matches_weakly("a"), other.matches_weakly("a")) == (
        True,
        True,
        False,
    )
    assert (strong.matches_strongly("a"), weak.matches_strongly("a"), other.matches_strongly("a")) == (
        True,
        False,
        False,
    )
    assert entity_tags("*").matches_weakly("a")
    assert entity_tags("*").matches_strongly("a")


@given(st.text(st.characters(codec="ascii"), max_size=6) | NEARLY | st.lists(TAG, max_size=4).map(", ".join))
@example("*")
@example('"*"')
@example('"a", *')
def test_accepted_tags_match_the_grammar_of_the_rfc(text: str) -> None:
    """That grammar is for senders: no empty member and no white space. So both are removed first."""
    members = [member.strip(" \t") for member in _members(text)]
    by_grammar = ",".join(member for member in members if member)
    try:
        _IF_MATCH.parse_all(by_grammar)
        grammatical = by_grammar != "*" or members == ["*"]
    except ParseError:
        grammatical = False
    try:
        entity_tags(text)
        accepted = True
    except MalformedEntityTags:
        accepted = False
    assert accepted == grammatical


def _members(text: str) -> list[str]:
    """Returns the text, split at each comma that is not inside quotes."""
    parts = [""]
    quoted = False
    for character in text:
        quoted ^= character == '"'
        if character == "," and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return parts


@given(st.lists(TAG | st.just(""), min_size=1, max_size=6), st.lists(SEPARATOR, min_size=6, max_size=6))
def test_werkzeug_reads_the_same_tags(tags: list[str], separators: list[str]) -> None:
    text = tags[0] + "".join(f"{by}{tag}" for by, tag in zip(separators, tags[1:], strict=False))
    theirs, ours = parse_etags(text), entity_tags(text)
    assert ours.any == theirs.star_tag is False
    # Werkzeug returns None for an empty tag.
    assert {tag or None for tag in ours.strong} == set(theirs.as_set())
    assert {tag or None for tag in ours.strong | ours.weak} == set(theirs.as_set(include_weak=True))


@given(st.text(max_size=6) | NEARLY | st.lists(TAG, max_size=4).map(", ".join))
def test_tag_pattern_in_the_description_matches_the_parser(text: str) -> None:
    try:
        entity_tags(text)
        accepted = True
    except MalformedEntityTags:
        accepted = False
    assert Draft202012Validator(IF_MATCH.schema).is_valid(text) == accepted


@given(OPAQUE)
def test_written_tag_is_read_back(opaque: str) -> None:
    assert entity_tags(entity_tag(opaque)) == named({opaque}, set())


@pytest.mark.parametrize("unit", ['"', '"",', " ", ", ", "W/", '"a" ', "\t,"])
def test_reading_a_header_takes_linear_time(unit: str) -> None:
    started = time.process_time()
    for text in (unit * 10_000, unit * 10_000 + "x"):
        with suppress(MalformedEntityTags):
            entity_tags(text)
    assert time.process_time() - started < 1
