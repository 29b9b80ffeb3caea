"""How `drive_order` spends its 150 seconds. A test adds them up.

| seconds | for                                                                                    |
|---------|----------------------------------------------------------------------------------------|
| 1       | reading the circuits, once for a batch                                                 |
| 1       | reading the order's ids for the log                                                    |
| 4       | taking the order's lease                                                               |
| 131     | the execution, whose own time-out is 120 s                                             |
| 7       | after a failure: reading the order, recording the fault and the circuit                |
| 6       | the reserve: one call that hides the failed messages for longer, and the response      |

Messages that are not done when only the reserve is left are reported as failed.
"""

RESERVE_SECONDS = 6.0
# After this time, no further order of a batch is begun: the other messages are redelivered soon. An execution
# that begins at this time still has far longer than an execution usually takes.
BEGIN_SECONDS = 60.0
# How long a message that was not begun stays hidden: a random time between these two.
NOT_BEGUN_SECONDS = (5, 15)
# If no order of a batch has ended for this long, the messages that are done are deleted before the others.
HELD_UP_SECONDS = 2.0

# Longer than the function can run (150 s), and so than any execution that it waits for.
LEASE_SECONDS = 160
