"""Where the 150 seconds of `drive_order` go. A test adds them up.

| seconds | what for                                                                               |
|---------|----------------------------------------------------------------------------------------|
| 1.5     | reading the circuits, once for a batch                                                 |
| 4       | the order's lease                                                                      |
| 131     | the execution: its own time-out is 120 s                                               |
| 7       | after a failure: reading the order, noting the fault and the circuit                   |
| 6       | the reserve: one call that puts the failed messages off, and the answer                |

What is not done when only the reserve is left is reported as failed.
"""

RESERVE_SECONDS = 6.0
# Later than this no further order of a batch is begun: the rest of it comes back soon. An execution that
# is begun last still has more than an hour's worth of ordinary steps before it.
BEGIN_SECONDS = 60.0
# How long a message that was not begun stays away.
NOT_BEGUN_SECONDS = (5, 15)
# When nothing of a batch has ended for so long, what has ended is acknowledged without the rest.
HELD_UP_SECONDS = 2.0

# The lease outlives the function (150 s), and with it any execution that it waits for.
LEASE_SECONDS = 160
