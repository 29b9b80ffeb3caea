"""The page "Break it yourself": faults on request, and the guarantees beside them. Only a local run has it.

The web application's server on loopback (`local.web_server`) serves these routes. Nothing that is deployed
refers to them.
"""
