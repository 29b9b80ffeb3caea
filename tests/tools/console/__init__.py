"""What both command lines share: printing, tables, progress, wrong usage."""
