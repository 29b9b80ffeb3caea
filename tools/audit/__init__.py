"""Checks of the synthesised templates by others' tools: `make audit`.

Each checker reports findings. A finding is accepted where the stacks' code says so beside the resource, with
its reason (`stacks.nag.accept`). The audit fails for every other finding, and for an acceptance that no
finding needs any more.
"""
