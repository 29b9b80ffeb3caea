"""The release of this client: semantic versioning."""

VERSION = "1.0.0"
