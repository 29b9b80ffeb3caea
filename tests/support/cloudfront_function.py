"""CloudFront functions, run by Node.js as CloudFront runs them.

The runtime is `cloudfront-js-2.0` ("JavaScript runtime 2.0 features for CloudFront Functions"). Node.js
accepts more, so the words that the runtime does not know are looked for.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Event = dict[str, Any]

# One line of JSON for each event, so that a property test needs one process.
_LOOP = """
require("readline").createInterface({input: process.stdin}).on("line", function (line) {
  console.log(JSON.stringify(handler(JSON.parse(line))));
});
"""


class FunctionProcess:
    """A function in a process of Node.js."""

    def __init__(self, code: str) -> None:
        self._process = subprocess.Popen(
            ["node", "--eval", code + _LOOP], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, request: Event) -> Event:
        """Returns the request that the function returns."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"request": request}) + "\n")
        self._process.stdin.flush()
        answer: Event = json.loads(self._process.stdout.readline())
        return answer

    def end(self) -> None:
        """End the process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=30)
        assert self._process.stdout
        self._process.stdout.close()


@contextmanager
def running(code: str) -> Iterator[FunctionProcess]:
    """Runs a function until the test has ended."""
    process = FunctionProcess(code)
    yield process
    process.end()


# "JavaScript runtime 2.0 features for CloudFront Functions": statements, literals, functions, restricted
# features. Each of these is in Node.js and not in that list.
_UNKNOWN_TO_THE_RUNTIME = {
    "for-of": r"\bfor\s*\([^;)]*\bof\b",
    "class": r"\bclass\b",
    "spread or rest": r"\.\.\.",
    "optional chaining": r"\?\.(?!\d)",
    "nullish coalescing": r"\?\?",
    "destructuring": r"\b(?:const|let|var)\s*[\[{]",
    "Object.hasOwn": r"\bObject\.hasOwn\b",
    "default argument": r"function\s*\w*\([^)]*=",
    "timer": r"\bsetTimeout\b|\bsetInterval\b",
    "network or file": r"\bfetch\b|\brequire\b|\bimport\b",
    "eval": r"\beval\b|\bFunction\(",
}


def features_unknown_to_the_runtime(source: Path) -> list[str]:
    """Returns the features that the source uses and the runtime lacks."""
    code = re.sub(r"//.*", "", source.read_text())
    return [feature for feature, pattern in _UNKNOWN_TO_THE_RUNTIME.items() if re.search(pattern, code)]
