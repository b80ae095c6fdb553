"""Glasses sheared to just before an instability, where one mode softens as √(gamma_c − gamma)."""

from __future__ import annotations

import numpy as np

import glasskit as gk


def sheared(configuration, potential, gamma):
    """Simple shear by gamma more, quenched again."""
    return gk.quench(configuration.deformed([[1, gamma], [0, 1]]), potential, force_tolerance=1e-12).configuration


def sheared_to_the_edge(configuration, potential):
    """Simple shear in ever smaller steps as far as the minimum goes, to 1e-7 before the instability or less."""
    step = 1e-3
    while step > 1e-8:
        ahead = sheared(configuration, potential, step)
        moved = configuration.box.minimum_image(ahead.positions - configuration.positions)
        # near an instability particles move by some √step, beyond it by a fraction of a diameter
        if np.abs(moved - moved.mean(axis=0)).max() > 4 * np.sqrt(step):
            step /= 2
        else:
            configuration = ahead
    return configuration
