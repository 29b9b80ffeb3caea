"""The command `status`: whether everything is well, and what needs a person."""
