"""Code that the steps of the saga share. Each step is a file of `lambdas/saga`."""
