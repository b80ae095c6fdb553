"""Two soft spots that share a harmonic mode, found in an ensemble and kept as data, are taken apart."""

from pathlib import Path

import numpy as np
import pytest

import glasskit as gk

DATA = Path(__file__).parents[3] / "data" / "results" / "validation"


@pytest.mark.parametrize(("name", "second"), [("two-spots", True), ("spot-and-wave", False)])
def test_kept_modes_are_found_again(name, second):
    kept = np.load(DATA / f"hybridised-{name}.npz")
    glass = gk.Configuration(kept["positions"], kept["diameters"], kept["lengths"])
    first = gk.quartic_mode(glass, gk.BINARY_IPL.potential, kept["harmonic"])
    assert abs(np.vdot(first.mode, kept["first"])) == pytest.approx(1.0, abs=1e-12)
    assert gk.participation_ratio(kept["harmonic"]) > 4 * first.participation
    if second:
        rest = kept["harmonic"] - np.vdot(kept["harmonic"], first.mode) * first.mode
        other = gk.quartic_mode(glass, gk.BINARY_IPL.potential, rest)
        overlaps = [abs(np.vdot(kept["harmonic"], spot.mode)) for spot in (first, other)]
        assert sum(x * x for x in overlaps) > 0.8
        assert abs(np.vdot(first.mode, other.mode)) < 0.1
        assert abs(np.vdot(other.mode, kept["second"])) == pytest.approx(1.0, abs=1e-12)
