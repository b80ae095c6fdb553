"""The kernels behind nonlinear modes: contractions once more, and products with their derivative."""

from __future__ import annotations

import numpy as np
import pytest
from potential_cases import CASES, small_solid

from glasskit.particles.hessian import contraction
from glasskit.particles.kernels.mode_curvature import curvature_weights, make_curvature_product, make_mode_gradient
from glasskit.particles.system import interacting_pairs

# The systems of test_hessian.py: no further kernels of potentials to compile.
SYSTEMS = [(name, 3) for name in CASES] + [("InversePowerLaw", 2), ("InversePowerLaw", 4)]
SYSTEMS += [("StickySpheres", 2), ("SmoothedInversePowerLaw", 4)]
systems = pytest.mark.parametrize(("name", "dimension"), SYSTEMS)


class Sums:
    """Both kernels on the pairs of one small solid."""

    def __init__(self, name, dimension, order):
        self.pairs = interacting_pairs(*small_solid(name, dimension))
        self.ij_x = self.pairs.i, self.pairs.j, np.ascontiguousarray(self.pairs.vectors.T)
        self.phi_2p, self.a_3p = self.pairs.radial[:2].copy(), self.pairs.radial[1:].copy()
        self.dz_cp, self.along_2p = np.empty_like(self.ij_x[2]), np.empty((2, self.pairs.i.size))
        self.order, self.dimension = order, dimension

    def gradient(self, z_nc):
        out2_nc, outk_nc = np.full_like(z_nc, np.nan), np.full_like(z_nc, np.nan)
        kernel = make_mode_gradient(self.dimension)
        kernel(*self.ij_x, self.phi_2p, self.a_3p, z_nc, self.order, self.dz_cp, self.along_2p, out2_nc, outk_nc)
        return out2_nc, outk_nc

    def product(self, z_nc, v_nc, kappa, t):
        self.gradient(z_nc)
        weight_4p, out_nc = np.empty((4, self.pairs.i.size)), np.full_like(z_nc, np.nan)
        curvature_weights(self.phi_2p, self.a_3p, self.along_2p, kappa, t, self.order, weight_4p)
        make_curvature_product(self.dimension)(*self.ij_x, self.dz_cp, weight_4p, v_nc, out_nc)
        return out_nc


def directions(name, dimension):
    shape = small_solid(name, dimension)[0].positions.shape
    return np.random.default_rng(7).normal(size=(2, *shape)) / np.sqrt(np.prod(shape))


@systems
@pytest.mark.parametrize("order", [3, 4])
def test_gradient_kernel_equals_the_contractions(name, dimension, order):
    sums, (z_nc, _) = Sums(name, dimension, order), directions(name, dimension)
    for found_nc, k in zip(sums.gradient(z_nc), (2, order), strict=True):
        expected_nc = contraction(sums.pairs, z_nc, k)
        # The same sums in another order of operations: about twenty terms per particle.
        assert np.abs(found_nc - expected_nc).max() < 1e-13 * np.abs(expected_nc).max()


@systems
@pytest.mark.parametrize("order", [3, 4])
def test_curvature_kernel_equals_differences_of_the_gradient_kernel(name, dimension, order):
    sums, (z_nc, v_nc) = Sums(name, dimension, order), directions(name, dimension)
    kappa, t, h = 37.0, -1.3e4, 0.1

    def combined(y_nc):
        second_nc, higher_nc = sums.gradient(y_nc)
        return second_nc / kappa - higher_nc / t

    at = [combined(z_nc + k * h * v_nc) for k in (-2, -1, 1, 2)]
    expected_nc = (at[0] - at[3] + 8 * (at[2] - at[1])) / (12 * h)
    # Polynomials of third order, for which these differences are exact: rounding eps/h remains.
    found_nc = sums.product(z_nc, v_nc, kappa, t)
    assert np.abs(found_nc - expected_nc).max() < 1e-13 / h * np.abs(at).max()
    assert np.abs(expected_nc).max() > 1e-3 * np.abs(at).max()


@systems
@pytest.mark.parametrize("order", [3, 4])
def test_curvature_is_symmetric_and_blind_to_translations(name, dimension, order):
    sums, (z_nc, v_nc) = Sums(name, dimension, order), directions(name, dimension)
    u_nc = np.random.default_rng(8).normal(size=z_nc.shape)
    image_nc = sums.product(z_nc, v_nc, 37.0, -1.3e4)
    left, right = np.vdot(u_nc, image_nc), np.vdot(v_nc, sums.product(z_nc, u_nc, 37.0, -1.3e4))
    scale = np.linalg.norm(u_nc) * np.linalg.norm(image_nc)
    assert abs(left - right) < 1e-13 * scale
    assert np.abs(image_nc.sum(axis=0)).max() < 1e-13 * np.abs(image_nc).sum()
    assert np.abs(sums.product(z_nc, v_nc + 1.0, 37.0, -1.3e4) - image_nc).max() < 1e-12 * np.abs(image_nc).max()
