"""Output folders of glasses that were never made: the shards of a run, with records of known numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from glasskit.ensembles.recipe import parse_recipe
from glasskit.ensembles.run import RECIPE_FILE
from glasskit.ensembles.shards import Identity, Sample, Shard, write_shard

RECIPE = """
kind = "glass"
seed = 5
[model]
name = "tapered-ipl"
particles = 64
[liquid]
sweeps = 4000
[modes]
below = 1.2
[run]
shard_size = 8
[curves.m2-cold]
taper = 2
parent_temperature = 0.2
glasses = 20
[curves.minf-hot]
taper = "inf"
parent_temperature = 1.0
glasses = 20
"""


def series(rng, samples, times, *, mean, spread, drift=0.0, memory=0.5):
    """Chains with autocorrelation memory^t about ``mean``, that fall or rise by ``drift`` over their length."""
    noise = rng.normal(size=(samples, times)) * np.sqrt(1 - memory**2)
    noise[:, 0] = rng.normal(size=samples)
    for t in range(1, times):
        noise[:, t] += memory * noise[:, t - 1]
    return mean + spread * noise + drift * np.linspace(-0.5, 0.5, times)


def lattice_glass(rng):
    """64 particles on a jittered cubic lattice of unit spacing."""
    grid_nc = np.stack(np.meshgrid(*[np.arange(4.0)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    return grid_nc - 1.5 + 0.1 * rng.normal(size=grid_nc.shape)


def recipe(curves, *, particles=64, levels=0):
    """A recipe of curves: name -> lines of its table; twenty glasses each."""
    head = RECIPE[: RECIPE.index("[curves.")].replace("particles = 64", f"particles = {particles}")
    head = head.replace("below = 1.2", f"below = 1.2\nlevels = {levels}")
    return head + "".join(f"[curves.{name}]\nglasses = 20\n{lines}\n" for name, lines in curves.items())


def moduli(rng, shear):
    """Numbers of one glass with a shear modulus near ``shear``; the bulk modulus is about 50."""
    return {"shear": shear + rng.normal(), "bulk": 50 + rng.normal(), "pressure": 20 + 0.1 * rng.normal()}


def levels_of(rng, count, *, repelling):
    """Eigenvalues in three windows, with gaps that repel as in random matrices or not at all, and participation."""
    found = {}
    for place, start in {"lowest": 1.0, "middle": 300.0, "highest": 3000.0}.items():
        gaps = np.sqrt(rng.exponential(size=count)) if repelling else rng.exponential(size=count)
        found[f"eigenvalues_{place}"] = start + np.cumsum(gaps)
        found[f"participation_{place}"] = rng.uniform(0.1, 0.5, size=count)
    return found


def records(
    rng, samples, *, k=5.0, modes=8.0, size=1.2, drift=0.0, sweeps=4000, e_is=1.17, shear=None, levels=0, repelling=True
):
    """Records of glasses: modes ~ omega^(k-1) below 1.2, on average ``modes`` of them per glass.

    With moduli where ``shear`` is given, and with three windows of so many ``levels``.
    """
    energy_gt = series(rng, samples, 1000, mean=1.47, spread=0.01, drift=drift)
    size_gt = series(rng, samples, 80, mean=size, spread=0.05 * size, memory=0.2)
    for energy_t, size_t in zip(energy_gt, size_gt, strict=True):
        frequency = np.sort(1.2 * rng.random(rng.poisson(modes)) ** (1 / k))
        yield {
            "positions": lattice_glass(rng),
            "diameters": np.full(64, 1.0),
            "box": np.full(3, 4.0),
            "liquid_energies": energy_t,
            "liquid_energies_spacing": sweeps // 1000,
            "size_fluctuation": size_t,
            "size_fluctuation_spacing": sweeps // 80,
            "liquid_energy": energy_t[-1],
            "displacement_acceptance": 0.3 + 0.01 * rng.normal(),
            "swap_acceptance": 0.1 + 0.01 * rng.normal(),
            "step": 0.1,
            "e_is": e_is + 0.005 * rng.normal(),
            "max_force": 1e-11,
            "relative_force": 1e-11,
            "iterations": 500,
            "force_evaluations": 600,
            "rattlers": int(rng.integers(2)),
            "frequencies": frequency,
            "participation": np.full(len(frequency), 0.1),
            "complete_below": 1.2,
            **({} if shear is None else moduli(rng, shear)),
            **(levels_of(rng, levels, repelling=repelling) if levels else {}),
        }


@dataclass
class Written:
    """A folder, and what was put into it: curve -> good records."""

    path: object
    records: dict[str, list[dict]] = field(default_factory=dict)


def write_folder(path, contents, recipe=RECIPE):
    """Write an output folder; ``contents``: curve -> list of records, a string in place of a record is a failure."""
    path.mkdir(parents=True, exist_ok=True)
    (path / RECIPE_FILE).write_text(recipe)
    read = parse_recipe(recipe, source="synthetic.toml")
    written = Written(path)
    for name, made in contents.items():
        made = list(made)
        curve = read.curve(name)
        identity = Identity(
            name, curve.hash, curve.kind, curve.seed, curve.stream, curve.canonical, read.shard_size, recipe=recipe
        )
        samples = [
            Sample(index, None, record, 1.0, '{"glasskit": "0"}')
            if isinstance(record, str)
            else Sample(index, {key: np.asarray(value) for key, value in record.items()}, "", 1.0, '{"glasskit": "0"}')
            for index, record in enumerate(made)
        ]
        size = read.shard_size
        for number in range(-(-len(samples) // size)):
            part = tuple(samples[number * size : (number + 1) * size])
            write_shard(path / name, Shard(identity, number, part))
        written.records[name] = [record for record in made if not isinstance(record, str)]
    return written
