"""The JSON document that each command prints with `--json`; it always has all its fields.

Each subclass of `Document` belongs to the command that it names. docs/operations-json.md has an example of
each. A test decodes every example, and every document that a command prints, with these classes.
"""
