"""What developers run: pictures, counts and descriptions, made from what is deployed."""
