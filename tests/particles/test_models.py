"""Ready models: the numbers of their papers."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

import glasskit as gk
from glasskit.errors import InputError
from glasskit.particles.models import MODELS

models = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())


def test_all_ready_models_are_public_and_found_by_name():
    assert list(MODELS.items()) == [(m.name, m) for m in (gk.TAPERED_IPL, gk.BINARY_IPL, gk.POLY, gk.NBC)]


def test_the_tapered_inverse_power_law_is_the_one_of_its_paper():
    assert gk.TAPERED_IPL.potential == gk.InversePowerLaw(exponent=12, cutoff=1.955, taper=2, nonadditivity=0.0)
    assert gk.TAPERED_IPL.diameters == gk.PowerLawDiameters(0.73, 1.62)
    assert gk.TAPERED_IPL.density(3) == 1.0


def test_the_smoothed_inverse_power_laws_are_those_of_their_papers():
    for model, n, x_c, q, nonadditivity in (
        (gk.BINARY_IPL, 10, 1.48, 3, 1 / 24),
        (gk.POLY, 10, 1.40, 3, 0.1),
        (gk.NBC, 12, 1.25, 2, 0.2),
    ):
        assert model.potential == gk.SmoothedInversePowerLaw(n, x_c, q, nonadditivity)
    assert [gk.BINARY_IPL.density(d) for d in (2, 3, 4)] == [0.86, 0.82, 0.80]
    assert gk.POLY.density(3) == 0.65
    assert gk.POLY.diameters == gk.PowerLawDiameters(1.0, 2.22)
    assert gk.NBC.density(3) == 1.0
    assert gk.NBC.largest_size_difference == 0.2


@models
def test_configurations_have_the_density_and_sizes_of_the_model(model, rng):
    for dimension in model.densities:
        configuration = model.random_configuration(200, dimension=dimension, rng=rng)
        assert configuration.dimension == dimension
        assert configuration.density == pytest.approx(model.density(dimension), rel=1e-13)
        assert configuration.number_of_particles == 200


@models
def test_models_survive_pickling_and_comparison(model):
    again = pickle.loads(pickle.dumps(model))
    assert again == model
    assert hash(again) == hash(model)
    with pytest.raises(TypeError):
        model.densities[3] = 2.0


def test_a_density_the_literature_does_not_give_is_refused():
    with pytest.raises(InputError, match="poly has a density for d = 3 only, found d = 2"):
        gk.POLY.density(2)


@pytest.mark.parametrize("m", [1, 3, 8, math.inf])
def test_with_taper_changes_the_taper_only(m):
    model = gk.TAPERED_IPL.with_taper(m)
    assert model.potential == gk.InversePowerLaw(taper=m)
    assert model.diameters == gk.TAPERED_IPL.diameters
    assert gk.TAPERED_IPL.potential.taper == 2


def test_with_taper_refuses_what_has_no_taper():
    with pytest.raises(InputError, match="poly has no taper"):
        gk.POLY.with_taper(2)
    with pytest.raises(InputError, match="taper: expected"):
        gk.TAPERED_IPL.with_taper(0)


def test_pairs_of_the_polydisperse_model_are_nonadditive(rng):
    a_i, a_j = np.sort(gk.POLY.diameters.sample(2, rng))
    pair = 0.5 * (a_i + a_j) * (1 - 0.1 * (a_j - a_i))
    assert gk.POLY.potential.pair_diameter(a_i, a_j) == pytest.approx(pair, rel=1e-15)
    assert gk.POLY.potential.cutoff_of(pair) == pytest.approx(1.4 * pair, rel=1e-15)
