"""The synthesised state machine, run in this process against the real handlers."""
