"""The OpenID Connect provider of the local run."""
