"""What was measured: figures with their raw samples, the targets they are held against, and how both are shown."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from statistics import median
from typing import Any, Literal

LIBRARIES = ("mock-lms", "authlib", "flask", "granian", "marshmallow", "orjson", "sqlalchemy", "werkzeug")


class CannotMeasure(Exception):
    """Something is missing that the benchmark needs. One line that says what to do."""


class WrongResult(Exception):
    """A side did not do what it was timed for, so its time says nothing."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure should be."""

    sign: Literal["<", "≤", ">"]
    bound: float

    def met_by(self, value: float) -> bool:
        match self.sign:
            case "<":
                return value < self.bound
            case "≤":
                return value <= self.bound
            case ">":
                return value > self.bound

    def __str__(self) -> str:
        return f"{self.sign} {self.bound:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number, and the samples it was made from: a list for each side of the comparison."""

    benchmark: str
    what: str
    value: float
    unit: str
    samples: Mapping[str, Sequence[float]]
    sample_unit: str
    target: Target | None = None
    by_rounds: float | None = None
    """The median of the rounds' own ratios. Far from `value`, it says that the machine was busy with something else."""

    @property
    def verdict(self) -> str:
        """`met` or `missed`; nothing for a figure without a target."""
        if self.target is None:
            return ""
        return "met" if self.target.met_by(self.value) else "missed"

    def as_json(self) -> dict[str, Any]:
        return {
            "benchmark": self.benchmark,
            "what": self.what,
            "value": round(self.value, 4),
            "unit": self.unit,
            "by_rounds": None if self.by_rounds is None else round(self.by_rounds, 4),
            "target": None if self.target is None else str(self.target),
            "verdict": self.verdict or None,
            "sample_unit": self.sample_unit,
            "medians": {side: round(median(values), 4) for side, values in self.samples.items()},
            "samples": {side: [round(value, 4) for value in values] for side, values in self.samples.items()},
        }


def ratio(
    benchmark: str, what: str, samples: Mapping[str, Sequence[float]], sample_unit: str, target: Target | None
) -> Figure:
    """The median of the first of two sides, as a multiple of the second's."""
    ours, theirs = samples.values()
    return Figure(
        benchmark=benchmark,
        what=what,
        value=median(ours) / median(theirs),
        by_rounds=median(our / their for our, their in zip(ours, theirs, strict=True)),
        unit="times",
        samples=samples,
        sample_unit=sample_unit,
        target=target,
    )


def environment() -> dict[str, Any]:
    """Where it was measured, as far as the figures depend on it."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": f"{platform.system()} {platform.machine()}",
        "cpu_count": os.cpu_count(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def table(figures: Sequence[Figure]) -> str:
    """The figures for people. All numbers of sides are medians."""
    rows: list[tuple[str, ...]] = [("benchmark", "figure", "medians", "value", "by rounds", "target", "verdict")]
    rows += [
        (
            figure.benchmark,
            figure.what,
            "  ".join(f"{side} {_shown(median(values))}" for side, values in figure.samples.items())
            + f" {figure.sample_unit}",
            f"{_shown(figure.value)} {figure.unit}",
            "" if figure.by_rounds is None else f"{figure.by_rounds:.4g}",
            "" if figure.target is None else str(figure.target),
            figure.verdict,
        )
        for figure in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rows.insert(1, tuple("-" * width for width in widths))
    padded = ([cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows)
    return "\n".join("  ".join(cells).rstrip() for cells in padded)


def _shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"
