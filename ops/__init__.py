"""The operator's command line, for AWS and the local run alike: `orders-ops --help`."""
