"""The Lambda authoriser, against issuers on loopback and tables in memory."""
