"""Critical line of the gapped KHGPS model: published numbers, both kinds, the point where they meet, limits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from glasskit.errors import InputError
from glasskit.meanfield.critical_line import khgps_critical_coupling, khgps_critical_point, khgps_special_point
from glasskit.meanfield.saddle import saddle
from glasskit.reference import replica_symmetric as slow

RANGE = (0.1, 1.0)


@pytest.mark.parametrize(
    ("field", "coupling", "exponent"), [(0.0, 0.13714, 2), (0.01, 0.16014, 2), (0.1, 0.20254, 4), (1.0, 0.34503, 4)]
)
def test_published_couplings(field, coupling, exponent):
    point = khgps_critical_point(field=field, stiffness_range=RANGE)
    assert point.coupling == pytest.approx(coupling, abs=5e-6)
    assert point.exponent == exponent
    assert khgps_critical_coupling(field=field, stiffness_range=RANGE) == point.coupling


@pytest.mark.parametrize(("field", "prefactor", "digit"), [(0.1, 67.8, 0.05), (1.0, 0.806, 5e-4)])
def test_published_quartic_prefactors(field, prefactor, digit):
    assert khgps_critical_point(field=field, stiffness_range=RANGE).prefactor == pytest.approx(prefactor, abs=digit)


@pytest.mark.parametrize("field", [1e-4, 0.01])
def test_quadratic_prefactor_against_the_slow_twin(field):
    point = khgps_critical_point(field=field, stiffness_range=RANGE)
    options = {"coupling": point.coupling, "q": point.saddle.q, "chi": point.saddle.chi, "stiffness_range": RANGE}
    cube = slow.average(lambda x, m: m**-3, field=field, **options)
    expected = 2 / (math.pi * point.coupling**3 * math.sqrt(cube))
    assert point.prefactor == pytest.approx(expected, rel=1e-7)
    assert point.saddle.replicon == pytest.approx(0, abs=1e-12)


def test_small_fields_approach_no_field_as_a_power_two_thirds():
    """J_c(h) − J_c(0) ∝ h^(2/3), as at the stability line of a spin glass in a field."""
    at_rest = khgps_critical_coupling(field=0.0, stiffness_range=RANGE)
    rise = [khgps_critical_coupling(field=h, stiffness_range=RANGE) - at_rest for h in (1e-10, 1e-9, 1e-8)]
    slope = np.diff(np.log10(rise))
    assert slope == pytest.approx([2 / 3, 2 / 3], abs=3e-4)  # the correction is 1e-3 from 1e-8 to 1e-7, falling


@pytest.mark.parametrize("field", [1e-15, 1e-30, 1e-200])
def test_tiny_fields_are_no_field(field):
    at_rest = khgps_critical_point(field=0.0, stiffness_range=RANGE)
    point = khgps_critical_point(field=field, stiffness_range=RANGE)
    assert point.coupling == pytest.approx(at_rest.coupling, rel=1e-8)
    assert point.prefactor == pytest.approx(at_rest.prefactor, rel=1e-7)


def test_one_stiffness_at_no_field():
    """Kappa_min = kappa_0: J² = k² and a = J²/k give J_c = kappa/2; modes are delocalised everywhere."""
    assert khgps_critical_coupling(field=0.0, stiffness_range=(0.7, 0.7)) == pytest.approx(0.35, rel=1e-12)
    for field in (1e-3, 0.1, 10.0):
        assert khgps_critical_point(field=field, stiffness_range=(0.7, 0.7)).exponent == 2


@pytest.mark.parametrize("stiffness_range", [RANGE, (0.01, 1.0), (0.6, 0.9)])
def test_special_point_separates_the_lines(stiffness_range):
    special = khgps_special_point(stiffness_range=stiffness_range)
    assert special.saddle.softest == 0
    assert special.saddle.replicon == pytest.approx(0, abs=1e-12)
    below = khgps_critical_point(field=special.field * 0.999, stiffness_range=stiffness_range)
    above = khgps_critical_point(field=special.field * 1.001, stiffness_range=stiffness_range)
    assert (below.exponent, above.exponent) == (2, 4)
    assert below.coupling < special.coupling < above.coupling
    assert (
        above.prefactor > 1e3 * khgps_critical_point(field=2 * special.field, stiffness_range=stiffness_range).prefactor
    )  # lambda_R^(−5/2) diverges


@pytest.mark.parametrize("stiffness_range", [RANGE, (0.001, 1.0), (0.95, 1.0), (1.0, 1.0)])
@pytest.mark.parametrize("field", [1e-5, 0.02, 3.0])
def test_line_is_the_first_instability(stiffness_range, field):
    """From J = 0 to the line, coupling rises and the replicon falls: no other instability comes before."""
    kappa_min, span = stiffness_range[0], stiffness_range[1] - stiffness_range[0]
    point = khgps_critical_point(field=field, stiffness_range=stiffness_range)
    end = kappa_min - point.saddle.softest
    path = [
        saddle(field=field, reaction=a, softest=kappa_min - a, span=span) for a in end * np.linspace(0.02, 0.999, 60)
    ]
    assert (np.diff([p.coupling for p in path]) > 0).all()
    assert (np.diff([p.replicon for p in path]) < 0).all()
    assert path[-1].replicon > 0


def test_gap_pushed_to_zero_takes_the_line_with_it():
    """Kappa_min → 0: J_c → 0 and the special point moves to zero field [Lerner and Bouchbinder 2021, Sec. IV E]."""
    couplings, fields = [], []
    for kappa_min in (1e-1, 1e-3, 1e-5):
        couplings.append(khgps_critical_coupling(field=0.1, stiffness_range=(kappa_min, 1.0)))
        fields.append(khgps_special_point(stiffness_range=(kappa_min, 1.0)).field)
    assert (np.diff(couplings) < 0).all()
    assert (np.diff(fields) < 0).all()
    assert couplings[-1] < 0.003


def test_special_point_needs_a_range():
    with pytest.raises(InputError, match="whole critical line is omega²"):
        khgps_special_point(stiffness_range=(1.0, 1.0))


def test_ungapped_range_is_refused():
    with pytest.raises(InputError, match="the critical coupling is 0"):
        khgps_critical_coupling(field=0.1, stiffness_range=(0.0, 1.0))
