"""Levels whose statistics are known: random matrices and independent levels."""

import numpy as np


def orthogonal_matrix_levels(rng, count, size):
    """Ascending eigenvalues of ``count`` matrices of the Gaussian orthogonal ensemble, shape (count, size)."""
    raw = rng.normal(size=(count, size, size))
    return np.linalg.eigvalsh(raw + raw.swapaxes(1, 2))


def independent_levels(seed, count, size):
    """``count`` spectra of ``size`` positive levels whose gaps are independent and exponential."""
    return np.cumsum(np.random.default_rng(seed).exponential(size=(count, size)), axis=1)
