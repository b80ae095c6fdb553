"""Which directions are the same soft spot: clusters by overlap, the softest first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def checked_threshold(threshold: float) -> float:
    """The threshold, or InputError where it is no number between 0 and 1."""
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0.0 < threshold < 1.0:
        raise InputError(f"threshold: expected an overlap between 0 and 1, such as 0.5, found {threshold!r}.")
    return float(threshold)


def clusters(overlap_mm: ArrayLike | sp.spmatrix, stiffness: ArrayLike, threshold: float) -> NDArray[np.int64]:
    """The leader of every direction: itself, or the one that it is a duplicate of.

    The softest direction leads; each next one joins the leader with which its overlap is largest if that is above the
    threshold, and leads otherwise. Members of a cluster overlap with their leader, not necessarily with one another.

    Parameters
    ----------
    overlap_mm : (m, m) array or sparse matrix
        π_a·π_b; the sign does not matter.
    stiffness : (m,) array
        Of equal ones the first leads.
    threshold : float

    Returns
    -------
    (m,) array of int

    Raises
    ------
    InputError
        Shapes that do not fit, numbers that are not finite, or a threshold outside (0, 1).
    """
    threshold = checked_threshold(threshold)
    softness = np.asarray(stiffness, dtype=np.float64)
    count = softness.size
    sparse = sp.issparse(overlap_mm)
    matrix = sp.csr_matrix(overlap_mm) if sparse else sp.csr_matrix(np.asarray(overlap_mm, dtype=np.float64))
    if softness.ndim != 1 or matrix.shape != (count, count):
        raise InputError(f"overlap_mm: expected shape ({count}, {count}) for {count} directions, found {matrix.shape}.")
    if not (np.isfinite(softness).all() and np.isfinite(matrix.data).all()):
        raise InputError("overlap_mm and stiffness: some numbers are not finite; expected overlaps of directions.")
    leader_m = np.full(count, -1, dtype=np.int64)
    for a in np.argsort(softness, kind="stable"):
        begin, end = matrix.indptr[a], matrix.indptr[a + 1]
        other, size = matrix.indices[begin:end], np.abs(matrix.data[begin:end])
        eligible = (leader_m[other] == other) & (size > threshold)
        if eligible.any():
            other, size = other[eligible], size[eligible]
            leader_m[a] = other[size == size.max()].min()
        else:
            leader_m[a] = a
    return leader_m


def numbers_of_spots(
    overlap_mm: ArrayLike, stiffness: ArrayLike, thresholds: Sequence[float] = THRESHOLDS
) -> dict[float, int]:
    """How many leaders there are at each threshold: how sure the number of spots is."""
    return {
        float(threshold): int(np.unique(clusters(overlap_mm, stiffness, threshold)).size) for threshold in thresholds
    }
