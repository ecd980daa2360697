"""The commands of ``ipolab``, a file each; `experiments.cli` puts them together.

A file holds ``command``, the function that typer turns into options and a help page, and
``EXAMPLE``, the last line of that page. What several commands take is in `options`. Everything
heavy is imported inside ``command``, so that ``ipolab --help`` answers at once.
"""
