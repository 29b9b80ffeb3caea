"""Each handler against tables in memory, through recorded events.

The folders are those of `lambdas`: `api`, `authoriser`, `events`, `saga`, `scheduled`. Subjects with handlers
of several kinds have their own (`images`, `sales`, `webhooks`), and what all handlers must do is tested at
the top.
"""
