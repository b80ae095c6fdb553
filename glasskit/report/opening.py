"""The curves of an output folder, opened for analysis as far as they are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ..ensembles import pipelines
from ..ensembles.recipe import Curve, Recipe, parse_recipe
from ..ensembles.run import RECIPE_FILE
from ..ensembles.shards import DamagedShard, read_shard, shard_numbers, shard_path
from ..ensembles.store import Ensemble
from ..ensembles.tables import plain, read_table
from ..errors import InputError, StorageError
from .kinds import nouns, require_known


@dataclass(frozen=True)
class LeftOut:
    """A damaged shard, which nothing is read from.

    Attributes
    ----------
    reason : str
        What is wrong with which file, a sentence.
    samples : int
        How many of the wanted samples have their place in it, or samples at all where none of these has; the file
        cannot tell how many it held.
    again : bool
        Whether ``glasskit run`` of this release makes them again.
    """

    reason: str
    samples: int
    again: bool = True


@dataclass(frozen=True)
class OpenedCurve:
    """One curve of a folder: its samples, or why they cannot be read.

    Attributes
    ----------
    name : str
    wanted : int
        Number of samples the recipe asks for.
    ensemble : Ensemble or None
        What is stored; None where nothing can be read.
    problem : str
        Why not, in a sentence; empty where something can.
    kind : str
        What its samples are: the ``kind`` of the recipe.
    left_out : tuple of LeftOut
        Damaged shards: those beside the shards that were read, or all of them.
    """

    name: str
    wanted: int
    ensemble: Ensemble | None
    problem: str
    kind: str
    left_out: tuple[LeftOut, ...] = ()


def left_out_lines(name: str, left_out: Sequence[LeftOut], kind: str) -> list[str]:
    """Say which shards of a curve were left out, why, and what becomes of them; a sentence each."""
    several = nouns(kind)[1]
    return [
        f"{name}: up to {shard.samples} {several} left out with a damaged shard"
        f"{', which glasskit run makes again' if shard.again else ', which this release does not make again'}: "
        f"{shard.reason}"
        for shard in left_out
    ]


def made_words(left_out: Sequence[LeftOut]) -> str:
    """Return what has happened to samples that are counted."""
    return "made and in shards that verify" if left_out else "made"


def open_curves(directory: Path) -> list[OpenedCurve]:
    """Open the curves of an output folder of ``glasskit run``, or the folder of one of its curves.

    A curve that has no samples yet, or whose samples cannot be read, is returned with the reason. Damaged shards are
    left out, and the curve says so, where other shards of it verify.

    Raises
    ------
    StorageError
        If the folder was not made by ``glasskit run``, or holds no sample that can be read.
    InputError
        If its samples are of a kind that no report is there for.
    """
    path = directory / RECIPE_FILE
    if not directory.is_dir():
        raise StorageError(f"{directory} is not a folder: expected an output folder of glasskit run.")
    if path.is_file():
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise StorageError(f"{path} cannot be read: expected the recipe as glasskit run left it.") from None
        recipe = parse_recipe(text, source=str(path))
        require_known(recipe.kind, directory)
        curves = [_open(directory / curve.name, curve.name, recipe) for curve in recipe.curves]
    elif shard_numbers(directory):
        curves = [_open_alone(directory)]
    else:
        raise StorageError(
            f"{directory} holds neither {RECIPE_FILE} nor samples: expected an output folder of glasskit run."
        )
    if all(curve.ensemble is None for curve in curves):
        raise StorageError(f"{directory} has nothing to analyse: {curves[0].name}: {curves[0].problem}")
    return curves


def _open(folder: Path, name: str, recipe: Recipe) -> OpenedCurve:
    curve = recipe.curve(name)
    one, several = nouns(recipe.kind)

    def closed(problem: str, left_out: tuple[LeftOut, ...] = ()) -> OpenedCurve:
        return OpenedCurve(name, curve.glasses, None, problem, recipe.kind, left_out)

    if not shard_numbers(folder):
        return closed(f"no {one} is made yet; glasskit run makes them.")
    try:
        ensemble = Ensemble.open(folder, leave_out_damaged=True)
    except DamagedShard as error:
        damaged = _damaged(folder)
        more = f" So are its {len(damaged) - 1} other shards." if len(damaged) > 2 else (
            " So is its other shard." if len(damaged) == 2 else "")  # fmt: skip
        left_out = _left_out(damaged, curve.glasses, recipe.shard_size, again=True)
        return closed(f"{error}{more} glasskit run makes its {several} again.", left_out)
    except StorageError as error:
        return closed(str(error))
    if not _same_settings(ensemble, curve) or ensemble.identity.seed != curve.seed:
        return closed(f"{folder} holds samples of another recipe than {folder.parent / RECIPE_FILE}.")
    return OpenedCurve(name, curve.glasses, ensemble, "", recipe.kind, _beside(ensemble, curve))


def _beside(ensemble: Ensemble, curve: Curve) -> tuple[LeftOut, ...]:
    """Damaged shards beside those that were read."""
    identity = ensemble.identity
    return _left_out(ensemble.left_out, curve.glasses, identity.shard_size, again=identity.hash == curve.hash)


def _left_out(reasons: Mapping[int, str], wanted: int, size: int, *, again: bool) -> tuple[LeftOut, ...]:
    rest = {number: wanted - number * size for number in reasons}
    return tuple(
        LeftOut(reason, min(size, rest[number]) if rest[number] > 0 else size, again)
        for number, reason in reasons.items()
    )


def _damaged(folder: Path) -> dict[int, str]:
    """Damaged shards of a folder: number -> what is wrong."""
    found = {}
    for number in shard_numbers(folder):
        try:
            read_shard(shard_path(folder, number))
        except DamagedShard as error:
            found[number] = str(error)
    return found


def _same_settings(ensemble: Ensemble, curve: Curve) -> bool:
    """Whether samples are what the recipe says; settings that did not exist when they were made have their default."""
    if ensemble.identity.kind != curve.kind:
        return False
    try:
        made = read_table(pipelines.load(curve.target).settings_type, ensemble.settings)
    except InputError:
        return False
    return bool(plain(made) == plain(curve.settings))


def _open_alone(folder: Path) -> OpenedCurve:
    ensemble = Ensemble.open(folder, leave_out_damaged=True)
    kind = ensemble.identity.kind
    require_known(kind, folder)
    recipe = parse_recipe(ensemble.recipe, source=f"the recipe stored in {folder}")
    curve = recipe.curve(ensemble.name)
    return OpenedCurve(ensemble.name, curve.glasses, ensemble, "", kind, _beside(ensemble, curve))


def read_all(ensemble: Ensemble, name: str) -> list[NDArray[Any]]:
    """Read one array of every good sample; a run may be adding samples at this moment.

    Raises
    ------
    StorageError
        If there are more or fewer than when the folder was opened.
    """
    arrays = ensemble.arrays(name)
    if len(arrays) != len(ensemble):
        raise StorageError(f"{ensemble.path} changed while it was read: analyse it again.")
    return arrays
