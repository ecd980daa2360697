"""The world and its rules: what happens, never who wants it."""
