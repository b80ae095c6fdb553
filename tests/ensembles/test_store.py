"""Shards and ensembles: what goes in comes out; damage is noticed; writing is all or nothing."""

import os
from dataclasses import replace

import h5py
import numpy as np
import pytest

import glasskit
from glasskit.ensembles.executors import SerialExecutor
from glasskit.ensembles.files import write_whole
from glasskit.ensembles.folder import CurveFolder
from glasskit.ensembles.run import identity_of, run
from glasskit.ensembles.shards import (
    DamagedShard,
    Sample,
    Shard,
    read_shard,
    shard_numbers,
    shard_path,
    write_shard,
)
from glasskit.ensembles.store import Ensemble, differences
from glasskit.errors import InputError, StorageError


def quiet(line):
    pass


@pytest.fixture
def identity(toy_recipe):
    return identity_of(toy_recipe.curves[0], toy_recipe)


@pytest.fixture
def samples():
    rng = np.random.default_rng(3)

    def record(n):
        return {"frequencies": rng.random(n), "modes": rng.random((n, 2, 3)), "count": np.asarray(n)}

    good = [Sample(index, record(index), "", 0.5, '{"numpy": "1"}') for index in (0, 2, 3)]
    return (good[0], Sample(1, None, "ConvergenceError: no", 0.1, '{"numpy": "2"}'), *good[1:])


def test_shard_round_trip(tmp_path, identity, samples):
    write_shard(tmp_path, Shard(identity, 5, samples))
    shard = read_shard(shard_path(tmp_path, 5))
    assert shard.identity == identity
    assert shard.identity.recipe == identity.recipe
    assert shard.number == 5
    for before, after in zip(samples, shard.samples, strict=True):
        assert replace(after, record=None) == replace(before, record=None)
        if before.record is None:
            assert after.record is None
            continue
        assert set(after.record) == set(before.record)
        for name, value in before.record.items():
            assert np.array_equal(after.record[name], value)
            assert after.record[name].dtype == value.dtype


def test_shard_of_failures_only(tmp_path, identity, samples):
    write_shard(tmp_path, Shard(identity, 0, samples[1:2]))
    assert read_shard(shard_path(tmp_path, 0)).samples == samples[1:2]
    ensemble = Ensemble.open(tmp_path)
    assert len(ensemble) == 0
    assert ensemble.failures == {1: "ConvergenceError: no"}


def test_samples_must_agree_in_what_they_hold(tmp_path, identity, samples):
    odd = Sample(9, {"frequencies": np.zeros(2)})
    with pytest.raises(ValueError, match="same names"):
        write_shard(tmp_path, Shard(identity, 0, (*samples, odd)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("keep", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_truncated_shard_is_noticed(tmp_path, identity, samples, keep):
    write_shard(tmp_path, Shard(identity, 0, samples))
    path = shard_path(tmp_path, 0)
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content))])
    with pytest.raises(DamagedShard, match="damaged"):
        read_shard(path)


def test_a_changed_bit_in_any_dataset_is_noticed(tmp_path, identity, samples):
    write_shard(tmp_path, Shard(identity, 0, samples))
    path = shard_path(tmp_path, 0)
    names = []
    with h5py.File(path) as file:
        file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
    assert len(names) >= 9
    content = path.read_bytes()
    for name in names:
        with h5py.File(path, "r+") as file:
            data = file[name][()]
            flat = np.atleast_1d(data).view(np.uint8)
            flat.ravel()[0] ^= 1
            file[name][...] = data
        with pytest.raises(DamagedShard, match="checksum"):
            read_shard(path)
        path.write_bytes(content)
    with h5py.File(path, "r+") as file:
        del file["scalars/count"]
    with pytest.raises(DamagedShard, match="list of its contents"):
        read_shard(path)


