"""Folders of glasses and of oscillators with modes drawn from known densities."""

import numpy as np
from report.synthetic import write_folder

DENSITY_POWER = 5  # of the number of modes below omega, where D = A_g omega^4

GLASS_HEAD = """
kind = "glass"
seed = 5
[model]
name = "tapered-ipl"
particles = 64
taper = 2
[liquid]
sweeps = 10
[run]
shard_size = 400
"""
OSCILLATOR_HEAD = """
kind = "khgps"
seed = 5
[model]
size = 1000
field = {field}
stiffness_range = [{lowest}, {highest}]
[spectrum]
count = 50
[run]
shard_size = 400
"""
GLASS_MODES = 3 * 63


def soft_modes(rng, prefactor, modes_total, end):
    """Independent modes below ``end`` of one sample, with D = A_g omega^4."""
    mean = prefactor * modes_total * end**DENSITY_POWER / DENSITY_POWER
    return np.sort(end * rng.random(rng.poisson(mean)) ** (1 / DENSITY_POWER))


def glass(rng, prefactor, *, end=1.2, shear=1.0):
    omega = soft_modes(rng, prefactor, GLASS_MODES, end)
    record = {"frequencies": omega, "participation": np.full(omega.size, 0.1), "complete_below": end}
    return record if shear is None else {**record, "shear": shear, "bulk": 5.0, "pressure": 1.0}


def instance(rng, prefactor, *, end=0.5, mean_square=0.06, size=1000, participation=True):
    omega = soft_modes(rng, prefactor, size, end)
    record = {"frequencies": omega, "complete_below": end, "mean_square": mean_square}
    return {**record, "participation": np.full(omega.size, 0.01)} if participation else record


def curves_text(curves, samples):
    return "".join(f'[curves."{name}"]\nglasses = {samples}\n{lines}\n' for name, lines in curves.items())


def glass_folder(path, rng, states, *, samples=300, **looks):
    """``states``: curve -> (lines of its table, A_g)."""
    text = GLASS_HEAD + curves_text({name: lines for name, (lines, _) in states.items()}, samples)
    contents = {name: [glass(rng, a, **looks) for _ in range(samples)] for name, (_, a) in states.items()}
    return write_folder(path, contents, recipe=text).path


def oscillator_folder(path, rng, states, *, samples=300, field=0.1, stiffnesses=(0.0, 4.0), **looks):
    """``states``: curve -> (J, A_g)."""
    head = OSCILLATOR_HEAD.format(field=field, lowest=stiffnesses[0], highest=stiffnesses[1])
    text = head + curves_text({name: f"coupling = {j}" for name, (j, _) in states.items()}, samples)
    contents = {name: [instance(rng, a, **looks) for _ in range(samples)] for name, (_, a) in states.items()}
    return write_folder(path, contents, recipe=text).path
