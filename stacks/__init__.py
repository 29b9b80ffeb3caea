"""The AWS resources of the order backend: one CDK stage per environment, one file per stack."""
