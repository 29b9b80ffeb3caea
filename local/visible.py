"""Text that somebody else has written, made safe to print: what a terminal would obey is shown instead."""


def visible(text: str) -> str:
    r"""The text on one line, with an escape (`\x1b`, `\u202e`, `\n`) for each character that has no shape.

    Control and escape characters could clear the screen or forge a line, overrides of the direction turn
    one round, separators end it, and what is invisible hides in it. All of them are what `str.isprintable`
    says no to; of spaces it knows only the common one.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escape(each) for each in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()
