"""The synthesised state machine, run in this process with the deployed handlers."""
