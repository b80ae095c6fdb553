"""Windows that hold the edge of a gap: modes crowd at their end as under no power law that begins at omega = 0."""

from __future__ import annotations

from scipy.special import gammainc

from ..digits import with_error
from .fit import ExponentFit

STEEPEST = 10.0
"""Exponent above which a rate ~ omega^s is called an edge: twice 5, the largest of any theory or candidate here."""

FALSE_ALARM = 1e-3
"""Probability that a window of modes of that very exponent is called an edge; with s = 5 and less it is far smaller."""


def edge_probability(fit: ExponentFit) -> float:
    """Probability that modes of a rate ~ omega^10 lie as close to the end of the window as these do.

    Depths ln(upper/omega) of n independent modes are exponential with mean 1/(s+1), so their sum over 1/(s+1) is
    Gamma-distributed with shape n. Where the error over glasses is larger than that of independent modes, n is divided
    by the square of their ratio.
    """
    inflation = max(1.0, (fit.error / fit.analytic_error) ** 2)
    independent = fit.count / inflation
    mean_depth = (1 - 1 / fit.count) / (fit.s + 1)
    return float(gammainc(independent, independent * mean_depth * (STEEPEST + 1)))


def is_edge(fit: ExponentFit) -> bool:
    """Whether the window holds an edge above a gap rather than a power law from omega = 0."""
    return edge_probability(fit) < FALSE_ALARM


def edge_in_words(fit: ExponentFit) -> str:
    """Say so, with the number that a power law would have there."""
    return (
        f"an edge of a gap, not a power law: its modes lie at the very end of the window, where omega^{STEEPEST:g} has "
        f"them with probability {edge_probability(fit):.1g} (s = {with_error(fit.s, fit.error)} would fit)"
    )
