"""The API's description, what it says and what changes in it; and the page to browse it."""
