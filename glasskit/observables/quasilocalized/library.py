"""The soft spots of one glass, ranked, with how sure it is that none is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...axes import HUES, axes_for
from ...errors import InputError, InsufficientDataError
from .capture_recapture import CaptureRecapture, capture_recapture, saturation
from .solve import QuasilocalizedMode


@dataclass(frozen=True, eq=False)
class ModeLibrary:
    """Nonlinear modes of one glass, the softest first, no two of them the same.

    Attributes
    ----------
    modes : tuple of QuasilocalizedMode
        Each converged to ``tolerance`` in the whole glass.
    hits : (m,) array of int
        Guesses that ended in each mode.
    origins : (G,) array of int
        The mode that each guess ended in, −1 where it failed.
    pairs : (G, 2) array of int
        The particles whose force dipole each guess responds to.
    failures : dict
        How many guesses failed, by reason.
    sensitivity : dict
        Number of modes at other thresholds of the overlap.
    energy : str
    selection : str
        How pairs were chosen: "random", "softest", "all" or "given".
    threshold, tolerance : float
    balls : tuple of int
        Particles of the balls that guesses were minimised in before the whole glass.
    seed : int or None
        Of the choice of pairs; None where a generator was passed.
    """

    modes: tuple[QuasilocalizedMode, ...] = field(repr=False)
    hits: NDArray[np.int64]
    origins: NDArray[np.int64] = field(repr=False)
    pairs: NDArray[np.int64] = field(repr=False)
    failures: dict[str, int]
    sensitivity: dict[float, int]
    energy: str
    selection: str
    threshold: float
    tolerance: float
    balls: tuple[int, ...]
    seed: int | None

    def __len__(self) -> int:
        return len(self.modes)

    def __iter__(self) -> Iterator[QuasilocalizedMode]:
        return iter(self.modes)

    def __getitem__(self, number: int) -> QuasilocalizedMode:
        return self.modes[number]

    @property
    def stiffness(self) -> NDArray[np.float64]:
        """kappa of the modes, ascending, shape (m,) [energy/length²]."""
        return np.array([mode.stiffness for mode in self.modes])

    @property
    def vectors(self) -> NDArray[np.float64]:
        """π of the modes, shape (m, N, d)."""
        return np.array([mode.mode for mode in self.modes])

    @property
    def overlaps(self) -> NDArray[np.float64]:
        """|π_a·π_b|, shape (m, m)."""
        flat = self.vectors.reshape(len(self), -1)
        return np.abs(flat @ flat.T)

    def completeness(self, below: float | None = None) -> CaptureRecapture:
        """How many modes there are at least, from how often each was found.

        The estimate is for what guesses of this kind can find. Soft spots are found often and stiff ones rarely: with
        ``below`` only modes up to this stiffness count.

        Raises
        ------
        InputError
            If no mode is that soft.
        InsufficientDataError
            If no such mode was found twice.
        """
        hit_m = self.hits if below is None else self.hits[self.stiffness <= below]
        if not hit_m.size:
            raise InputError(f"below: the softest mode has stiffness {self.stiffness[0]:.4g}, found {below!r}.")
        return capture_recapture(hit_m, guesses=int(self.hits.sum()))

    def saturation(self, draws: ArrayLike | None = None) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Numbers of guesses and the mean number of distinct modes among as many of them, over all orders.

        Parameters
        ----------
        draws : (k,) array of int, optional
            Default: 60 numbers, in equal steps.
        """
        total = int(self.hits.sum())
        if draws is None:
            draws = np.unique(np.linspace(0, total, 60).round().astype(np.int64))
        number_k = np.asarray(draws)
        return number_k, saturation(self.hits, number_k)

    def table(self) -> dict[str, NDArray[Any]]:
        """One row per mode: stiffness, frequency, tau, chi, energy, barrier, asymmetry, participation, hits, ..."""
        names = ("stiffness", "frequency", "tau", "chi", "energy", "barrier", "asymmetry", "participation", "gradient")
        columns: dict[str, NDArray[Any]] = {
            name: np.array([getattr(mode, name) for mode in self.modes]) for name in names
        }
        columns["core"] = np.array([int(np.argmax((mode.mode**2).sum(axis=1))) for mode in self.modes])
        columns["hits"] = self.hits.copy()
        return columns

    def summary(self) -> str:
        """Lines of text: how many modes, how complete, how the number depends on the threshold, what failed."""
        failed = ", ".join(f"{count} {reason}" for reason, count in self.failures.items()) or "none"
        lines = [
            f"{len(self)} {self.energy} modes from {len(self.origins)} guesses ({self.selection} pairs), stiffness "
            f"{self.stiffness[0]:.4g} to {self.stiffness[-1]:.4g}; failed guesses: {failed}",
            "modes at other thresholds: " + ", ".join(f"{t:g}: {n}" for t, n in self.sensitivity.items()),
        ]
        for below in (float(np.median(self.stiffness)), None):
            name = "all" if below is None else f"stiffness up to {below:.4g}"
            try:
                seen = self.completeness(below)
            except InsufficientDataError as error:
                lines.append(f"{name}: {error}")
                continue
            lines.append(
                f"{name}: {seen.observed} found, at least {seen.estimated:.1f} ± {seen.error:.1f} exist, coverage "
                f"{seen.coverage:.3f} ± {seen.coverage_error:.3f}"
            )
        return "\n".join(lines)

    def plot(self, ax: Any | None = None) -> Any:
        """Draw how the number of modes grows with guesses, for all modes and the softer half, and the estimates."""
        ax = axes_for(ax)
        total = int(self.hits.sum())
        median = float(np.median(self.stiffness))
        draws = np.unique(np.linspace(0, total, 60).round().astype(np.int64))
        for hue, below, name in ((HUES[0], None, "all modes"), (HUES[1], median, f"κ ≤ {median:.3g}")):
            soft = self.stiffness <= (np.inf if below is None else below)
            ax.plot(draws, saturation(self.hits[soft], draws, total), color=hue, label=f"{name}: {int(soft.sum())}")
            try:
                seen = self.completeness(below)
            except InsufficientDataError:
                continue
            ax.axhline(seen.estimated, color=hue, ls="--", lw=1)
            ax.axhspan(seen.estimated - seen.error, seen.estimated + seen.error, color=hue, alpha=0.12, lw=0)
        ax.set_xlabel("guesses")
        ax.set_ylabel("distinct modes")
        ax.set_xlim(0, total)
        ax.set_ylim(0, None)
        ax.legend(frameon=False, loc="lower right")
        return ax
