"""Files of a run: whole or not there."""

import resource

import pytest

from ringfence.risk.files import read_table, whole, write_table, write_text


def test_a_file_that_cannot_be_finished_leaves_the_old_one(tmp_path):
    """What goes wrong while a file is written leaves its last whole state, and nothing beside it."""
    place = write_text(tmp_path / "page.txt", "old")

    with pytest.raises(KeyboardInterrupt), whole(place) as part:
        part.write_text("half of the n")
        raise KeyboardInterrupt
    assert place.read_text() == "old"
    assert list(tmp_path.iterdir()) == [place]


def test_a_table_that_does_not_fit_is_an_error_of_the_system(tmp_path):
    """The reason is the system's, not the database's; nothing is left, and with room the table comes back."""
    place, lines = tmp_path / "it's a [table]*.parquet", [[float(k), f"row {k}"] for k in range(20_000)]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_table(place, ["k", "row"], lines)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.iterdir())

    found = read_table(write_table(place, ["k", "row"], lines))
    assert found["k"].tolist() == [line[0] for line in lines]
    assert found["row"][19_999] == "row 19999"


def test_what_is_no_file_is_written_to_as_it_is():
    """The null device takes a text and stays what it was."""
    from pathlib import Path

    place = write_text(Path("/dev/null"), "gone")
    assert place.is_char_device()
