"""What the steps of the saga share. Each step itself is a file of `lambdas/saga`."""
