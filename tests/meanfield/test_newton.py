"""Newton steps against the dense solve, and the bound that keeps them in their basin against the Hessian on the way."""

import numpy as np
import pytest
import scipy.linalg

from glasskit.meanfield.couplings import random_couplings
from glasskit.meanfield.landscape import Landscape
from glasskit.meanfield.minimise import minimise
from glasskit.meanfield.newton import newton_step, stays


def landscape(strength, size=80, seed=1):
    rng = np.random.default_rng(seed)
    return Landscape(rng.uniform(0.0, 1.0, size), random_couplings(size, strength, rng), 0.01, strength)


@pytest.mark.parametrize("strength", [0.05, 0.3])
def test_the_step_and_its_softest_share_are_those_of_the_dense_hessian(strength):
    of = landscape(strength)
    point = of.at(2.5 + 0.5 * np.random.default_rng(2).standard_normal(80))
    dense = of.couplings.dense(diagonal=of.diagonal(point.coordinates))
    values = scipy.linalg.eigvalsh(dense, np.diag(np.diag(dense)))
    assert values[0] > 0
    found = newton_step(of, point, 1e-13)
    expected = -np.linalg.solve(dense, point.gradient)
    # residual 1e-13 of the gradient over the softest eigenvalue, above 0.01 of the largest
    np.testing.assert_allclose(found.step, expected, atol=1e-10 * np.max(np.abs(expected)))
    # Ritz values are above eigenvalues, and exact once the space holds the solution
    assert values[0] * (1 - 1e-12) <= found.softest < values[0] * (1 + 1e-3)
    rough = newton_step(of, point, 1e-2)
    assert rough.products < found.products
    residual = dense @ rough.step + point.gradient
    assert np.linalg.norm(residual) <= 1.01e-2 * np.linalg.norm(point.gradient)


def test_where_a_step_stays_the_hessian_is_half_of_what_it_was_all_the_way():
    of = landscape(0.1)
    rng, kept = np.random.default_rng(3), 0
    minimum = minimise(of, np.zeros(80), tolerance=1e-10).point.coordinates
    for width in (0.01, 0.03, 0.1, 0.3) * 5:
        point = of.at(minimum + width * rng.standard_normal(80))
        found = newton_step(of, point, 1e-12)
        if not stays(point, found):
            continue
        kept += 1
        start = of.couplings.dense(diagonal=of.diagonal(point.coordinates))
        for t in np.linspace(0.0, 1.0, 21):
            there = of.couplings.dense(diagonal=of.diagonal(point.coordinates + t * found.step))
            assert np.linalg.eigvalsh(there - 0.499 * start)[0] > 0
    assert 5 <= kept < 20


def test_no_step_is_kept_where_the_hessian_is_not_positive():
    of = landscape(1.0)
    point = of.at(1e-3 * np.random.default_rng(4).standard_normal(80))
    found = newton_step(of, point, 1e-6)
    assert not found.softest > 0.0
    assert not stays(point, found)
