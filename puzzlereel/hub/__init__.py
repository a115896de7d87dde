"""Data sets: how they are built, described, pushed and loaded."""
