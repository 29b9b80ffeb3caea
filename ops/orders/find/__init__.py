"""The command `find`: orders by customer, e-mail address, part of an id, time or status."""
