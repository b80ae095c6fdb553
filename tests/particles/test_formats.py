"""Files: every format of the registry through one table, then extended XYZ line by line."""

from __future__ import annotations

import os

import numpy as np
import pytest

import glasskit as gk
from glasskit.errors import InputError, StorageError
from glasskit.particles.formats import FORMATS

suffixes = pytest.mark.parametrize("suffix", FORMATS)


def glass(dimension: int) -> gk.Configuration:
    """Sizes and coordinates with all their digits, in a box of unequal edges."""
    rng = np.random.default_rng(1)
    edges = np.array([5.0 / 3.0, 7.1, 3.3, 2.7])[:dimension]
    positions = np.vstack([(rng.random((40, dimension)) - 0.5) * edges, -edges / 2, 1e-300 * edges, -0.0 * edges])
    return gk.Configuration(positions, rng.uniform(0.1, 2.3, len(positions)), edges)


def text_of(path) -> list[str]:
    return path.read_text().splitlines()


# Every format.


@suffixes
@pytest.mark.parametrize("dimension", [2, 3])
def test_what_is_read_equals_what_was_written_bit_for_bit(suffix, dimension, tmp_path):
    configuration = glass(dimension)
    gk.write(tmp_path / f"glass{suffix}", configuration)
    again = gk.read(tmp_path / f"glass{suffix}")
    np.testing.assert_array_equal(again.positions, configuration.positions)
    np.testing.assert_array_equal(again.diameters, configuration.diameters)
    assert again.box == configuration.box


