"""Hessians with known zero modes or known spectra: spring networks, crystals, constructed matrices."""

import itertools

import numpy as np
import scipy.sparse as sp

EPS = np.finfo(float).eps


def assemble(bonds, number, dimension):
    """Hessian of unstressed springs: bonds are (i, j, unit vector, stiffness)."""
    rows = np.zeros((len(bonds), number, dimension))
    for b, (i, j, direction, stiffness) in enumerate(bonds):
        rows[b, i] -= np.sqrt(stiffness) * direction
        rows[b, j] += np.sqrt(stiffness) * direction
    rows = sp.csr_matrix(rows.reshape(len(bonds), -1))
    return (rows.T @ rows).tocsr()


def spring_network(number, dimension, seed=1, bonds_per_particle=12):
    """Random points, the nearest pairs joined by springs of random stiffness: rigid, d zero modes."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 1, (number, dimension))
    bonds = set()
    for i in range(number):
        apart = points - points[i]
        apart -= np.round(apart)
        for j in np.argsort(np.sum(apart**2, axis=1))[1 : 1 + bonds_per_particle]:
            bonds.add((min(i, j), max(i, j)))
    table = []
    for i, j in sorted(bonds):
        vector = points[j] - points[i]
        vector -= np.round(vector)
        table.append((i, j, vector / np.linalg.norm(vector), rng.uniform(5, 50)))
    return assemble(table, number, dimension)


def crystal(side, dimension):
    """Hypercubic crystal with springs of stiffness 1 to all neighbours within √2, and its exact eigenvalues."""
    vectors = [
        v for v in itertools.product((-1, 0, 1), repeat=dimension) if 1 <= np.dot(v, v) <= 2 and v > (0,) * dimension
    ]
    sites = list(itertools.product(range(side), repeat=dimension))
    index = {site: n for n, site in enumerate(sites)}
    bonds = []
    for site, v in itertools.product(sites, vectors):
        other = tuple((a + b) % side for a, b in zip(site, v, strict=True))
        bonds.append((index[site], index[other], np.array(v) / np.linalg.norm(v), 1.0))
    exact = []
    for k in 2 * np.pi / side * np.array(sites):
        dynamical = sum(2 * (1 - np.cos(k @ v)) * np.outer(v, v) / np.dot(v, v) for v in np.array(vectors))
        exact.append(np.linalg.eigvalsh(dynamical))
    return assemble(bonds, len(sites), dimension), np.sort(np.concatenate(exact))


def with_spectrum(eigenvalues, seed=0, dimension=0):
    """Dense matrix with given eigenvalues, the first `dimension` of them (zeros) belonging to the translations."""
    n = len(eigenvalues)
    columns = np.random.default_rng(seed).standard_normal((n, n))
    for axis in range(dimension):
        columns[:, axis] = np.arange(n) % dimension == axis
    vectors = np.linalg.qr(columns)[0]
    matrix = (vectors * eigenvalues) @ vectors.T
    return (matrix + matrix.T) / 2


def norm_of(matrix):
    return abs(matrix).sum(axis=0).max()


def rounding(matrix):
    """LAPACK's error bound p(n) eps ‖M‖ with p(n) = n."""
    return matrix.shape[0] * EPS * norm_of(matrix)


def check_modes(hessian, found, exact, dimension):
    """Right eigenvalues, small residuals, orthonormal modes without translations."""
    k, n = len(found.eigenvalues), hessian.shape[0]
    np.testing.assert_allclose(found.eigenvalues, exact[:k], rtol=0, atol=rounding(hessian))
    vectors = found.modes.reshape(k, n).T
    residual = np.linalg.norm(hessian @ vectors - vectors * found.eigenvalues, axis=0)
    # the solver's own tolerance; LAPACK stays below it too
    assert np.all(residual <= 128 * EPS * norm_of(hessian))
    # orthogonal to about eps times a sum over n terms, both kinds of eigensolver; LAPACK promises O(n eps), and leaves
    # up to 1.2 n eps, differently on every processor
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(k), rtol=0, atol=4 * n * EPS)
    if dimension:
        np.testing.assert_allclose(found.modes.sum(axis=1), 0, rtol=0, atol=n * EPS)
