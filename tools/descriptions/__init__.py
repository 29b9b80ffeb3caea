"""What both descriptions share: the committed copy, and the comparison of schemas."""
