"""The order backend: the code that all Lambda functions share.

| package        | contents                                                             |
|----------------|----------------------------------------------------------------------|
| `domain`       | the rules, without I/O and without an AWS library                    |
| `repositories` | stored records; only this package knows keys and indexes             |
| `dynamodb`     | the DynamoDB driver, which does not know the domain                  |
| `aws`          | clients of the other AWS services, and the logger                    |
| `providers`    | the payment provider and the carrier, and their sandboxes            |
| `http`         | requests, responses, the route table and the API's description       |
| `tokens`       | verification of access tokens                                        |
| `saga`         | what the steps of the state machine and their driver share           |
| `resilience`   | retries, circuits, time budgets and concurrency                      |
| `guards`       | the names of the conditions that the guarantees depend on            |
| `unreadable`   | reporting of stored records that cannot be read                      |
"""

import gc

# What a function imports is never garbage. By default Python searches it for cycles after every 2,000 new
# objects, dozens of times while a function starts. No start makes as many objects as this threshold, and a
# request leaves about twenty of them behind. A larger threshold is kept.
_OBJECTS_BETWEEN_SEARCHES = 100_000
if gc.isenabled() and gc.get_threshold()[0] < _OBJECTS_BETWEEN_SEARCHES:
    gc.set_threshold(_OBJECTS_BETWEEN_SEARCHES, *gc.get_threshold()[1:])
