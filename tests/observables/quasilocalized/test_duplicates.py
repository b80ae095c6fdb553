"""Clusters of directions, on overlaps made by hand."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from glasskit.errors import InputError
from glasskit.observables.quasilocalized.duplicates import clusters, numbers_of_spots

# 0 and 1 are alike; 2 lies between 0 and 3, nearer to 3; 4 is alone
OVERLAPS = np.array(
    [
        [1.00, -0.95, 0.60, 0.10, 0.00],
        [-0.95, 1.00, 0.55, 0.10, 0.00],
        [0.60, 0.55, 1.00, 0.70, 0.20],
        [0.10, 0.10, 0.70, 1.00, 0.35],
        [0.00, 0.00, 0.20, 0.35, 1.00],
    ]
)


def test_the_softest_lead_and_signs_do_not_matter():
    assert clusters(OVERLAPS, [2.0, 1.0, 5.0, 3.0, 4.0], 0.5).tolist() == [1, 1, 3, 3, 4]


def test_a_member_of_a_cluster_leads_nobody():
    """2, the softest, takes 0, 1 and 3; 4 overlaps with its member 3 only, and stays alone."""
    assert clusters(OVERLAPS, [2.0, 2.5, 1.0, 3.0, 4.0], 0.3).tolist() == [2, 2, 2, 2, 4]


def test_of_equally_soft_ones_the_first_leads():
    assert clusters(OVERLAPS, np.ones(5), 0.5).tolist() == [0, 0, 0, 3, 4]


def test_numbers_at_several_thresholds():
    numbers = numbers_of_spots(OVERLAPS, [1.0, 2.0, 5.0, 3.0, 4.0], (0.3, 0.5, 0.65, 0.9, 0.99))
    assert numbers == {0.3: 2, 0.5: 3, 0.65: 3, 0.9: 4, 0.99: 5}


def test_sparse_overlaps_give_the_same():
    stiffness = [2.0, 1.0, 5.0, 3.0, 4.0]
    assert clusters(sp.csr_matrix(OVERLAPS), stiffness, 0.5).tolist() == clusters(OVERLAPS, stiffness, 0.5).tolist()


def test_against_a_plain_loop(rng):
    vectors = rng.standard_normal((40, 4))
    vectors /= np.linalg.norm(vectors, axis=1)[:, None]
    overlap_mm, stiffness = vectors @ vectors.T, rng.random(40)
    leaders: list[int] = []
    expected = [0] * 40
    for a in sorted(range(40), key=lambda k: stiffness[k]):
        near = [(abs(overlap_mm[a, b]), b) for b in leaders if abs(overlap_mm[a, b]) > 0.7]
        expected[a] = max(near)[1] if near else a
        leaders += [] if near else [a]
    assert clusters(overlap_mm, stiffness, 0.7).tolist() == expected


@pytest.mark.parametrize(
    ("overlaps", "stiffness", "threshold", "message"),
    [
        (np.eye(3), [1.0, 2.0], 0.5, r"expected shape \(2, 2\)"),
        (np.full((2, 2), np.nan), [1.0, 2.0], 0.5, "not finite"),
        (np.eye(2), [1.0, 2.0], 0.0, "threshold: expected an overlap"),
        (np.eye(2), [1.0, 2.0], True, "threshold: expected an overlap"),
    ],
)
def test_bad_input(overlaps, stiffness, threshold, message):
    with pytest.raises(InputError, match=message):
        clusters(overlaps, stiffness, threshold)
