"""The two ensembles of a comparison glass by glass, checked, and which of their glasses belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InputError
from ..per_glass import IntArray

SOFT_MODES, LOWEST = "soft modes", "lowest frequency"
"""Names of the two numbers that are made from the frequencies of each glass."""


@dataclass(frozen=True, kw_only=True)
class MatchedSamples:
    """One of the two ensembles, glass by glass.

    Attributes
    ----------
    indices : (G,) array of int
        Which liquid each glass comes from: glasses of both ensembles with equal indices are compared.
    frequencies : sequence of (k_g,) arrays
        All modes below ``upper`` of each glass, zero modes excluded [frequency].
    complete_below : float or (G,) array, optional
        Frequency below which all modes were proved present.
    numbers : mapping of str to (G,) array
        Further numbers of each glass by name, as e_IS or the shear modulus; those that both ensembles have are
        compared.
    stress_counts : (G, B+2) array of int, optional
        Of ``stresses.distribution.count_in_bins``, in bins that both ensembles share.
    """

    indices: ArrayLike
    frequencies: Sequence[ArrayLike]
    complete_below: ArrayLike | None = None
    numbers: Mapping[str, ArrayLike] = field(default_factory=dict)
    stress_counts: ArrayLike | None = None


@dataclass(frozen=True)
class Match:
    """Which glasses of two ensembles belong together.

    Attributes
    ----------
    indices : (M,) array of int
        Indices that both have, ascending.
    first, second : (M,) arrays of int
        Where they are in each ensemble.
    only_first, only_second : int
        Glasses that the other ensemble lacks, and that are left out.
    """

    indices: IntArray
    first: IntArray
    second: IntArray
    only_first: int
    only_second: int


def match_indices(first: ArrayLike, second: ArrayLike) -> Match:
    """Find the glasses that two ensembles have in common.

    Raises
    ------
    InputError
        Indices that are not whole numbers, one given twice, or none in common.
    """
    one, two = _indices(first, "first"), _indices(second, "second")
    common, in_first, in_second = np.intersect1d(one, two, assume_unique=True, return_indices=True)
    if common.size == 0:
        raise InputError(
            f"the {one.size} and {two.size} glasses have no index in common; expected ensembles quenched from the "
            "same liquids."
        )
    return Match(common, in_first, in_second, one.size - common.size, two.size - common.size)


def _indices(indices: ArrayLike, which: str) -> IntArray:
    array = np.asarray(indices)
    if array.ndim != 1 or not np.issubdtype(array.dtype, np.integer):
        raise InputError(
            f"indices of the {which} ensemble have shape {array.shape} and type {array.dtype}; expected a 1-D array "
            "of whole numbers, one for each glass."
        )
    unique, count = np.unique(array, return_counts=True)
    if unique.size != array.size:
        raise InputError(f"index {unique[count > 1][0]} is given twice in the {which} ensemble; expected one glass.")
    return array.astype(np.int64)


def taken(samples: MatchedSamples, chosen: IntArray, which: str) -> MatchedSamples:
    """Return the matched glasses, in the order of their indices, after the check of every array's length.

    Raises
    ------
    InputError
        Arrays that do not fit the indices, numbers that are not finite or that have a name of this module.
    """
    glasses = np.asarray(samples.indices).size
    if len(samples.frequencies) != glasses:
        raise InputError(
            f"the {which} ensemble has {glasses} indices and frequencies of {len(samples.frequencies)} glasses."
        )
    known = samples.complete_below
    if known is not None:
        known = np.asarray(known, dtype=np.float64)
        if known.shape not in ((), (glasses,)):
            raise InputError(f"complete_below has shape {known.shape}; expected one number or one for each glass.")
        known = known[chosen] if known.ndim else known
    numbers = {}
    for name, values in samples.numbers.items():
        array = np.asarray(values, dtype=np.float64)
        if array.shape != (glasses,) or not np.isfinite(array).all():
            raise InputError(
                f"{name} of the {which} ensemble has shape {array.shape}, or NaN or infinity; expected {glasses} "
                "finite numbers, one for each index."
            )
        if name in (SOFT_MODES, LOWEST):
            raise InputError(f"{name!r} is made from the frequencies; give a number of your own another name.")
        numbers[name] = array[chosen]
    counts = samples.stress_counts
    if counts is not None:
        counts = np.asarray(counts)
        if counts.ndim != 2 or counts.shape[0] != glasses:
            raise InputError(f"stress_counts have shape {counts.shape}; expected ({glasses}, bins + 2).")
        counts = counts[chosen]
    return MatchedSamples(
        indices=chosen, frequencies=[samples.frequencies[g] for g in chosen], complete_below=known, numbers=numbers,
        stress_counts=counts,
    )  # fmt: skip
