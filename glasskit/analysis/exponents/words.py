"""The verdict on an exponent in words: one paragraph, every number with its error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import InsufficientDataError
from ..digits import with_error
from .edge import edge_in_words
from .fit import predicted_exponent
from .model_comparison import odds_text

if TYPE_CHECKING:
    from .verdict import ExponentVerdict

_UNLIKELY = 0.01  # probability from which a departure is put in words


def verdict_in_words(verdict: ExponentVerdict) -> str:
    """Return one paragraph: the fit, the candidates, what it would take, and how far each check agrees.

    Of a window that holds an edge only that, how modes are shared out, and the warnings.
    """
    if verdict.edge:
        sentences = [_edge(verdict), _counts(verdict), *(f"Warning: {warning}" for warning in verdict.warnings)]
        return " ".join(sentences)
    sentences = [
        _fit(verdict),
        _candidates(verdict),
        _cost(verdict),
        _scan(verdict),
        _correction(verdict),
        _lowest(verdict),
        _distribution(verdict),
        _counts(verdict),
        _prefactor(verdict),
        *(f"Warning: {warning}" for warning in verdict.warnings),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def exponents_in_words(exponents: tuple[float, ...]) -> str:
    """Return ``3``, ``3 and 4``, ``2, 3 and 4``."""
    names = [f"{s:.4g}" for s in exponents]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _fit(verdict: ExponentVerdict) -> str:
    fit = verdict.fit
    head = f"{fit.count} modes below {fit.upper:.4g} in {fit.glasses} glasses; s = {with_error(fit.s, fit.error)}."
    inflation = verdict.comparison.inflation
    if inflation > 1.5:
        head += (
            f" Modes of a glass are not independent: the error is {inflation**0.5:.2f} times that of as many that are."
        )
    return head


def _edge(verdict: ExponentVerdict) -> str:
    fit = verdict.fit
    return (
        f"{fit.count} modes below {fit.upper:.4g} in {fit.glasses} glasses; this is {edge_in_words(fit)}. No exponent "
        "is judged: it takes a window that reaches further above the edge, or more glasses if modes fill the gap."
    )


def _candidates(verdict: ExponentVerdict) -> str:
    """Which of the fixed exponents are disfavoured, by which odds, and which are allowed."""
    best = verdict.comparison.best.name
    parts = []
    if verdict.disfavoured:
        odds = ", ".join(f"{s:.4g} ({odds_text(verdict.odds(s))})" for s in verdict.disfavoured)
        parts.append(f"disfavoured: {odds}")
    parts.append(
        f"allowed: {exponents_in_words(verdict.allowed)}" if verdict.allowed else "allowed: none of these powers"
    )
    logarithm = odds_text(verdict.comparison.odds("omega^3/ln^2"))
    sentence = f"Against the best rate ({best}) {'; '.join(parts)}; odds against omega^3/ln^2 are {logarithm}."
    if verdict.taper is not None:
        prediction = predicted_exponent(verdict.taper)
        state = "allowed" if prediction in verdict.allowed else "disfavoured"
        sentence += f" The prediction 3 + 2/m for m = {verdict.taper:g} is {prediction:.4g}: {state} as a pure power."
    return sentence


def _cost(verdict: ExponentVerdict) -> str:
    """Glasses to tell apart what is still open; fewer than there are means that neither of the two fits well."""
    state = "" if verdict.decided else "Undecided. "
    short = {pair: glasses for pair, glasses in verdict.glasses_needed.items() if glasses > verdict.fit.glasses}
    if not short:
        return state.strip()
    pairs = "; ".join(f"{first:.4g} from {second:.4g} about {n} glasses" for (first, second), n in short.items())
    return f"{state}To tell apart at 1000:1, if one is true, needs: {pairs}."


def _scan(verdict: ExponentVerdict) -> str:
    scan = verdict.scan
    if isinstance(scan, InsufficientDataError):
        return "There are too few modes to scan the window."
    low, high = scan.fits[0].upper, scan.fits[-1].upper
    drift = with_error(scan.drift, scan.drift_error)
    if scan.drifts:
        return (
            f"s drifts with the window, by {drift} from {low:.3g} to {high:.3g}, and is constant only up to "
            f"{scan.plateau:.3g}: it is not the exponent as omega → 0."
        )
    return f"s does not drift with the window from {low:.3g} to {high:.3g} ({drift})."


def _correction(verdict: ExponentVerdict) -> str:
    found = verdict.correction
    if isinstance(found, InsufficientDataError):
        return "A correction to scaling is not determined."
    if found.at_bound:
        return (
            f"A correction 1 + b·omega² is at its bound, b·upper² = {found.correction * found.upper**2:+.0f}, with "
            f"s = {found.s:.2f} as omega → 0: this window does not determine it."
        )
    odds = ", ".join(f"{s:.4g} ({odds_text(value)})" for s, value in verdict.corrected_odds.items())
    relative = with_error(found.correction * found.upper**2, found.correction_error * found.upper**2)
    return (
        f"With a correction 1 + b·omega², b·upper² = {relative}, s = {with_error(found.s, found.error)} as omega → 0 "
        f"(likelihood gain {found.log_likelihood_gain:.1f}); odds against exponents corrected like this: {odds}."
    )


def _lowest(verdict: ExponentVerdict) -> str:
    found = verdict.lowest
    if isinstance(found, InsufficientDataError):
        return "There are too few glasses with a mode for the lowest frequency alone."
    return (
        f"The lowest mode of each glass alone gives s = {with_error(found.s, found.error)} ({found.occupied} of "
        f"{found.glasses} glasses have one)."
    )


def _distribution(verdict: ExponentVerdict) -> str:
    found = verdict.goodness
    if isinstance(found, InsufficientDataError):
        return "There are too few modes to test their distribution."
    probability = min(found.anderson_darling_probability, found.kolmogorov_smirnov_probability)
    values = f"Anderson–Darling {found.anderson_darling_probability:.2g}, Kolmogorov–Smirnov "
    values += f"{found.kolmogorov_smirnov_probability:.2g}"
    if probability < _UNLIKELY:
        return f"No power law of independent modes describes the window (probabilities: {values})."
    return f"A power law describes the window (probabilities: {values})."


def _counts(verdict: ExponentVerdict) -> str:
    found = verdict.dispersion
    if isinstance(found, InsufficientDataError):
        return "There are too few modes to test their number per glass."
    ratio = f"variance over mean {found.ratio:.2f}"
    if found.probability >= _UNLIKELY:
        return f"The number of modes per glass is Poisson ({ratio})."
    if found.above < found.below:
        return (
            f"The number of modes varies more than Poisson ({ratio}): glasses are not alike, or modes come in groups."
        )
    return f"The number of modes varies less than Poisson ({ratio}): modes repel each other, or some are left out."


def _prefactor(verdict: ExponentVerdict) -> str:
    found = verdict.prefactor
    if found is None:
        return ""
    digits = f"A_g = {with_error(found.value, found.error)}"
    if found.reduced is not None and found.reduced_error is not None:
        digits += f", {with_error(found.reduced, found.reduced_error)} in units of omega_0^-5"
    doubt = "" if 4.0 in verdict.allowed else ", which means little where s = 4 is disfavoured"
    return f"At s = 4 the prefactor per mode is {digits}{doubt}."
