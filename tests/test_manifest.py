"""What a manifest says of the code and its libraries."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pytest

from experiments import manifest
from experiments.evidence.calibration import calibrate
from experiments.evidence.claims import ledger
from experiments.evidence.targets import jobs


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
    named = manifest.code_digest(["part", "part/data.toml"])
    (folder / "data.toml").write_text("x = 3")
    assert manifest.code_digest(["part", "part/data.toml"]) != named != first
    (folder / "one.py").rename(folder / "two.py")
    assert manifest.code_digest(["part"]) != first


@pytest.mark.parametrize(
    ("load", "code"),
    [
        ("from experiments.evidence.claims import CLAIMS, load_claim as l; [*map(l, CLAIMS)]",
         ledger.CODE),
        ("import experiments.evidence.targets.sources", jobs.CODE),
        ("import experiments.evidence.targets.sources", calibrate.CODE),
    ],
)  # fmt: skip
def test_kept_results_follow_all_the_code_that_they_rest_on(load: str, code: Sequence[str]) -> None:
    listing = "print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('experiments.')))"
    done = subprocess.run(
        [sys.executable, "-c", f"{load}; import sys; {listing}"],
        capture_output=True, text=True, check=True, cwd=manifest.PROJECT,
    )  # fmt: skip
    forms = {f"experiments/{name}.py" for name in ("folder", "formats", "manifest", "results")}
    covered = [manifest.PROJECT / part for part in (*code, *forms)]
    paths = [Path(name) for name in done.stdout.split()]
    assert len(paths) > 20
    for path in paths:
        own = path.name == "__init__.py" or any(path.is_relative_to(part) for part in covered)
        assert own, f"{path.relative_to(manifest.PROJECT)} is not in the digest"
