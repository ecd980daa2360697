"""The whole calibration: waves, finalists at full length with fresh seeds, the best, the record.

The folder (kind ``calibration``) holds

    waves/<n>/              of each source its points and a sweep
    final/<n>/              the same of the finalists after n waves
    calibrated.toml         the best point with its provenance (`record`)
    history.json            of each wave: what is left, how well figures are emulated
    inside.csv              points inside all cuts, in own units
    figures/                profiles and pairs of parameters
    manifest.json           versions, what was asked, the code

Asked again, runs that are there are kept; more waves may be asked for than before. Waves, finals
and the scorecard (`ipolab validate`, from seed 1) have seeds of their own, so that the best point
is not the one that suits the seeds it is judged by.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.evidence.calibration.distance import Ranked, distance, rank, weights
from experiments.evidence.calibration.goals import Goal
from experiments.evidence.calibration.identifiability import Profile, profiles
from experiments.evidence.calibration.parameters import Space
from experiments.evidence.calibration.region import spread_out
from experiments.evidence.calibration.runs import Wave, run_wave
from experiments.evidence.calibration.waves import History, check_size, match, nearest
from experiments.evidence.targets.sources import Source
from experiments.folder import kind_of, write_whole
from experiments.formats import to_json
from experiments.manifest import STUDY_CODE, code_digest, provenance
from sim.inputs import InputError
from sim.streams import Streams

Array = NDArray[np.float64]
KIND = "calibration"
#: Code that the figures depend on, below the root of the project.
CODE = (*STUDY_CODE, "experiments/evidence/stylised_facts.py", "experiments/evidence/targets")
WAVE_SEED, FINAL_SEED = 1001, 2001


@dataclass(frozen=True)
class Asked:
    """Size of a calibration: waves, points a wave, seeds a point of a wave, finalists besides the
    shipped point, their seeds, and the seed of all draws."""

    waves: int
    points: int
    seeds: int = 2
    finalists: int = 5
    final_seeds: int = 8
    seed: int = 1


@dataclass(frozen=True)
class Calibration:
    """What came of it.

    ``finals`` has figures of all goals (finalists, seeds, goals), the shipped point first;
    ``ranked`` their distances by the fitted ones.
    """

    asked: Asked
    space: Space
    goals: tuple[Goal, ...]
    history: History
    profiles: list[Profile]
    finals: Wave
    final_sources: tuple[str, ...]
    ranked: Ranked

    @property
    def best(self) -> dict[str, float]:
        """Parameters of the best finalist, in own units."""
        return self.space.values(self.finals.points[self.ranked.best])


def calibrate(
    asked: Asked,
    out: Path | str,
    space: Space,
    goals: Sequence[Goal],
    sources: Sequence[Source],
    final_sources: Sequence[Source],
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    say: Callable[[str], None] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Calibration:
    """Calibrate, or go on where the folder stops, and write everything but ``calibrated.toml``.

    Parameters
    ----------
    asked : the size
    out : folder, new or of an earlier call
    space, goals : what varies and what is wanted; goals that are only checked are reported
    sources, final_sources : runs of the waves and of the finalists
    workers, executor : as for `experiments.sweeps.engine.sweep`
    say : called with a line after each stage
    progress : called as ``progress(stage and source, done, total)`` in runs

    Raises
    ------
    InputError
        If the size is too small, or the folder holds anything else, or runs of another calibration
        or version of the code.
    """
    for name, least in {"seeds": 2, "final_seeds": 2, "finalists": 1}.items():
        if getattr(asked, name) < least:
            raise InputError(f"{name}: got {getattr(asked, name)}, expected at least {least}")
    check_size(asked.waves, asked.points, len(space.paths))
    folder = Path(out)
    fitted = tuple(goal for goal in goals if goal.fitted)
    content = what(asked, space, goals, sources, final_sources)
    claim(folder, content)

    def staged(
        stage: str, points: Array, own: Sequence[Goal], at: Sequence[Source], seeds: int, first: int
    ) -> Wave:
        claim(folder, content)  # the code may have changed under a long calibration

        def told(source: str, done: int, total: int) -> None:
            if progress:
                progress(f"{stage} {source}", done, total)

        return run_wave(
            points, space, own, at, seeds, folder / stage, first_seed=first, workers=workers,
            executor=executor, progress=told,
        )  # fmt: skip

    def one(number: int, points: Array) -> Wave:
        return staged(f"waves/{number}", points, fitted, sources, asked.seeds, WAVE_SEED)

    history = match(one, fitted, space.shipped(), asked.waves, asked.points, asked.seed, say)
    chosen = finalists(history, asked.finalists, Streams(asked.seed)("calibration.finalists"))
    stage = f"final/{len(history.steps)}"
    finals = staged(stage, chosen, goals, final_sources, asked.final_seeds, FINAL_SEED)
    places = [place for place, goal in enumerate(goals) if goal.fitted]
    ranked = rank(finals.figures[:, :, places], fitted, Streams(asked.seed)("calibration.rank"))
    if not np.isfinite(ranked.distances[ranked.best].value):
        raise InputError("finalists: each lacks a fitted figure, expected one with all of them")
    found = profiles(history.cuts, history.steps[-1].inside, space.paths)
    names = tuple(source.name for source in final_sources)
    done = Calibration(asked, space, tuple(goals), history, found, finals, names, ranked)
    write(done, folder)
    if say:
        own = ranked.distances
        say(f"final: distance {own[ranked.best].value:.1f} [{own[ranked.best].low:.1f}, "
            f"{own[ranked.best].high:.1f}], shipped {own[0].value:.1f}; best in "
            f"{ranked.best_in[ranked.best]:.0%} of resamples")  # fmt: skip
    return done


def finalists(history: History, count: int, rng: np.random.Generator) -> Array:
    """The shipped point, the best points run, and those inside that the last emulators think best.

    ``count`` besides the shipped one, half of each kind; (1 + count, parameters).
    """
    goals, last = history.goals, history.steps[-1]
    w = weights(history.figures, goals, rng)
    run = history.points[np.argsort(distance(history.figures.mean(axis=1), goals, w))]
    chosen = [history.shipped]
    chosen += [x for x in run if not np.array_equal(x, history.shipped)][: count - count // 2]
    inside = last.inside.points
    if len(inside):
        said = np.column_stack([emulator.predict(inside)[0] for emulator in last.emulators])
        order = np.argsort(distance(said, goals, w), kind="stable")
        near = inside[order[: max(len(order) // 20, count)]]  # apart, not one point five times
        chosen += list(spread_out(near, np.array(chosen), count - len(chosen) + 1))
    return np.array(chosen[: count + 1])


def what(
    asked: Asked,
    space: Space,
    goals: Sequence[Goal],
    sources: Sequence[Source],
    final_sources: Sequence[Source],
) -> dict[str, Any]:
    """All that must be the same for a calibration to go on; the number of waves may grow."""
    size = {name: value for name, value in asdict(asked).items() if name != "waves"}
    content = {
        "asked": size,
        "space": {path: own.model_dump() for path, own in space.ranges.items()},
        "shipped": dict(space.defaults),
        "goals": [(goal.name, goal.part.low, goal.part.high, goal.fitted) for goal in goals],
        "sources": [[s.name, s.scenario, s.days, s.changes] for s in sources],
        "final_sources": [[s.name, s.scenario, s.days, s.changes] for s in final_sources],
        "code": code(),
    }
    return dict(json.loads(to_json(content)))


def code() -> str:
    """A digest of the code that runs are made of."""
    return code_digest(CODE)[:16]


def claim(folder: Path, content: dict[str, Any]) -> None:
    """Make the folder that of this calibration.

    Raises InputError if it holds anything else, or a calibration that differs in more than waves.
    """
    manifest = folder / "manifest.json"
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file, expected a folder")
    if folder.exists() and any(folder.iterdir()):
        if kind_of(folder) != KIND:
            raise InputError(f"{folder}: is not empty, expected a new folder or a calibration's")
        old = json.loads(manifest.read_text(encoding="utf-8"))["content"]
        # the code that is running is that of the start of this process
        now = {**content, "code": code()}
        differ = [name for name in now if old.get(name) != now[name]]
        if differ:
            raise InputError(
                f"{folder}: holds a calibration with other {', '.join(differ)}, expected the same "
                "or a new folder"
            )
        return
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(manifest, to_json({**provenance(KIND), "content": content}))


def write(done: Calibration, folder: Path) -> None:
    """Write history, points inside and figures."""
    from experiments.show.calibration_figures import pairs_figure, profile_figure
    from experiments.show.style import save

    history = done.history
    write_whole(folder / "history.json", to_json({"waves": [
        {
            "wave": number,
            "points": len(step.wave.points),
            "seconds": step.wave.seconds,
            "share_inside": step.inside.share,
            "left_out": step.left_out,
            "figures": {
                goal.name: {
                    "explained": emulator.explained,
                    "inflation": emulator.inflation,
                    "nearest_in_tolerances": float(least),
                }
                for goal, emulator, least in zip(
                    history.goals, step.emulators, nearest(step, history.goals), strict=True
                )
            },
        }
        for number, step in enumerate(history.steps, start=1)
    ]}))  # fmt: skip
    inside = history.steps[-1].inside
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(done.space.paths)
    lines.writerows(list(done.space.values(x).values()) for x in inside.points)
    write_whole(folder / "inside.csv", text.getvalue())
    (folder / "figures").mkdir(exist_ok=True)
    drawn = profile_figure(done.profiles, done.space, done.best)
    save(drawn, folder / "figures" / "profiles.png")
    if len(done.profiles) > 1:
        save(pairs_figure(done.profiles, inside), folder / "figures" / "pairs.png")
