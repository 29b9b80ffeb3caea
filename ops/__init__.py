"""The operator's command line, for AWS and the local run alike: ``python -m ops --help``."""

# It puts the domain on the path, whose keys, records and events these are.
import local  # noqa: F401
