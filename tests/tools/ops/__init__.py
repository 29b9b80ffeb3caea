"""The operator's command line, on a stage in memory."""
