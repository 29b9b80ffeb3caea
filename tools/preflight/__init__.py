"""The checks of an AWS account before a deployment: `make preflight`."""
