"""Named studies: one question a file, each with the command that answers it in its docstring."""
