"""The cache behaviours of the distribution, derived from the route table."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ordering.http import parameters as params
from ordering.http.routes import Route

# "Quotas on distributions": cache behaviours for each distribution, without asking for more.
MAX_BEHAVIOURS: Final = 75

_PARAMETER = re.compile(r"\{\w+\}")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What CloudFront does with the requests whose path matches a pattern."""

    pattern: str
    cached: Route | None
    """The route whose responses may be cached; None: nothing is."""

    @property
    def compressed(self) -> bool:
        """Whether CloudFront compresses the responses.

        It would make the `ETag` of a response that it compresses weak ("Serve compressed files", ETag header
        conversion), and the API refuses a weak tag in `If-Match`.
        """
        return self.cached is not None and not (
            params.ETAG in self.cached.headers or self.cached.media_type.startswith("image/")
        )


def is_cached(route: Route) -> bool:
    """Whether caches may share the responses of a route.

    It needs no token, and says in `Cache-Control` for how long it may be cached. Every other response has
    `no-store`.
    """
    return route.method == "GET" and route.scope is None and params.CACHE_CONTROL in route.headers


def behaviours(routes: Sequence[Route]) -> list[Behaviour]:
    """Returns the cache behaviours in order: CloudFront uses the first one whose pattern matches.

    A path without a behaviour is not cached. A path needs a behaviour that does not cache only if the pattern
    of a cached path matches it too: `*` matches any characters, and also `/`.
    """
    cached = {pattern_of(route.path): route for route in routes if is_cached(route)}
    others = {pattern_of(route.path) for route in routes} - cached.keys()
    shadowed = {other for other in others if any(_matches(pattern, other) for pattern in cached)}
    return [Behaviour(pattern, cached.get(pattern)) for pattern in _specific_first(cached.keys() | shadowed)]


def pattern_of(path: str) -> str:
    """Returns the path pattern of a route's path: `/products/{sku}` → `/products/*`."""
    return _PARAMETER.sub("*", path)


def first_match(found: Sequence[Behaviour], path: str) -> Behaviour | None:
    """Returns the behaviour that CloudFront uses for a path; None: the default behaviour."""
    return next((each for each in found if _matches(each.pattern, path)), None)


def _specific_first(patterns: set[str]) -> Iterator[str]:
    """Yields the patterns so that none comes after a pattern that matches all of its paths."""
    left = sorted(patterns)
    while left:
        first = next(
            each for each in left if not any(_matches(each, other) for other in left if other != each)
        )
        left.remove(first)
        yield first


def _matches(pattern: str, path: str) -> bool:
    """Whether a path matches a pattern: `*` is any number of characters, and `?` is not used."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), path) is not None
