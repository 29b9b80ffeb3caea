"""The command about images of products: `refused`."""