def test_a_newer_schema_is_refused_not_set_aside(tmp_path, identity, samples):
    write_shard(tmp_path, Shard(identity, 0, samples))
    with h5py.File(shard_path(tmp_path, 0), "r+") as file:
        file.attrs["schema_version"] = 99
    with pytest.raises(StorageError, match="schema version 99, this release reads up to 1: upgrade"):
        CurveFolder(tmp_path, identity, quiet).scan()
    assert shard_numbers(tmp_path) == [0]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_whole(path, b"old")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="cannot be written: No space left on device"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_leftovers_of_the_dead_are_removed_and_those_of_the_living_kept(tmp_path, identity):
    import socket

    host = socket.gethostname()
    dead, living = tmp_path / f".shard-000000.h5.{host}.4194999.tmp", tmp_path / f".shard-000000.h5.{host}.1.tmp"
    other = tmp_path / ".shard-000000.h5.elsewhere.4194999.tmp"
    for path in (dead, living, other):
        path.write_bytes(b"")
    CurveFolder(tmp_path, identity, quiet).scan()
    assert {path for path in tmp_path.iterdir() if path.suffix == ".tmp"} == {living, other}
    os.utime(other, (0, 0))
    CurveFolder(tmp_path, identity, quiet).scan()
    assert {path for path in tmp_path.iterdir() if path.suffix == ".tmp"} == {living}


def test_adding_keeps_what_a_shard_holds_already(tmp_path, identity, samples):
    one, two = CurveFolder(tmp_path, identity, quiet), CurveFolder(tmp_path, identity, quiet)
    one.add(0, samples[:3])
    two.add(0, samples[3:])  # a second run that knows nothing of the first
    assert [sample.index for sample in read_shard(shard_path(tmp_path, 0)).samples] == [0, 1, 2, 3]


def test_ensemble_reads_what_the_run_made(tmp_path, toy_recipe):
    run(toy_recipe, tmp_path, executor=SerialExecutor(), workers=1, report=quiet)
    ensemble = Ensemble.open(tmp_path / "b")
    assert isinstance(ensemble, glasskit.Ensemble)
    assert ensemble.name == "b"
    assert ensemble.failures == {1: "ConvergenceError: sample 1 does not want to"}
    assert ensemble.indices.tolist() == [0, 2, 3, 4, 5]
    table = ensemble.table()
    assert set(table) == {"index", "complete_below", "mean", "count"}
    frequencies = ensemble.frequencies
    for row, index in enumerate(ensemble.indices):
        rng = np.random.default_rng(toy_recipe.curve("b").seed_sequence(int(index)))
        assert np.array_equal(frequencies[row], np.sort(rng.random(9 + index % 3)))
        assert table["count"][row] == 9 + index % 3
        assert table["mean"][row] == pytest.approx(frequencies[row].mean(), rel=1e-14)  # order of the sum
    assert ensemble.complete_below.tolist() == [18.0] * 5
    configurations = list(ensemble.configurations())
    assert len(configurations) == 5
    assert configurations[0].positions.shape == (4, 3)
    assert ensemble.settings["model"]["length"] == 9
    assert ensemble.recipe == toy_recipe.text
    assert ensemble.seconds.shape == (6,)
    assert ensemble.versions[0]["numpy"] == np.__version__
    with pytest.raises(InputError, match="no array 'modes'; it has box, diameters, frequencies, payload, positions"):
        ensemble.arrays("modes")


def test_opening_the_wrong_folder_says_which_to_open(tmp_path, toy_recipe):
    with pytest.raises(StorageError, match="holds no shards"):
        Ensemble.open(tmp_path / "none")
    run(toy_recipe, tmp_path, executor=SerialExecutor(), workers=1, report=quiet)
    with pytest.raises(StorageError, match="Its curves are a, b: open one of them"):
        Ensemble.open(tmp_path)


def test_differences_sees_one_bit_and_not_the_provenance(tmp_path, identity, samples):
    write_shard(tmp_path / "one", Shard(identity, 0, samples))
    timed = [replace(sample, seconds=9.0, versions="{}") for sample in samples]
    write_shard(tmp_path / "two", Shard(identity, 0, tuple(timed)))
    assert differences(tmp_path / "one", tmp_path / "two") == []
    changed = {**samples[3].record, "frequencies": np.nextafter(samples[3].record["frequencies"], 1)}
    write_shard(tmp_path / "two", Shard(identity, 0, (*samples[:3], replace(samples[3], record=changed))))
    assert [line.split(": ")[1:] for line in differences(tmp_path / "one", tmp_path / "two")] == [
        ["sample 3", "frequencies"]
    ]
    write_shard(tmp_path / "two", Shard(identity, 1, samples))
    assert len(differences(tmp_path / "one", tmp_path / "two")) == 2
