"""The description of the events (AsyncAPI), generated from the code, its page, and what a change does."""
