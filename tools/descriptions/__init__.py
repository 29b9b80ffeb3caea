"""The common parts of both descriptions: the committed copy, and the comparison of schemas."""
