"""Energy scales of all models of several runs together: ``python scales.py ANALYSIS_DIR ANALYSIS_DIR ...``.

Reads ``temperature.csv`` of each analysis, leaves out liquids whose energy was seen to drift, and brings e_IS(T_p) of
all models onto one curve. The first model named m = 2 is the unit. Writes scales.csv and scales.png beside the first.
"""

import csv
import sys
from pathlib import Path

from glasskit import energy_scales


def states_of(folders: list[Path]) -> dict[str, list[tuple[float, float, float]]]:
    """Temperature, e_IS and its error by model, the unit first."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    for folder in folders:
        with (folder / "temperature.csv").open(newline="") as file:
            for row in csv.DictReader(file):
                if row["energy_equilibrated"] != "not equilibrated":
                    state = (float(row["parent_temperature"]), float(row["e_is"]), float(row["e_is_error"]))
                    found.setdefault(row["family"], []).append(state)
    unit = next((name for name in found if "m = 2" in name), next(iter(found)))
    return {unit: found.pop(unit), **found}


def main(folders: list[Path]) -> int:
    """Fit, print and write."""
    if not folders:
        print(__doc__)
        return 2
    found = energy_scales({name: tuple(zip(*states, strict=True)) for name, states in states_of(folders).items()})
    with (folders[0] / "scales.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["model", "scale", "error", "offset", "chi2", "degrees_of_freedom"])
        for row in zip(found.names, found.scale, found.error, found.offset, strict=True):
            writer.writerow([row[0], *(f"{x:.6g}" for x in row[1:]), f"{found.chi2:.4g}", found.degrees_of_freedom])
            print(f"{row[0]:70s} {row[1]:8.4f} ± {row[2]:.4f}")
    print(f"chi² = {found.chi2:.1f} with {found.degrees_of_freedom} degrees of freedom")
    figure = found.plot().figure
    figure.set_size_inches(8, 5.5)
    figure.savefig(folders[0] / "scales.png", dpi=140, bbox_inches="tight")
    return 0


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]]))
