"""The energy along one direction to fourth order: barriers, and whether there is a second minimum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import InsufficientDataError

SECOND_MINIMUM, LOWER_MINIMUM = 8.0 / 3.0, 3.0
"""tau²/(kappa chi) above which the quartic expansion has a second minimum, and above which that is the lower one."""


@dataclass(frozen=True, eq=False)
class QuarticExpansion:
    """U(s) − U(0) = kappa s²/2 + tau s³/6 + chi s⁴/24 for a displacement s·π, |π| = 1, everything else at rest.

    Attributes
    ----------
    stiffness : float
        kappa = M:ππ > 0 [energy/length²].
    tau : float
        U3:πππ, changes sign with π [energy/length³].
    chi : float
        U4:ππππ [energy/length⁴].
    """

    stiffness: float
    tau: float
    chi: float

    @property
    def frequency(self) -> float:
        """omega = √kappa."""
        return float(np.sqrt(self.stiffness))

    @property
    def barrier(self) -> float:
        """Height of the barrier of the cubic expansion, (2/3) kappa³/tau² [energy]; infinite where tau = 0."""
        return 2.0 * self.stiffness**3 / (3.0 * self.tau**2) if self.tau != 0.0 else np.inf

    @property
    def barrier_position(self) -> float:
        """Where that barrier is: s = −2 kappa/tau [length]; infinite where tau = 0."""
        return -2.0 * self.stiffness / self.tau if self.tau != 0.0 else np.inf

    @property
    def asymmetry(self) -> float:
        """tau²/(kappa chi); negative where chi is."""
        return self.tau**2 / (self.stiffness * self.chi) if self.chi != 0.0 else np.inf

    @property
    def wells(self) -> str:
        """What the quartic expansion U(s) = kappa s²/2 + tau s³/6 + chi s⁴/24 is.

        "single": tau² <= (8/3) kappa chi, one minimum. "second higher": up to tau² = 3 kappa chi, a second minimum not
        below this one. "second lower": above that. "unbounded": chi <= 0, the expansion has no second minimum to ask
        for. It says what the expansion does with all other directions at rest, not what the glass does: see
        `find_second_well`.
        """
        if not self.chi > 0.0:
            return "unbounded"
        square = self.tau**2
        if square <= SECOND_MINIMUM * self.stiffness * self.chi:
            return "single"
        return "second higher" if square <= LOWER_MINIMUM * self.stiffness * self.chi else "second lower"

    @property
    def second_minimum(self) -> tuple[float, float]:
        """Position s [length] and energy [energy] of the second minimum of the quartic expansion.

        Raises
        ------
        InsufficientDataError
            If it has none: `wells` is "single" or "unbounded".
        """
        return self._stationary(1.0)

    @property
    def quartic_barrier(self) -> tuple[float, float]:
        """Position s [length] and energy [energy] of the maximum between the minima of the quartic expansion.

        Raises
        ------
        InsufficientDataError
            If it has no second minimum.
        """
        return self._stationary(-1.0)

    def _stationary(self, side: float) -> tuple[float, float]:
        """Root of kappa + tau s/2 + chi s²/6, the farther one (1) or the nearer one (−1), and the energy there."""
        kappa, tau, chi = self.stiffness, self.tau, self.chi
        if self.wells in ("single", "unbounded"):
            raise InsufficientDataError(
                f"the quartic expansion has no second minimum: tau²/(kappa chi) = {self.asymmetry:.4g}, expected a "
                "positive chi and more than 8/3.",
                self,
            )
        # The sum without cancellation gives the far root; the product of both is 6 kappa/chi.
        far = -(3.0 * tau + np.sign(tau) * np.sqrt(9.0 * tau**2 - 24.0 * kappa * chi)) / (2.0 * chi)
        s = far if side > 0.0 else 6.0 * kappa / (chi * far)
        return float(s), float(s**2 * (kappa / 2.0 + tau * s / 6.0 + chi * s**2 / 24.0))
