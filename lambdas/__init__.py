"""The Lambda functions, one file each.

| folder       | its functions are started by                       |
|--------------|----------------------------------------------------|
| `api`        | a request to a route of the HTTP API               |
| `authoriser` | API Gateway, before it calls a function of `api`   |
| `events`     | the table's stream, and queues                     |
| `saga`       | a state of the state machine                       |
| `scheduled`  | a schedule                                         |
"""
