"""Exponent against 2/m over all curves together: ``python trend.py ANALYSIS_DIR ANALYSIS_DIR ...``.

Reads ``verdicts.csv`` of each analysis: every curve below half of its own first phonon. Three estimates of s, a
constant and a line s = a + b·2/m through each; the prediction s = 3 + 2/m is a = 3, b = 1. Errors of curves are taken
to be independent, those with the same liquids too: their lowest frequencies are not correlated (``matched.csv``).
"""

import csv
import sys
from pathlib import Path

import numpy as np

from glasskit.analysis.straight_line import linear_fit

ESTIMATES = {
    "s": "all modes of the window",
    "s_lowest": "lowest mode of each glass",
    "s_corrected": "as omega -> 0, with a correction 1 + b omega²",
}


def main(folders: list[Path]) -> int:
    """Fit and print."""
    if not folders:
        print(__doc__, file=sys.stderr)
        return 2
    rows = []
    for folder in folders:
        with (folder / "verdicts.csv").open(newline="", encoding="utf-8") as file:
            rows += list(csv.DictReader(file))
    print(f"{len(rows)} curves, {sum(int(row['glasses']) for row in rows)} glasses")
    for name, words in ESTIMATES.items():
        error = "error" if name == "s" else f"{name}_error"
        known = [row for row in rows if row[name]]
        order = np.array([float(row["taper"]) for row in known])
        s, covariance = (
            np.array([float(row[name]) for row in known]),
            np.diag([float(row[error]) ** 2 for row in known]),
        )
        print(f"{words} ({len(known)} curves)")
        one, slope = np.ones_like(order), 2 / order
        for columns, law in (([one], "s = {0}"), ([one, slope], "s = {0} + {1} 2/m")):
            fit = linear_fit(np.column_stack(columns), s, covariance, what=words)
            numbers = [
                f"{value:.3f} ± {spread:.3f}"
                for value, spread in zip(fit.value, np.sqrt(np.diag(fit.covariance)), strict=True)
            ]
            print(
                f"  {law.format(*numbers)}; chi² = {fit.chi2:.1f} with {fit.degrees_of_freedom}, p = {fit.p_value:.2g}"
            )
        fixed = float(np.sum((s - 3 - slope) ** 2 / np.diag(covariance)))
        print(f"  s = 3 + 2/m: chi² = {fixed:.0f} with {len(s)}")
    return 0


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]]))
