"""A ball of particles cut out of a glass, its surroundings held: where a search begins, at a cost that no N enters.

Energies of directions that move the ball only are exact; what is missing is that the surroundings would give way. A
minimum found here is a guess for a larger ball, and in the end for the glass.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse.linalg as sla
from numpy.typing import NDArray

from ...particles.kernels.contractions import make_contract
from .energies import DirectionEnergy, ModeEnergy, Place
from .landscape import ModeLandscape

Array = NDArray[np.float64]

_RESPONSE_ACCURACY = 1e-2  # of a response that is a guess
_MOST_RESPONSE_PRODUCTS = 200


@dataclass(frozen=True, eq=False)
class Ball(ModeLandscape):
    """The landscape of some particles of a glass whose neighbours do not move.

    Pairs are those of the ball and of the ball with its wall; particles are numbered anew, and ``moving`` is False on
    the wall.

    Attributes
    ----------
    members : (n,) array
        Numbers of these particles in the glass, ascending, the wall included.
    """

    members: NDArray[np.int64]

    @classmethod
    def around(cls, landscape: ModeLandscape, center: int, size: int) -> Ball:
        """The ``size`` particles nearest to one of them."""
        position_nc = landscape.configuration.positions
        offset_nc = landscape.configuration.box.minimum_image(position_nc - position_nc[center])
        nearest = np.argpartition(np.einsum("nc,nc->n", offset_nc, offset_nc), size - 1)[:size]
        inside = np.zeros(len(position_nc), dtype=bool)
        inside[nearest] = True
        kept = np.flatnonzero(inside[landscape.i] | inside[landscape.j])
        here = inside.copy()
        here[landscape.i[kept]] = here[landscape.j[kept]] = True
        members = np.flatnonzero(here)
        place = np.empty(len(position_nc), dtype=np.int64)
        place[members] = np.arange(len(members))
        return cls(
            configuration=landscape.configuration,
            i=place[landscape.i[kept]],
            j=place[landscape.j[kept]],
            vectors=np.ascontiguousarray(landscape.vectors[:, kept]),
            radial=np.ascontiguousarray(landscape.radial[:, kept]),
            moving=(inside & landscape.moving)[members],
            stiffest=landscape.stiffest,
            relative_force=landscape.relative_force,
            floor=landscape.floor,
            members=members,
        )

    def projected(self, z_nc: Array) -> Array:
        """The part of a direction that moves the ball; held by its wall, it has no translations."""
        return np.where(self.moving[:, None], z_nc, 0.0)


class BallEnergy(DirectionEnergy):
    """Energy of directions that leave the wall at rest: forces on it do not count."""

    def __init__(self, ball: Ball, energy: ModeEnergy):
        super().__init__(ball, energy)
        self._held = np.flatnonzero(~ball.moving)

    def at(self, z_nc: Array) -> Place:
        """As for a glass, on the space of the ball."""
        place = super().at(z_nc)
        place.h[self._held] = place.u[self._held] = place.gradient[self._held] = 0.0
        return place

    def curvature_product(self, place: Place, v_nc: Array) -> Array:
        """As for a glass, on the space of the ball."""
        out_nc = super().curvature_product(place, v_nc)
        out_nc[self._held] = 0.0
        return out_nc


def response(ball: Ball, force_nc: Array) -> Array:
    """Displacements M⁻¹·f of the ball, to a percent, by conjugate gradients."""
    contract = make_contract(force_nc.shape[1])

    def product(flat: Array) -> Array:
        out_nc = np.zeros_like(force_nc)
        contract(ball.i, ball.j, ball.vectors, ball.radial[:, :], flat.reshape(force_nc.shape), 2, out_nc)
        return ball.projected(out_nc).ravel()

    operator = sla.LinearOperator((force_nc.size, force_nc.size), matvec=product, dtype=np.float64)
    # A response that is not accurate yet is a guess all the same.
    flat, _ = sla.cg(
        operator, ball.projected(force_nc).ravel(), rtol=_RESPONSE_ACCURACY, atol=0.0, maxiter=_MOST_RESPONSE_PRODUCTS
    )
    return flat.reshape(force_nc.shape)
