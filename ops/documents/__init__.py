"""What each command prints with `--json`: one document, always with all its fields.

A class here is the document of the command that it names. docs/operations-json.md has an example of each. A
test reads every example, and every document that a command prints, by these classes.
"""
