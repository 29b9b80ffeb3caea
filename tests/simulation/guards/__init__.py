"""What happens to the promises when a fence is taken down: each is dropped in turn, and missed."""
