"""What every pair potential offers: a form, its numbers, and checked evaluation."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ..kernels.jit import kernel
from .form import HEADER, PairForm, pair_cutoff

POTENTIALS: dict[str, type[PairPotential]] = {}
P = TypeVar("P", bound="PairPotential")


def registered(cls: type[P]) -> type[P]:
    """Enter a potential into `POTENTIALS`; tests push every entry through one table."""
    POTENTIALS[cls.__name__] = cls
    return cls


class PairPotential:
    """Energy phi(r; a) of a pair at distance r with pair diameter a, zero from the cutoff on.

    The pair diameter is a_ij = (a_i + a_j)/2 · (1 − nonadditivity |a_i − a_j|). Subclasses are frozen dataclasses.

    Attributes
    ----------
    smoothness_at_cutoff : float
        Number of derivatives of phi that vanish at the cutoff.
    form : PairForm
        Scalar functions that kernels are made from.
    parameters : ndarray
        The numbers those functions read.
    """

    nonadditivity: float = 0.0
    kinks: ClassVar[str] = ""  # what a user of second and higher derivatives should know; empty if nothing

    @property
    def form(self) -> PairForm:
        """Scalar functions of the potential; equal for potentials that differ in numbers only."""
        raise NotImplementedError

    @property
    def smoothness_at_cutoff(self) -> float:
        """Number of derivatives of the pair energy that vanish at the cutoff."""
        raise NotImplementedError

    def _cutoff_parameters(self) -> tuple[float, float]:
        """Absolute cutoff, and cutoff in units of the pair diameter; one of them is zero."""
        raise NotImplementedError

    def _form_parameters(self) -> ArrayLike:
        return ()

    @property
    def parameters(self) -> NDArray[np.float64]:
        """Parameter array of the kernels: nonadditivity, the two cutoffs, a spare, then the form's own."""
        own = np.atleast_1d(np.asarray(self._form_parameters(), dtype=np.float64))
        header = np.zeros(HEADER)
        header[:3] = self.nonadditivity, *self._cutoff_parameters()
        return np.concatenate((header, own))

    def cutoff_of(self, a: ArrayLike) -> NDArray[np.float64]:
        """Distance at which a pair of diameter a stops interacting [length]."""
        absolute, ratio = self._cutoff_parameters()
        return absolute + ratio * np.asarray(a, dtype=np.float64)

    def pair_diameter(self, a_i: ArrayLike, a_j: ArrayLike) -> NDArray[np.float64]:
        """Pair diameter a_ij of two particles [length]."""
        a_i, a_j = np.asarray(a_i, dtype=np.float64), np.asarray(a_j, dtype=np.float64)
        return 0.5 * (a_i + a_j) * (1.0 - self.nonadditivity * np.abs(a_i - a_j))

    def largest_cutoff(self, diameters: NDArray[np.float64]) -> float:
        """Largest cutoff of any pair that particles of these diameters can form [length].

        The largest pair holds a largest particle: for nonadditivity >= 0 no pair diameter exceeds the mean of its
        two sizes, and below zero it grows with the larger of the two.

        Raises
        ------
        InputError
            If the nonadditivity makes the diameter of some pair zero or negative.
        """
        largest, smallest = float(np.max(diameters)), float(np.min(diameters))
        if self.nonadditivity * (largest - smallest) >= 1.0:
            raise InputError(
                f"nonadditivity: {self.nonadditivity:.6g} times the largest difference in diameter "
                f"{largest - smallest:.6g} must be below 1, else that pair has no positive diameter."
            )
        return float(np.max(self.cutoff_of(self.pair_diameter(largest, diameters))))

    def pair_energy(self, r: ArrayLike, a: ArrayLike) -> NDArray[np.float64]:
        """Pair energy phi(r; a) [energy], for distances r > 0 and pair diameters a that broadcast."""
        return self.pair_derivatives(r, a, order=0)[0]

    def pair_derivatives(self, r: ArrayLike, a: ArrayLike, order: int = 4) -> NDArray[np.float64]:
        """Pair energy and its derivatives with respect to r.

        Parameters
        ----------
        r, a : array_like
            Distances and pair diameters [length]; they broadcast.
        order : int
            Highest derivative, 0 to 4.

        Returns
        -------
        ndarray, shape (order + 1, ...)
            phi, phi', ... [energy/length^k]; zero from the cutoff on.

        Raises
        ------
        InputError
            If a distance or diameter is not positive and finite, or the order is out of range.
        """
        if order not in range(5):
            raise InputError(f"order: expected 0 to 4, found {order!r}.")
        r_p, a_p = np.broadcast_arrays(np.asarray(r, dtype=np.float64), np.asarray(a, dtype=np.float64))
        if not all((x > 0).all() and np.isfinite(x).all() for x in (r_p, a_p)):
            raise InputError("pair_derivatives: distances and pair diameters must be positive and finite.")
        values = _make_evaluation(self.form)(r_p.ravel(), a_p.ravel(), self.parameters)
        return values[: order + 1].reshape(order + 1, *r_p.shape)

    def _require(self, **ranges: tuple[float, float]) -> None:
        """Raise InputError unless each named number is finite, above its low end and not above its high end."""
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if not (isinstance(value, (int, float, np.number)) and low < value <= high and np.isfinite(value)):
                raise InputError(f"{type(self).__name__}: {name} must be in ({low}, {high}], found {value!r}.")

    def replace(self: P, **changes: Any) -> P:
        """A potential of the same family with some numbers changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]


@cache
def _make_evaluation(form: PairForm) -> Any:
    derivatives = form.derivatives

    @kernel
    def evaluate(r_p, a_p, p):
        out = np.zeros((5, r_p.size))
        for k in range(r_p.size):
            if r_p[k] < pair_cutoff(a_p[k], p):
                phi = derivatives(r_p[k], a_p[k], p)
                out[0, k], out[1, k], out[2, k], out[3, k], out[4, k] = phi[0], phi[1], phi[2], phi[3], phi[4]
        return out

    return evaluate
