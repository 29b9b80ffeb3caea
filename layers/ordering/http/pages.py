"""The paths of the web pages beside `/docs`. Apart from the routes, which take long to load."""

SIGN_IN_PAGE = "/docs/sign-in"
"""Where the page at `/docs` receives an authorisation code."""
PROBLEM_PAGE = "/problems/{type}"
"""The page of a kind of problem, by its `type` or by the name at the end of it."""
