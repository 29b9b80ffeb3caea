"""Images of products: uploads, thumbnails, what is refused, and what is swept."""
