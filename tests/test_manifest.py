"""What a manifest says of the code and its libraries."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from experiments import manifest


def test_optional_libraries_are_named_only_where_they_are_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(manifest, "OPTIONAL", ("pytest", "no-such-library"))
    monkeypatch.setattr(manifest, "LIBRARIES", ("numpy", "no-such-dependency"))
    versions = manifest.provenance("run")["versions"]
    assert versions["pytest"] == version("pytest") and versions["numpy"] == version("numpy")
    assert versions["no-such-dependency"] == "missing" and "no-such-library" not in versions


def test_a_digest_follows_names_and_content_of_its_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(manifest, "PROJECT", tmp_path)
    folder = tmp_path / "part"
    folder.mkdir()
    (folder / "one.py").write_text("x = 1")
    (folder / "data.toml").write_text("x = 1")
    first = manifest.code_digest(["part"])
    both = manifest.code_digest(["part"], ("*.py", "*.toml"))
    (folder / "data.toml").write_text("x = 2")
    assert manifest.code_digest(["part"]) == first
    assert manifest.code_digest(["part"], ("*.py", "*.toml")) != both
    (folder / "one.py").rename(folder / "two.py")
    assert manifest.code_digest(["part"]) != first
