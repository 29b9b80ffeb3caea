"""Fills the constants of a stage into the code of a CloudFront function."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

# "Quotas on CloudFront Functions": the maximum size of a function.
MAX_BYTES: Final = 10 * 1024


def filled(source: Path, constants: Mapping[str, tuple[str, object]]) -> str:
    """Returns the code of a function with its constants: name → how the source declares it, and its value.

    Raises ValueError if the source does not have each constant once, or the function is too large.
    """
    text = source.read_text()
    for name, (empty, value) in constants.items():
        line = f"const {name} = {empty};\n"
        if text.count(line) != 1:
            raise ValueError(f"{source.name} must contain this line once: {line}")
        text = text.replace(line, f"const {name} = {json.dumps(value)};\n")
    if len(text.encode()) > MAX_BYTES:
        raise ValueError(f"{source.name} has more than {MAX_BYTES} bytes")
    return text
