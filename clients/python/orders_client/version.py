"""The release of this client: semantic versioning."""

VERSION = "2.0.0"
