"""Checks of the synthesised templates by third-party tools: `make audit`.

Each checker reports findings. The code of the stacks accepts a finding beside the resource, with a reason
(`stacks.nag.accept`). The audit fails for every finding that is not accepted, and for every acceptance
without a finding.
"""
