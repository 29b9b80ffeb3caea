"""The description of the events (AsyncAPI), generated from the code; its page; and the check of changes."""
