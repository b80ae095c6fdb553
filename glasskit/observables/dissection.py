"""An order of elimination for a sparse symmetric matrix: nested dissection into dense blocks.

The graph of the matrix (one node per particle where rows come in such groups) is cut in two by a small set of nodes
that is eliminated after both halves, and so on within the halves. Coordinates for the cuts come from the graph
itself: its smoothest functions, which for a glass are plane waves of the box.
A. George, SIAM J. Numer. Anal. 10, 345 (1973); A. Pothen, H. D. Simon, K.-P. Liou, SIAM J. Matrix Anal. Appl. 11,
430 (1990).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import breadth_first_order, maximum_bipartite_matching

LEAF = 60  # nodes that are not cut further
_FUNCTIONS = 8  # smooth functions: sine and cosine along each axis, and two more
_AXES, _MIXTURES = 4, 8  # directions among them along which a cut is tried: the longest, and random ones


@dataclass(frozen=True)
class Block:
    """Rows that are eliminated together, after the blocks `children`; rows are numbered in the order of elimination."""

    first: int  # the pivots are the rows first to end − 1
    end: int
    boundary: np.ndarray  # (b,) rows eliminated later that the elimination couples, ascending
    children: tuple[int, ...]


@dataclass(frozen=True)
class Dissection:
    """An order of elimination of the rows of a matrix."""

    order: np.ndarray  # (n,) the row that comes as number k
    blocks: list[Block]  # children before parents


def dissect(matrix: sp.csr_matrix | sp.csr_array) -> Dissection:
    """Find an order of elimination by nested dissection of the graph."""
    width = _group_width(matrix)
    graph = _graph(matrix, width)
    n = graph.shape[0]
    pieces: list[tuple[np.ndarray, tuple[int, ...]]] = []
    _divide(graph, np.arange(n), _smooth_functions(graph), pieces)
    order = np.concatenate([nodes for nodes, _ in pieces])
    position = np.empty(n, dtype=np.intp)
    position[order] = np.arange(n)
    boundaries: list[np.ndarray] = []
    blocks, end = [], 0
    for nodes, children in pieces:
        first, end = end, end + len(nodes)
        reached = [position[graph[nodes].indices]] + [boundaries[child] for child in children]
        later = np.unique(np.concatenate(reached))
        boundaries.append(later[later >= end])
        blocks.append(Block(first * width, end * width, _rows(boundaries[-1], width), children))
    return Dissection(_rows(order, width), blocks)


def _rows(nodes: np.ndarray, width: int) -> np.ndarray:
    return (nodes[:, None] * width + np.arange(width)).ravel()


def _group_width(matrix: sp.csr_matrix | sp.csr_array) -> int:
    """The largest d <= 4 such that each d consecutive rows have the same pattern."""
    n, counts = matrix.shape[0], np.diff(matrix.indptr)
    for width in (4, 3, 2):
        if n % width == 0 and np.all(counts.reshape(-1, width) == counts[::width, None]):
            starts = matrix.indptr[:-1].reshape(-1, width)
            rows = [np.repeat(starts[:, k] - starts[:, 0], counts[::width]) for k in range(1, width)]
            first = np.concatenate([matrix.indices[:0], matrix.indices])
            where = np.repeat(starts[:, 0] - np.r_[0, np.cumsum(counts[::width])[:-1]], counts[::width])
            where = where + np.arange(len(where))
            if all(np.array_equal(first[where], first[where + row]) for row in rows):
                return width
    return 1


def _graph(matrix: sp.csr_matrix | sp.csr_array, width: int) -> sp.csr_matrix:
    """Adjacency of groups of rows, ones, without the diagonal."""
    coo = matrix[::width].tocoo() if width > 1 else matrix.tocoo()
    row, column = coo.row, coo.col // width
    off = row != column
    n = matrix.shape[0] // width
    graph = sp.csr_matrix((np.ones(np.count_nonzero(off)), (row[off], column[off])), shape=(n, n))
    graph.data[:] = 1
    return graph


def _smooth_functions(graph: sp.csr_matrix) -> np.ndarray:
    """Functions (n, k) on the nodes that vary slowly along edges, the constant left out."""
    n = graph.shape[0]
    degree = np.maximum(np.asarray(graph.sum(axis=1)).ravel(), 1)
    scale = sp.diags(degree**-0.5)
    walk = sp.csr_matrix(scale @ graph @ scale)
    constant = degree**0.5 / np.linalg.norm(degree**0.5)
    block = np.random.default_rng(0).standard_normal((n, min(_FUNCTIONS, n)))
    if n <= LEAF:
        return block  # not asked for
    edge = 0.0
    for _ in range(4):
        # Chebyshev polynomials grow fast above the edge, and stay below one on [-1, edge]
        half, middle = (edge + 1) / 2, (edge - 1) / 2
        before, block = block, (walk @ block - middle * block) / half
        for _ in range(7):
            before, block = block, 2 / half * (walk @ block - middle * block) - before
        block -= constant[:, None] * (constant @ block)
        block = np.linalg.qr(block)[0]
        values, weights = np.linalg.eigh(block.T @ (walk @ block))
        edge = min(max(float(values[0]), -0.5), 0.99)
        block = block @ weights
    return block * degree[:, None] ** -0.5


def _divide(
    graph: sp.csr_matrix,
    nodes: np.ndarray,
    functions: np.ndarray,
    pieces: list[tuple[np.ndarray, tuple[int, ...]]],
) -> tuple[int, ...]:
    """Append the pieces of `nodes`, in the order of elimination; return the index of the last one, if any."""
    if len(nodes) == 0:
        return ()
    cut = _cut(graph, nodes, functions) if len(nodes) > LEAF else None
    if cut is None:
        pieces.append((nodes, ()))
        return (len(pieces) - 1,)
    one, other, separator = cut
    children = _divide(graph, one, functions, pieces) + _divide(graph, other, functions, pieces)
    if len(separator) == 0:
        return children
    pieces.append((separator, children))
    return (len(pieces) - 1,)


def _cut(graph: sp.csr_matrix, nodes: np.ndarray, functions: np.ndarray) -> tuple[np.ndarray, ...] | None:
    """Two parts without a common edge and the nodes between them; None where that takes most of the nodes."""
    n = len(nodes)
    inner = graph[nodes][:, nodes]
    row, column = np.repeat(np.arange(n), np.diff(inner.indptr)), inner.indices
    local = functions[nodes] - functions[nodes].mean(axis=0)
    values, axes = np.linalg.eigh(local.T @ local)
    lengths = np.sqrt(np.maximum(values, 0))
    mixtures = lengths[:, None] * np.random.default_rng(0).standard_normal((len(axes), _MIXTURES))
    fewest = n + 1
    upper = np.zeros(n, dtype=bool)
    for projection in (local @ np.hstack([axes[:, -_AXES:], axes @ mixtures])).T:
        above = np.zeros(n, dtype=bool)
        above[np.argpartition(projection, n // 2)[n // 2 :]] = True
        crossing = above[row] & ~above[column]
        touched = np.zeros(n, dtype=bool)
        touched[row[crossing]] = True
        touched[column[crossing]] = True
        number = int(np.count_nonzero(touched))
        if number < fewest:
            fewest, upper = number, above
    crossing = upper[row] & ~upper[column]
    between = _cover(row[crossing], column[crossing], n)
    if 2 * np.count_nonzero(between) > len(nodes):
        return None
    return nodes[upper & ~between], nodes[~upper & ~between], nodes[between]


def _cover(left: np.ndarray, right: np.ndarray, n: int) -> np.ndarray:
    """Mask (n,) of the smallest set of nodes that touches every edge from `left` to `right` (König's theorem)."""
    edges = sp.csr_matrix((np.ones(len(left)), (left, right)), shape=(n, n))
    partner = maximum_bipartite_matching(edges, perm_type="column")  # of each left node, -1: none
    matched = np.flatnonzero(partner >= 0)
    # alternating paths from the unmatched left nodes: any edge to the right, matched edges back
    start = np.setdiff1d(left, matched)
    source = np.full(len(start), 2 * n)
    tail = np.concatenate([left, n + partner[matched], source])
    head = np.concatenate([n + right, matched, start])
    paths = sp.csr_matrix((np.ones(len(tail)), (tail, head)), shape=(2 * n + 1, 2 * n + 1))
    reached = np.zeros(2 * n + 1, dtype=bool)
    reached[breadth_first_order(paths, 2 * n, return_predecessors=False)] = True
    cover = reached[n : 2 * n].copy()
    cover[left] |= ~reached[left]
    return cover
