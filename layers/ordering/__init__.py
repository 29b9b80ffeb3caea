"""Orders: the domain, and the edges through which it meets the table, the providers and HTTP.

The domain (`money`, `product`, `stock`, `order`, `payment`, `shipping`, `story`, `events`) does no I/O
and imports no AWS library. The edges are `table` (the only place that knows keys and DynamoDB
expressions), `gateway` (the payment and shipping providers), `http` (the API's requests and answers)
and `saga` (what every step of the state machine shares).
"""
