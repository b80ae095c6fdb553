"""Estimates of what a search has missed, on counts whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from glasskit.errors import InputError, InsufficientDataError
from glasskit.observables.quasilocalized.capture_recapture import capture_recapture, saturation

TRIALS = 400


def counts(rng, chances, guesses):
    drawn = rng.multinomial(guesses, chances)
    return drawn[drawn > 0]


def test_equally_likely_spots_are_estimated_without_bias(rng):
    """100 spots, 150 guesses: 22 are missed on average."""
    chances = np.full(100, 0.01)
    results = [capture_recapture(counts(rng, chances, 150)) for _ in range(TRIALS)]
    estimates, errors = np.array([r.estimated for r in results]), np.array([r.error for r in results])
    assert np.mean([r.observed for r in results]) < 80
    # the mean of 400 estimates has an error of 0.6; the bias-corrected estimate is exact to 1 %: a limit of 4.5 errors
    assert abs(estimates.mean() - 100.0) < 1.0 + 4.5 * estimates.std() / np.sqrt(TRIALS)
    assert errors.mean() == pytest.approx(estimates.std(), rel=0.25)  # that of a standard deviation of 400: 4 %
    covered = np.mean(np.abs(estimates - 100.0) < 2.0 * errors)
    assert covered > 0.88  # 0.95 for a normal estimate, less for this skew one; error 0.011


def test_for_unequal_chances_it_is_a_lower_bound_nearer_than_what_was_seen(rng):
    chances = 1.0 / np.arange(1, 201)
    chances /= chances.sum()
    results = [capture_recapture(counts(rng, chances, 400)) for _ in range(TRIALS)]
    observed, estimated = np.mean([r.observed for r in results]), np.mean([r.estimated for r in results])
    assert observed + 10 < estimated < 200


def test_coverage_is_the_chance_to_meet_a_known_spot(rng):
    chances = 1.0 / np.arange(1, 201)
    chances /= chances.sum()
    misses = []
    for _ in range(TRIALS):
        drawn = rng.multinomial(300, chances)
        result = capture_recapture(drawn[drawn > 0])
        misses.append((result.coverage - chances[drawn > 0].sum()) / result.coverage_error)
    misses = np.array(misses)
    assert abs(misses.mean()) < 0.1 + 4.5 / np.sqrt(TRIALS)  # Good and Turing: biased by f1/n² only
    assert 0.7 < misses.std() < 1.3


def test_saturation_is_the_mean_over_random_orders(rng):
    hits = np.array([1, 1, 2, 5, 11])
    spots = np.repeat(np.arange(5), hits)
    draws = np.array([0, 1, 4, 10, 20])
    exact = saturation(hits, draws)
    trials = 4000
    found = np.array(
        [[len(set(order[:m])) for m in draws] for order in (rng.permutation(spots) for _ in range(trials))]
    )
    # five standard errors, of numbers whose standard deviation is below 1
    assert exact == pytest.approx(found.mean(axis=0), abs=5.0 / np.sqrt(trials))
    assert exact[[0, 1, -1]] == pytest.approx([0.0, 1.0, 5.0])


def test_saturation_of_some_of_the_spots_leaves_out_the_others():
    hits, draws = np.array([1, 3, 6]), np.arange(11)
    parts = saturation(hits[:1], draws, 10) + saturation(hits[1:], draws, 10)
    assert parts == pytest.approx(saturation(hits, draws), abs=1e-12)


def test_known_numbers():
    result = capture_recapture([1, 1, 1, 2, 2, 7])
    assert (result.guesses, result.singletons, result.doubletons) == (14, 3, 2)
    assert result.estimated == pytest.approx(6 + 13 / 14 * 3 * 2 / (2 * 3))
    assert result.coverage == pytest.approx(1 - 3 / 14)
    assert result.completeness == pytest.approx(6 / result.estimated)
    soft = capture_recapture([2, 7], guesses=14)
    assert (soft.estimated, soft.coverage) == (2.0, 1.0)
    assert capture_recapture([1, 1, 1, 4]).error > 0.0  # no doubletons


def test_all_singletons_tell_nothing():
    with pytest.raises(InsufficientDataError, match="found once only") as caught:
        capture_recapture([1, 1, 1])
    assert caught.value.partial.observed == 3


@pytest.mark.parametrize("hits", [[], [0, 1], [1.5], [[1, 2]]])
def test_what_are_no_counts_is_refused(hits):
    with pytest.raises(InputError, match="hits: expected integers"):
        capture_recapture(hits)


def test_numbers_of_guesses_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="guesses: expected at least the 3 hits"):
        capture_recapture([1, 2], guesses=2)
    with pytest.raises(InputError, match="draws: expected integers from 0 to the 3"):
        saturation([1, 2], [4])
