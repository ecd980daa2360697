"""Where a result came from: code version, libraries, machine, commit.

Everything that may differ between two runs of one scenario and seed stands here and only here, so
that all other files of a results folder can be compared byte by byte.
"""

from __future__ import annotations

import hashlib
import platform
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

FORMAT = "ipolab-results"
FORMAT_VERSION = 1
LIBRARIES = ("mesa", "numpy", "numba", "scipy", "pandas", "pyarrow", "networkx", "pydantic")
#: Libraries of some analyses, named where they are installed.
OPTIONAL = ("scikit-learn", "SALib")
PROJECT = Path(__file__).resolve().parents[1]
#: What the figures of a run rest on besides its scenario: folders and files below the root.
RUN_CODE = (
    "sim",
    "agents",
    "experiments/panels",
    *(f"experiments/{name}.py" for name in ("scenario", "simulate", "summary", "informativeness")),
)
#: What those of a study rest on.
STUDY_CODE = (
    *RUN_CODE,
    "experiments/studies",
    *(f"experiments/evidence/{name}.py" for name in ("event_study", "event_time", "regression")),
)


def ipolab_version() -> str:
    """The installed version, or ``"unknown"`` when run from files that were never installed."""
    try:
        return version("ipolab")
    except PackageNotFoundError:
        return "unknown"


def git_commit(folder: Path = PROJECT) -> str | None:
    """Commit of the checkout whose root is `folder`, with ``+modified`` if it has local changes.

    None outside a checkout, before its first commit, or without git.
    """
    if not (folder / ".git").exists():  # a parent's repository is not ours
        return None
    try:
        commit = _git(folder, "rev-parse", "--verify", "HEAD")
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return None
    return f"{commit}+modified" if changed else commit


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    return done.stdout.strip()


def code_digest(parts: Sequence[str], endings: Sequence[str] = ("*.py",)) -> str:
    """SHA-256 of files below the root of the project, their names and content: those named, and
    those of folders that have one of the endings."""
    digest = hashlib.sha256()
    for part in (PROJECT / part for part in parts):
        found = [part] if part.is_file() else [p for e in endings for p in sorted(part.rglob(e))]
        for path in found:
            digest.update(path.relative_to(PROJECT).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def provenance(kind: str) -> dict[str, Any]:
    """Head of a ``manifest.json``: versions, platform, commit, time.

    `kind` says what the folder holds: ``run`` or ``value``.
    """
    versions = {"ipolab": ipolab_version(), "python": platform.python_version()}
    for library in LIBRARIES:
        try:
            versions[library] = version(library)
        except PackageNotFoundError:
            versions[library] = "missing"
    for library in OPTIONAL:
        with suppress(PackageNotFoundError):
            versions[library] = version(library)
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "kind": kind,
        "versions": versions,
        "platform": platform.platform(),
        "git_commit": git_commit(),
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
