"""The operator's command line, for AWS and the local run alike: `.venv/bin/orders-ops --help`."""
