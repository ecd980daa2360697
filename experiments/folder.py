"""Folders and files that appear whole or not at all.

Everything is written into a hidden sibling, which is then renamed. A folder of ours says so in
its ``manifest.json`` and names its kind (``run``, ``value``, ``experiment``); only one of the same
kind is replaced, and a folder that holds anything else is left alone. A folder that grows over
several calls (a ledger, a validation) is opened instead, and its files appear one by one.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from experiments.formats import TABLES, to_json
from experiments.manifest import FORMAT, provenance
from sim.inputs import InputError

_OURS = {
    *("manifest.json", "summary.json", "offering.json", "value.json", "report.html"),
    *("study.json", "table.parquet", "table.csv", "runs.parquet"),
    *("diagnostics", "figures", "panels"),
    *(f"{name}.parquet" for name in TABLES),
}
_LITTER = {".DS_Store", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints"}


def check_folder(out_dir: Path | str, kind: str = "run") -> Path:
    """The resolved `out_dir` if results may be written there.

    Raises InputError if it is a file, holds anything but earlier results of this kind, or cannot be
    written. Called before a long run as well, so that nobody loses one to a full folder.
    """
    out = Path(out_dir).expanduser()
    try:
        out = out.resolve()
        if out.exists() and not out.is_dir():
            raise InputError(f"--out: {out_dir} is a file, expected a folder")
        found = {entry.name for entry in out.iterdir()} - _LITTER if out.is_dir() else set()
        if found and (held := kind_of(out)) != kind:
            what = f"results of ipolab {held}" if held else "other files"
            raise InputError(
                f"--out: {out_dir} is not empty and holds {what}, expected a new folder"
            )
        if strangers := sorted(found - _OURS):
            raise InputError(
                f"--out: {out_dir} also holds {strangers[0]}, which would be lost; "
                "expected a new folder or only ipolab results"
            )
        parent = next(folder for folder in out.parents if folder.exists())
        if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
            raise InputError(f"--out: {parent} cannot be written, expected a writable folder")
    except (OSError, RuntimeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"--out: {out_dir} cannot be written ({reason})") from None
    return out


def kind_of(folder: Path) -> str | None:
    """The kind of an ipolab folder (``run``, ``value``, ``experiment``); None for any other."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return str(manifest["kind"]) if manifest.get("format") == FORMAT else None
    except (OSError, ValueError, KeyError, AttributeError):
        return None


def appear(out_dir: Path | str, kind: str, fill: Callable[[Path], None]) -> Path:
    """Have `fill` write into a new folder, then put it at `out_dir`; returns the folder.

    Earlier results of the same kind there are replaced. If `fill` raises or is interrupted,
    nothing has changed. Raises InputError as `check_folder`.
    """
    out = check_folder(out_dir, kind)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise InputError(f"--out: {out_dir} cannot be written ({error.strerror})") from None
    try:
        fill(draft)
        draft.chmod(0o777 & ~_umask())
        _put(draft, out)
    except BaseException:  # an interrupt too: leave nothing half-written
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return out


def open_folder(out_dir: Path | str, kind: str) -> Path:
    """A folder that grows file by file, made and marked as one of `kind`.

    Raises InputError if it holds anything else or cannot be written.
    """
    try:
        out = Path(out_dir).expanduser()
        if out.exists() and not out.is_dir():
            raise InputError(f"--out: {out_dir} is a file, expected a folder")
        out.mkdir(parents=True, exist_ok=True)
        if not os.access(out, os.W_OK | os.X_OK):
            raise InputError(f"--out: {out_dir} cannot be written, expected a writable folder")
        known = kind_of(out) == kind
        if not known and any(out.iterdir()):
            raise InputError(
                f"--out: {out_dir} is not empty, expected a new folder or one of kind {kind}"
            )
        if not known:
            write_whole(out / "manifest.json", to_json(provenance(kind)))
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"--out: {out_dir} cannot be written ({reason})") from None
    return out


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old one or the new one and nothing between."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write_value(row: Mapping[str, Any], out_dir: Path | str, asked: Mapping[str, Any]) -> Path:
    """Write a valuation: ``value.json``, ``manifest.json`` and figures; as `appear`.

    `row` is what `experiments.valuation.value_company` returns, `asked` what it was asked for.
    """

    def fill(folder: Path) -> None:
        from experiments.show.valuation_figures import save_valuation

        (folder / "figures").mkdir()
        save_valuation(row, folder / "figures")
        kept = {key: value for key, value in row.items() if key != "equity_draws"}
        (folder / "value.json").write_text(to_json(kept), encoding="utf-8")
        manifest = to_json({**provenance("value"), **asked})
        (folder / "manifest.json").write_text(manifest, encoding="utf-8")

    return appear(out_dir, "value", fill)


def _put(draft: Path, out: Path) -> None:
    """Rename `draft` to `out`; earlier results step aside first and come back on failure."""
    if not out.exists():
        draft.rename(out)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{out.name}.old.", dir=out.parent))
    old = aside / "old"
    try:
        out.rename(old)
        draft.rename(out)
    except BaseException:
        if old.exists() and not out.exists():
            old.rename(out)
        raise
    finally:
        if out.exists():  # else what stepped aside is all there is
            shutil.rmtree(aside, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
