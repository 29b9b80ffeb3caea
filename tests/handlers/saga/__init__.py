"""The steps of the saga, one file for each."""
