import numpy as np
import scipy.sparse as sp
from spring_networks import rounding, with_spectrum

from glasskit.observables import krylov


def test_a_mode_out_of_reach_of_the_start_calls_for_a_new_one(monkeypatch):
    # diagonal matrix, and an inverse that is blind to mode 3 until a second random block is drawn
    eigenvalues = np.r_[np.linspace(0.1, 0.9, 12), np.linspace(1.2, 400, 988)]
    draw, drawn = krylov.RitzSpace.random_block, []

    def counted_draw(space):
        drawn.append(space.size)
        return draw(space)

    def solve(block):
        solution = block / (eigenvalues - 1.0)[:, None]
        if len(drawn) < 2:
            solution[3] = 0
        return solution

    monkeypatch.setattr(krylov.RitzSpace, "random_block", counted_draw)
    hessian = sp.diags(eigenvalues).tocsr()
    for allowed, reached in ((4, 12), (0, 11)):
        drawn.clear()
        monkeypatch.setattr(krylov, "_NEW_BLOCKS", allowed)
        monkeypatch.setattr(krylov, "_SPARE_BLOCKS", 20)
        space = krylov.RitzSpace(hessian, np.empty((1000, 0)))
        values, _ = krylov.converge_below(space, solve, 1.0, 12, 1e-10)
        assert len(values) == reached


def test_lapack_is_asked_for_accuracy_or_after_a_failure(monkeypatch):
    matrix = with_spectrum(np.linspace(1, 2, 40))
    expected = krylov.lapack_pairs(matrix, number=5)[0]
    np.testing.assert_allclose(krylov.lapack_pairs(matrix, below=1.12)[0], expected, rtol=0, atol=rounding(matrix))
    solve, drivers = krylov.scipy.linalg.eigh, []

    def fails_by_bisection(matrix, driver=None, **options):
        drivers.append(driver)
        if "subset_by_value" in options or "subset_by_index" in options:
            raise np.linalg.LinAlgError("Internal Error.")
        return solve(matrix, driver=driver, **options)

    monkeypatch.setattr(krylov.scipy.linalg, "eigh", fails_by_bisection)
    for accurate, tried in ((False, [None, "evd"]), (True, ["evd"])):
        for window in ({"number": 5}, {"below": 1.12}):
            drivers.clear()
            values, vectors = krylov.lapack_pairs(matrix, accurate=accurate, **window)
            assert drivers == tried
            assert vectors.shape == (40, 5)
            np.testing.assert_allclose(values, expected, rtol=0, atol=rounding(matrix))


class Counted:
    """A diagonal matrix that counts the columns it is applied to."""

    def __init__(self, diagonal):
        self.diagonal, self.columns, self.shape = diagonal, 0, (len(diagonal), len(diagonal))

    def __matmul__(self, block):
        self.columns += block.shape[1]
        return self.diagonal[:, None] * block


def test_modes_around_a_level_take_products_with_m_once_they_have_converged():
    rng = np.random.default_rng(5)
    eigenvalues = np.sort(rng.uniform(0, 4, 3000))
    shift = 0.5 * (eigenvalues[40] + eigenvalues[41])
    matrix = Counted(eigenvalues)

    def solve(block):
        return block / (eigenvalues - shift)[:, None]

    values, vectors = krylov.converge_around(matrix, solve, shift, 41, 7, 4e-8)
    np.testing.assert_allclose(values, eigenvalues[:48], rtol=0, atol=1e-13)
    residuals = np.linalg.norm(eigenvalues[:, None] * vectors - vectors * values, axis=0)
    assert residuals.max() <= 4e-8
    once = 41 + 7 + 2 * krylov.BLOCK
    assert matrix.columns == krylov.BLOCK + once  # a block that says how far M reaches, and one look


def test_rounding_above_the_tolerance_ends_the_search_instead_of_the_guess(monkeypatch):
    eigenvalues = np.sort(np.random.default_rng(6).uniform(0, 4, 600))
    shift = 0.5 * (eigenvalues[20] + eigenvalues[21])
    noise = np.random.default_rng(7)

    def noisy(block):
        return block / (eigenvalues - shift)[:, None] * (1 + 1e-9 * noise.standard_normal(block.shape))

    matrix = Counted(eigenvalues)
    monkeypatch.setattr(krylov, "_SPARE_BLOCKS", 2)
    values, _ = krylov.converge_around(matrix, noisy, shift, 21, 0, 1e-13)
    assert len(values) < 21  # and no more than the space that is allowed
    assert matrix.columns > krylov.BLOCK + 21 + 2 * krylov.BLOCK  # looked before it was full
