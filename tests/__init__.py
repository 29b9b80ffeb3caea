"""The tests: `unit`, `lambdas`, `saga`, `infra`, `local`, and `e2e` through HTTP against a local engine."""
