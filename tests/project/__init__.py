"""The repository's own files: its documentation, version, workflow and tool configuration."""