@suffixes
@pytest.mark.parametrize("dimension", [2, 3])
def test_tilted_boxes_are_read_as_they_were_written(suffix, dimension, tmp_path):
    straight = glass(dimension)
    tilts = np.random.default_rng(2).normal(0, 3, dimension * (dimension - 1) // 2)
    configuration = gk.Configuration(straight.positions, straight.diameters, gk.Box(straight.box.lengths, tilts))
    gk.write(tmp_path / f"glass{suffix}", configuration)
    again = gk.read(tmp_path / f"glass{suffix}")
    np.testing.assert_array_equal(again.positions, configuration.positions)
    assert not again.box.rectangular
    assert again.box == configuration.box


@suffixes
def test_a_failed_write_leaves_the_old_file_and_nothing_else(suffix, tmp_path, monkeypatch):
    path = tmp_path / f"glass{suffix}"
    gk.write(path, glass(3))
    before = path.read_bytes()

    def full_disk(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(StorageError, match=r"cannot be written \(No space left on device\)"):
        gk.write(path, glass(2))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@suffixes
def test_missing_files_and_folders_are_one_sentence(suffix, tmp_path):
    with pytest.raises(StorageError, match=r"cannot be read \(No such file"):
        gk.read(tmp_path / f"absent{suffix}")
    with pytest.raises(StorageError, match=r"cannot be written \(No such file"):
        gk.write(tmp_path / "absent" / f"glass{suffix}", glass(3))


@suffixes
def test_suffixes_are_not_case_sensitive_and_strings_are_paths(suffix, tmp_path):
    gk.write(str(tmp_path / f"glass{suffix.upper()}"), glass(3))
    assert gk.read(str(tmp_path / f"glass{suffix.upper()}")).number_of_particles == 43


@suffixes
def test_empty_and_binary_files_are_refused(suffix, tmp_path):
    path = tmp_path / f"glass{suffix}"
    for content in (b"", b"\n", bytes(range(256))):
        path.write_bytes(content)
        with pytest.raises(InputError, match=f"glass{suffix}: line 1: expected the number of particles"):
            gk.read(path)


@pytest.mark.parametrize("name", ["glass.pdb", "glass", "glass.xyz.gz"])
def test_unknown_suffixes_list_the_known_ones(name, tmp_path):
    for use in (gk.read, lambda path: gk.write(path, glass(3))):
        with pytest.raises(InputError, match=r"unknown suffix .* expected one of .xyz \(extended XYZ\), .extxyz"):
            use(tmp_path / name)
    assert not list(tmp_path.iterdir())


# Extended XYZ, written.


def test_the_header_is_the_standard_one(tmp_path):
    configuration = gk.Configuration([[0.5, -1.0, 0.25]], [1.5], [2.0, 3.0, 4.0])
    gk.write(tmp_path / "one.xyz", configuration)
    assert text_of(tmp_path / "one.xyz") == [
        "1",
        'Lattice="2.0 0.0 0.0 0.0 3.0 0.0 0.0 0.0 4.0" Origin="-1.0 -1.5 -2.0" '
        'Properties=species:S:1:pos:R:3:radius:R:1 pbc="T T T" dimension=3',
        "X 0.5 -1.0 0.25 0.75",
    ]


def test_two_dimensions_lie_in_the_plane_z_equal_zero(tmp_path):
    gk.write(tmp_path / "flat.xyz", gk.Configuration([[0.5, -1.0]], [1.5], [2.0, 3.0]))
    lines = text_of(tmp_path / "flat.xyz")
    assert 'Lattice="2.0 0.0 0.0 0.0 3.0 0.0 0.0 0.0 1.0"' in lines[1]
    assert 'pbc="T T F" dimension=2' in lines[1]
    assert lines[2] == "X 0.5 -1.0 0.0 0.75"


def test_cell_vectors_of_a_tilted_box_are_rows_of_the_lattice(tmp_path):
    box = gk.Box([4.0, 5.0, 6.0], [1.0, -2.0, 1.5])
    gk.write(tmp_path / "one.xyz", gk.Configuration([[0.0, 0.0, 0.0]], [1.0], box))
    header = text_of(tmp_path / "one.xyz")[1]
    assert 'Lattice="4.0 0.0 0.0 1.0 5.0 0.0 -2.0 1.5 6.0" Origin="-1.5 -3.25 -3.0"' in header


@pytest.mark.parametrize("dimension", [2, 3])
def test_the_file_holds_radii_and_the_configuration_diameters(dimension, tmp_path):
    configuration = glass(dimension)
    gk.write(tmp_path / "glass.xyz", configuration)
    radius_n = np.array([float(line.split()[4]) for line in text_of(tmp_path / "glass.xyz")[2:]])
    np.testing.assert_array_equal(2 * radius_n, configuration.diameters)


@pytest.mark.parametrize("dimension", [2, 3])
def test_vectors_become_displacements(dimension, tmp_path, rng):
    configuration = glass(dimension)
    mode_nc = rng.normal(size=configuration.positions.shape)
    gk.write(tmp_path / "mode.xyz", configuration, vectors=mode_nc)
    lines = text_of(tmp_path / "mode.xyz")
    assert "Properties=species:S:1:pos:R:3:radius:R:1:displ:R:3 " in lines[1]
    written = np.array([[float(x) for x in line.split()[5:]] for line in lines[2:]])
    np.testing.assert_array_equal(written[:, :dimension], mode_nc)
    np.testing.assert_array_equal(written[:, dimension:], 0)
    np.testing.assert_array_equal(gk.read(tmp_path / "mode.xyz").positions, configuration.positions)


def test_vectors_of_another_shape_are_refused(tmp_path):
    for wrong, message in (
        (np.zeros((43, 2)), r"vectors: expected shape \(43, 3\), found \(43, 2\)"),
        (np.full((43, 3), np.nan), "vectors: every component must be finite"),
    ):
        with pytest.raises(InputError, match=message):
            gk.write(tmp_path / "mode.xyz", glass(3), vectors=wrong)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("dimension", [2, 3])
def test_several_vectors_keep_their_names(dimension, tmp_path, rng):
    """A mode and its parent in one file: columns as the header says, the configuration as ever."""
    configuration = glass(dimension)
    field = {name: rng.normal(size=configuration.positions.shape) for name in ("harmonic", "quartic")}
    gk.write(tmp_path / "modes.xyz", configuration, vectors=field)
    lines = text_of(tmp_path / "modes.xyz")
    properties = dict(part.split("=", 1) for part in lines[1].split() if "=" in part)["Properties"].split(":")
    assert properties[-6:] == ["harmonic", "R", "3", "quartic", "R", "3"]
    first, found = 0, {}
    for name, width in zip(properties[::3], map(int, properties[2::3]), strict=True):
        found[name] = [line.split()[first : first + width] for line in lines[2:]]
        first += width
    assert {len(line.split()) for line in lines[2:]} == {first}
    for name, vector_nc in field.items():
        np.testing.assert_array_equal(np.array(found[name], dtype=float)[:, :dimension], vector_nc)
    again = gk.read(tmp_path / "modes.xyz")
    np.testing.assert_array_equal(again.positions, configuration.positions)
    np.testing.assert_array_equal(again.diameters, configuration.diameters)


@pytest.mark.parametrize("name", ["pos", "Radius", "two words", "a:b", "", "2nd", "π"])
def test_names_that_break_the_header_are_refused(name, tmp_path):
    with pytest.raises(InputError, match="is no name for a property"):
        gk.write(tmp_path / "modes.xyz", glass(3), vectors={name: glass(3).positions})
    with pytest.raises(InputError, match=r"vectors\['mode'\]: expected shape \(43, 3\), found \(43, 2\)"):
        gk.write(tmp_path / "modes.xyz", glass(3), vectors={"mode": glass(2).positions})
    assert not list(tmp_path.iterdir())


def test_four_dimensions_are_refused(tmp_path):
    with pytest.raises(InputError, match="holds two or three dimensions, found 4"):
        gk.write(tmp_path / "glass.xyz", glass(4))
    assert not list(tmp_path.iterdir())


# Extended XYZ of other programs.

HEADER = 'Lattice="4 0 0 0 5 0 0 0 6" Properties=species:S:1:pos:R:3:radius:R:1 pbc="T T T"'


def parsed(tmp_path, *lines: str) -> gk.Configuration:
    (tmp_path / "other.xyz").write_text("\n".join(lines) + "\n")
    return gk.read(tmp_path / "other.xyz")


def test_columns_in_any_order_and_unknown_ones(tmp_path):
    header = (
        'Time=3.5 Lattice="4.0 0.0 0.0 0.0 5.0 0.0 0.0 0.0 6.0" note="two words" '
        'Properties=id:I:1:velo:R:3:radius:R:1:species:S:1:pos:R:3:fixed:L:1 pbc="T T T"'
    )
    found = parsed(tmp_path, "1", header, "7 0.1 0.2 0.3 0.6 Si 1.0 2.0 -2.5 F")
    np.testing.assert_array_equal(found.positions, [[1.0, 2.0, -2.5]])
    np.testing.assert_array_equal(found.diameters, [1.2])
    np.testing.assert_array_equal(found.box.lengths, [4, 5, 6])


def test_positions_of_an_uncentred_or_unwrapped_box_are_wrapped(tmp_path):
    found = parsed(tmp_path, "2", HEADER, "A 3.5 4.5 5.5 0.5", "B -7.5 10.25 0 0.5")
    np.testing.assert_array_equal(found.positions, [[-0.5, -0.5, -0.5], [0.5, 0.25, 0.0]])


def test_a_diameter_column_is_taken_as_it_is(tmp_path):
    header = HEADER.replace("radius", "diameter")
    assert parsed(tmp_path, "1", header, "A 0 0 0 1.25").diameters[0] == 1.25
    both = HEADER.replace("radius:R:1", "radius:R:1:diameter:R:1")
    assert parsed(tmp_path, "1", both, "A 0 0 0 0.625 1.25").diameters[0] == 1.25
    with pytest.raises(InputError, match="expected diameter = 2 radius"):
        parsed(tmp_path, "1", both, "A 0 0 0 1.25 1.25")


def test_a_box_open_along_z_is_two_dimensional(tmp_path):
    header = HEADER.replace("T T T", "T T F").replace("6", "0")
    found = parsed(tmp_path, "2", header, "A 1 2 0.5 0.5", "A -1 1 0.5 0.25")
    np.testing.assert_array_equal(found.positions, [[1, 2], [-1, 1]])
    np.testing.assert_array_equal(found.box.lengths, [4, 5])
    with pytest.raises(InputError, match="its particles differ in z"):
        parsed(tmp_path, "2", header, "A 1 2 0.5 0.5", "A -1 1 0.6 0.25")


def test_without_pbc_the_lattice_is_periodic(tmp_path):
    assert parsed(tmp_path, "1", HEADER.replace(' pbc="T T T"', ""), "A 1 2 3 0.5").dimension == 3


def test_windows_line_ends_and_trailing_blanks_are_fine(tmp_path):
    (tmp_path / "other.xyz").write_bytes(f"1\r\n{HEADER}\r\nA 1 2 2.5 0.5  \r\n\r\n\n".encode())
    np.testing.assert_array_equal(gk.read(tmp_path / "other.xyz").positions, [[1, 2, 2.5]])


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["x", HEADER, "A 0 0 0 1"], "line 1: expected the number of particles, found 'x'"),
        (["0", HEADER], "line 1: expected the number of particles, found '0'"),
        (["-1", HEADER], "line 1: expected the number of particles, found '-1'"),
        (["1"], "line 1: the file ends after 0 of 1 particles"),
        (["3", HEADER, "A 0 0 0 1", "A 0 0 0 1"], "line 4: the file ends after 2 of 3 particles"),
        (["1", HEADER, "A 0 0 0 1", "1", HEADER, "A 0 0 0 1"], "line 4: expected the end after 1 particles"),
        (["1", HEADER, "A 0 0 0"], "line 3: expected 5 columns, found 4"),
        (["2", HEADER, "A 0 0 0 1", "A 0 0 0 1 1"], "line 4: expected 5 columns, found 6"),
        (["1", HEADER, "A 0 zero 0 1"], "line 3: could not convert string to float: 'zero'"),
        (["1", HEADER, "A 0 nan 0 1"], "line 3: every coordinate and size must be finite"),
        (["2", HEADER, "A 0 0 0 1", "A 0 0 0 -1"], "line 4: expected a positive size, found -1.0"),
        (["1", "a comment", "A 0 0 0"], 'line 2: no Lattice="..."'),
        (["1", 'Lattice="1 2 3"', "A 0 0 0"], "line 2: Lattice: expected nine numbers"),
        (["1", HEADER.replace("4 0 0", "a 0 0"), "A 0 0 0 1"], "line 2: Lattice: expected nine numbers"),
        (["1", HEADER.replace("4 0 0", "4 1 0"), "A 0 0 0 1"], "line 2: Lattice: expected a first vector along x"),
        (
            ["1", 'Lattice="4 0 0 0 5 0 1 0 6" dimension=2 Properties=species:S:1:pos:R:3:radius:R:1', "A 0 0 0 1"],
            "line 2: Lattice: a two-dimensional box has a third vector along z",
        ),
        (["1", HEADER.replace("4 0 0", "-4 0 0"), "A 0 0 0 1"], "line 2: Lattice: expected positive edges"),
        (["1", HEADER.replace("4 0 0", "nan 0 0"), "A 0 0 0 1"], "line 2: Lattice: expected positive edges"),
        (["1", HEADER.replace(":radius:R:1", ""), "A 0 0 0"], "line 2: Properties has neither radius"),
        (["1", HEADER.replace("radius:R:1", "radius:R:2"), "A 0 0 0 1 1"], "line 2: Properties: expected radius:R:1"),
        (["1", HEADER.replace("pos:R:3", "pos:R:2"), "A 0 0 1"], "line 2: Properties: expected pos:R:3"),
        (["1", HEADER.replace("radius:R:1", "radius:R"), "A 0 0 0 1"], "line 2: Properties: expected name:type"),
        (["1", HEADER.replace("T T T", "T F T"), "A 0 0 0 1"], "line 2: pbc: expected periodic boundaries"),
        (["1", HEADER.replace("T T T", "F F F"), "A 0 0 0 1"], "line 2: pbc: expected periodic boundaries"),
        (["1", HEADER + " dimension=4", "A 0 0 0 1"], "line 2: dimension: expected 2 or 3, found '4'"),
    ],
)
def test_malformed_files_name_the_line(lines, message, tmp_path):
    with pytest.raises(InputError) as caught:
        parsed(tmp_path, *lines)
    assert message in str(caught.value)
    assert "other.xyz: line " in str(caught.value)
    assert "\n" not in str(caught.value)
