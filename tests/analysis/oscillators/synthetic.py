"""Oscillators whose scaling function and omega_x are known: partial sums as instances would store them."""

import numpy as np

LIMITS = 10.0 ** (np.arange(-24, 1) / 8)


def shape(u):
    """Mean of x²/omega_x²: constant for soft oscillators, u^-2 for stiff ones."""
    return 3.3 / (1 + 1.7 * u + 3.3 * u * u)


def ensemble(rng, omega_x, *, kappa_0=1.0, n=400, instances=40, common=0.1, form=shape):
    """Limits, counts and sums: x² scatters like a mean of chi² and 1, and by ``common`` between instances."""
    stiffness_gn = np.sort(rng.uniform(0, kappa_0, (instances, n)), axis=1)
    of_instance_g1 = np.exp(common * rng.standard_normal((instances, 1)) - common**2 / 2)
    scatter_gn = 0.5 * (rng.standard_normal((instances, n)) ** 2 + 1) * of_instance_g1
    square_gn = omega_x**2 * form(stiffness_gn / omega_x**2) * scatter_gn
    return partial_sums(stiffness_gn, square_gn, kappa_0 * LIMITS)


def partial_sums(stiffness_gn, square_gn, limits):
    """Limits, counts and sums of oscillators in ascending order of stiffness."""
    count_gm = np.stack([np.searchsorted(row, limits, side="right") for row in stiffness_gn])
    cumulated = np.hstack([np.zeros((len(square_gn), 1)), np.cumsum(square_gn, axis=1)])
    return limits, count_gm, np.take_along_axis(cumulated, count_gm, axis=1)
