"""How a direction of a glass couples to strain: the tensor F_π, its shears and dilatation, the softening to come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from .landscape import ModeLandscape

Array = NDArray[np.float64]

_SAME = 1e-9  # relative: eigenvalues this close in size count as equally large


@dataclass(frozen=True, eq=False)
class StrainCoupling:
    """Coupling of a unit direction π to homogeneous strain, F_π = ∂²U/∂ε∂x·π.

    F:ε is the generalized force −π·f by which an affine strain ε of box and particles pulls along π, before any
    particle relaxes: the affine part alone. What particles do afterwards is not in it: the non-affine displacement
    under ε is −M⁻¹ ∂²U/∂x∂ε, and its component along an eigenmode π of stiffness κ is −F:ε/κ. In a minimum it makes
    no difference whether ε is a Lagrangian strain, a strain without rotation or the symmetric part of a displacement
    gradient: these differ by terms with net forces.

    Attributes
    ----------
    tensor : (d, d) array
        F_ab = Σ_pairs phi2 x_a x_b (x·π_ij), symmetric, changing sign with π [energy/length].
    stiffness, tau : float
        kappa = M:ππ and U3:πππ of the direction, for `softening`.
    """

    tensor: Array
    stiffness: float
    tau: float

    @property
    def dimension(self) -> int:
        """Number of space dimensions d."""
        return len(self.tensor)

    @property
    def dilatation(self) -> float:
        """Tr F/d, the coupling to an expansion ε_ab = δ_ab per unit of linear strain and dimension [energy/length]."""
        return float(np.trace(self.tensor)) / self.dimension

    @property
    def deviator(self) -> Array:
        """F without its dilatation, shape (d, d), traceless [energy/length]."""
        return self.tensor - self.dilatation * np.eye(self.dimension)

    @property
    def largest_deviation(self) -> float:
        """lambda_max: the eigenvalue of the deviator that is largest in size, with its sign [energy/length].

        Where two are equally large, as always in d = 2, the one with the sign of the dilatation.
        """
        value_a = np.linalg.eigvalsh(self.deviator)
        low, high = float(value_a[0]), float(value_a[-1])
        if abs(high + low) <= _SAME * max(high, -low):
            return high if self.dilatation >= 0.0 else low
        return high if high > -low else low

    @property
    def dilatation_to_shear(self) -> float:
        """Ratio of dilatation to shear, (Tr F/d)/lambda_max, the same for π and −π; infinite without any shear.

        Lerner & Bouchbinder, J. Chem. Phys. 155, 200901 (2021), Eq. (9). In d = 2 never negative, see
        `largest_deviation`.
        """
        largest = self.largest_deviation
        return self.dilatation / largest if largest != 0.0 else np.inf

    @property
    def shear(self) -> float:
        """Largest coupling to a simple shear, over all orientations: half the spread of the eigenvalues of F.

        nu = ∂²U/∂gamma∂x·π of the shear x → x + gamma m (n·x) is m·F·n for unit vectors m ⊥ n [energy/length].
        """
        value_a = np.linalg.eigvalsh(self.tensor)
        return 0.5 * float(value_a[-1] - value_a[0])

    @property
    def shear_axes(self) -> Array:
        """Axes m and n of that simple shear, rows of shape (2, d): displacement and gradient, interchangeable.

        Halfway between the first and the last principal axis, m·F·n = `shear` > 0; which of π and −π is meant matters.
        """
        vector_ca = np.linalg.eigh(self.tensor)[1]
        first_c, last_c = vector_ca[:, -1], vector_ca[:, 0]
        return np.stack((first_c + last_c, first_c - last_c)) / np.sqrt(2.0)

    def nu(self, strain: ArrayLike) -> float:
        """Coupling to one strain, F:ε, per unit of the parameter that multiplies ε [energy/length].

        Parameters
        ----------
        strain : (d, d) array_like
            ε or a displacement gradient, of which only the symmetric part counts: simple shear by gamma in the plane
            (x, y) has 1 at (0, 1), or ½ at (0, 1) and (1, 0).

        Raises
        ------
        InputError
            If it is not a finite matrix (d, d).
        """
        strain_ab = np.asarray(strain, dtype=np.float64)
        if strain_ab.shape != self.tensor.shape or not np.isfinite(strain_ab).all():
            raise InputError(
                f"strain: expected a finite matrix {self.tensor.shape}, found shape {strain_ab.shape}; "
                "for simple shear 1 in the row of the displacement and the column of its gradient."
            )
        return float(np.vdot(self.tensor, strain_ab))

    @property
    def softening(self) -> Array:
        """db2/dε ≈ −tau F/kappa, shape (d, d) [energy/length²]: contract with ε for the change of kappa under strain.

        Lerner & Bouchbinder, J. Chem. Phys. 155, 200901 (2021), Eq. (21); Kapteijns, Richard & Lerner, PRE 101, 032130
        (2020), Eq. (29). Of leading order where kappa → 0, near the instability of this very mode: left out are the
        direct change ∂³U/∂ε∂x∂x:ππ and all non-affine motion but that along π. Elsewhere it need not even have the
        right sign.
        """
        return -self.tau / self.stiffness * self.tensor


def strain_coupling(landscape: ModeLandscape, direction: ArrayLike) -> Array:
    """The tensor F_ab = ∂²U/∂ε_ab∂x·π of a direction, taken as a unit vector without translations and rattlers.

    With x = x_j − x_i and π_ij = π_j − π_i it is Σ_pairs phi2 x_a x_b (x·π_ij), phi2 = phi''/r² − phi'/r³; its terms
    with phi' are net forces, zero in a minimum. Lerner & Bouchbinder, J. Chem. Phys. 155, 200901 (2021), Eq. (8).

    Parameters
    ----------
    landscape : ModeLandscape
    direction : (N, d) array_like

    Returns
    -------
    ndarray, shape (d, d)
        Symmetric [energy/length].

    Raises
    ------
    InputError
        As `ModeLandscape.direction`.
    """
    z_nc = landscape.direction(direction)
    x_cp = landscape.vectors
    along_p = np.einsum("cp,pc->p", x_cp, z_nc[landscape.j] - z_nc[landscape.i])
    tensor = (landscape.radial[1] * along_p * x_cp) @ x_cp.T
    return 0.5 * (tensor + tensor.T)
