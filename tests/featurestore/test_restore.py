"""A restored store is the one that was backed up; a backup that is not whole changes nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from definitions.errors import BackupError, RequestError
from featurestore.backup_manifest import MANIFEST_FILE, Manifest, read_manifest, segment_file, write_manifest
from featurestore.checked_files import check_file
from featurestore.registry.database import reading
from featurestore.registry.migrations import migrate
from featurestore.registry.revision import NEWEST_REVISION, stored_revision
from tests.featurestore.backups import (
    NOW,
    empty_machine,
    files_below,
    frame_bits,
    kept_files,
    online_bits,
    shop_with_history,
)
from tests.journeys.shop import Shop, order, segments


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """For tests that leave it as it is."""
    return shop_with_history(tmp_path_factory.mktemp("restore") / "shop")


@pytest.fixture(scope="module")
def whole(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup to restore, or to copy and spoil."""
    directory = tmp_path_factory.mktemp("restore") / "backup"
    shop.store(NOW).backup(directory)
    return directory


@pytest.fixture
def spoilt(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "spoilt"))


@pytest.fixture
def machine(shop: Shop, tmp_path: Path) -> Shop:
    return empty_machine(shop, tmp_path / "machine")


def _flip(file: Path, position: int, bit: int = 0) -> None:
    held = bytearray(file.read_bytes())
    held[position] ^= 1 << bit
    file.write_bytes(bytes(held))


def _assert_refused(machine: Shop, directory: Path, *expected: str) -> None:
    """The restore says so, and the machine is as it was."""
    before = files_below(machine.folder)
    with pytest.raises(BackupError) as raised:
        machine.store(NOW).restore(directory)
    for said in expected:
        assert said in str(raised.value)
    assert files_below(machine.folder) == before


def test_frames_are_the_same_to_the_bit_without_any_source(shop: Shop, whole: Path, tmp_path: Path) -> None:
    machine = empty_machine(shop, tmp_path / "machine", sources=False)
    machine.store(NOW).restore(whole)
    assert frame_bits(machine.store(NOW)) == frame_bits(shop.store(NOW))


def test_frames_as_of_earlier_segments_are_the_same_too(shop: Shop, whole: Path, tmp_path: Path) -> None:
    machine = empty_machine(shop, tmp_path / "machine", sources=False)
    machine.store(NOW).restore(whole)
    # Two tile tables, swapped once each by both runs: at 2 all is there, at 4 the late rows are in both.
    assert shop.store(NOW)._context.registry.segments.latest_version() == 4
    known = {version: frame_bits(shop.store(NOW), version) for version in (2, 3, 4)}
    assert known[2] != known[4] == frame_bits(shop.store(NOW))
    assert {version: frame_bits(machine.store(NOW), version) for version in known} == known


def test_a_backup_of_what_was_restored_is_the_same_backup(machine: Shop, whole: Path, tmp_path: Path) -> None:
    machine.store(NOW).restore(whole)
    machine.store(NOW).backup(tmp_path / "again")
    assert kept_files(tmp_path / "again") == kept_files(whole)


def test_the_next_materialize_builds_no_tile_and_writes_every_row_online(
    shop: Shop, machine: Shop, whole: Path
) -> None:
    machine.store(NOW).restore(whole)
    with pytest.raises(RequestError):
        online_bits(machine.store(NOW))
    report = machine.store(NOW).materialize()
    assert all(table.built == table.rebuilt == 0 for table in report.tables)
    assert [item.reason for item in report.published] == ["first publish of this generation: every entity"] * 2
    assert online_bits(machine.store(NOW)) == online_bits(shop.store(NOW))
    stores = [shop.store(NOW), machine.store(NOW)]
    for view in ("customer_daily", "customer_latest"):
        served = [store._context.registry.generations.current(view) for store in stores]
        counts = [
            store._online.count(generation.id) for store, generation in zip(stores, served, strict=True) if generation
        ]
        assert counts[0] == counts[1] > 0
    assert machine.store(NOW).materialize().did_nothing


def test_a_publish_from_tiles_alone_serves_the_same_values(shop: Shop, whole: Path, tmp_path: Path) -> None:
    machine = empty_machine(shop, tmp_path / "machine", sources=False)
    machine.store(NOW).restore(whole)
    machine.store(NOW).publish()
    assert online_bits(machine.store(NOW)) == online_bits(shop.store(NOW))


def test_a_restored_store_goes_on_as_the_one_that_was_backed_up(whole: Path, tmp_path: Path) -> None:
    original = shop_with_history(tmp_path / "original")
    original.store(NOW).backup(tmp_path / "backup")
    machine = empty_machine(original, tmp_path / "machine")
    machine.store(NOW).restore(tmp_path / "backup")
    for shop in (original, machine):
        shop.land("next", [order("2024-02-01T10:00:00", "ann", 0.3), order("2024-03-11T10:00:00", "c7", 0.7)])
        shop.change(("windows: [7d]}", "windows: [7d, 14d]}"))
        shop.applied("2024-03-15T05:00:00").materialize()
    stores = [shop.store("2024-03-15T05:00:00") for shop in (original, machine)]
    assert frame_bits(stores[0]) == frame_bits(stores[1])
    assert online_bits(stores[0]) == online_bits(stores[1])
    assert [store._context.applied().revision for store in stores] == [2, 2]
    stores[1].vacuum("0s")
    assert len(segments(stores[1])) == len(stores[1]._context.registry.segments.paths())


def test_a_flipped_bit_in_any_file_is_refused_with_the_file_named(machine: Shop, spoilt: Path) -> None:
    for name, file in read_manifest(spoilt).files.items():
        if file.size:
            for position in (0, file.size // 2, file.size - 1):
                _flip(spoilt / name, position)
                _assert_refused(machine, spoilt, f"{spoilt / name} is damaged")
                _flip(spoilt / name, position)
    machine.store(NOW).restore(spoilt)


def test_a_flipped_bit_anywhere_in_the_manifest_is_refused(spoilt: Path) -> None:
    manifest = spoilt / MANIFEST_FILE
    size = manifest.stat().st_size
    for position in (*range(60), *range(60, size - 120, 17), *range(size - 120, size)):
        _flip(manifest, position, position % 8)
        with pytest.raises(BackupError, match=f"{manifest} is damaged"):
            read_manifest(spoilt)
        _flip(manifest, position, position % 8)
    assert read_manifest(spoilt)


def test_every_missing_and_every_damaged_file_is_listed_at_once(machine: Shop, spoilt: Path) -> None:
    first, second, third = (spoilt / segment_file(path) for path in sorted(read_manifest(spoilt).segments)[:3])
    first.unlink()
    _flip(second, 5)
    third.write_bytes(third.read_bytes() + b"more")
    expected = (f"{first} is missing", f"{second} is damaged", f"{third} is damaged: it has", "use another backup")
    _assert_refused(machine, spoilt, *expected)


def test_a_backup_without_a_manifest_is_incomplete(machine: Shop, spoilt: Path, tmp_path: Path) -> None:
    (spoilt / MANIFEST_FILE).unlink()
    _assert_refused(machine, spoilt, f"{spoilt} is no backup, or an incomplete one: it holds no manifest.json")
    _assert_refused(machine, tmp_path / "nowhere", f"{tmp_path / 'nowhere'} is no backup", "there is no manifest.json")


def _with_file(name: str) -> Callable[[Path, Manifest], Manifest]:
    """A manifest that names one file more, which is there as it says."""

    def change(directory: Path, manifest: Manifest) -> Manifest:
        place = directory / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"found")
        return replace(manifest, files={**manifest.files, name: check_file(place)})

    return change


def _with_absolute(directory: Path, manifest: Manifest) -> Manifest:
    return _with_file(str(directory.parent / "outside"))(directory, manifest)


def _with_link(directory: Path, manifest: Manifest) -> Manifest:
    (directory / "segments" / "link").symlink_to(directory.parent, target_is_directory=True)
    return _with_file("segments/link/stolen")(directory, manifest)


def _without_segment(directory: Path, manifest: Manifest) -> Manifest:
    left = dict(manifest.files)
    del left[segment_file(min(manifest.segments))]
    return replace(manifest, files=left)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_with_file("../outside"), "the manifest names '../outside', which is not in the backup"),
        (_with_file("segments/../../outside"), "'segments/../../outside', which is not in the backup"),
        (_with_file("segments/../inside"), "'segments/../inside', which is not in the backup"),
        (_with_absolute, "/outside', which is not in the backup"),
        (_with_link, "'segments/link/stolen', which is not in the backup"),
        (_with_file("segments/unknown.parquet"), "segments/unknown.parquet is of no table or segment"),
        (_without_segment, "is not in the manifest"),
        (lambda directory, manifest: replace(manifest, revision="9999"), "is of revision 9999"),
        (lambda directory, manifest: replace(manifest, format=2), "is of format 2, this version knows 1"),
    ],
    ids=["up", "up within", "up inside", "absolute", "link", "unknown", "left out", "revision", "format"],
)
def test_a_manifest_that_cannot_be_right_is_refused(
    machine: Shop, spoilt: Path, change: Callable[[Path, Manifest], Manifest], expected: str
) -> None:
    write_manifest(spoilt, change(spoilt, read_manifest(spoilt)))
    _assert_refused(machine, spoilt, expected)


def test_a_registry_that_holds_something_is_refused_and_stays_as_it_is(
    machine: Shop, whole: Path, tmp_path: Path
) -> None:
    machine.applied(NOW).materialize()
    machine.store(NOW).backup(tmp_path / "before")
    with pytest.raises(RequestError, match=r"registry\.db is not empty: .* holds rows"):
        machine.store(NOW).restore(whole)
    machine.store(NOW).backup(tmp_path / "after")
    assert read_manifest(tmp_path / "after").files == read_manifest(tmp_path / "before").files


def test_a_registry_that_was_only_opened_is_empty(machine: Shop, whole: Path, shop: Shop) -> None:
    machine.store(NOW).plan()
    machine.store(NOW).restore(whole)
    assert frame_bits(machine.store(NOW)) == frame_bits(shop.store(NOW))


def test_what_is_applied_while_segments_are_copied_stays(machine: Shop, whole: Path) -> None:
    def apply(share: float, doing: str) -> None:
        if doing == "loading the registry":
            machine.applied(NOW)

    with pytest.raises(RequestError, match="is not empty"):
        machine.store(NOW).restore(whole, progress=apply)
    assert machine.store(NOW).plan().changes == ()
    assert machine.store(NOW)._context.registry.segments.paths() == set()


def test_online_rows_of_another_life_are_refused(machine: Shop, whole: Path) -> None:
    machine.applied(NOW).materialize()
    for file in (machine.folder / ".featurestore").glob("registry.db*"):
        file.unlink()
    with pytest.raises(RequestError, match=r"online\.db is not empty.*move it away"):
        machine.store(NOW).restore(whole)
    for file in (machine.folder / ".featurestore").glob("online.db*"):
        file.unlink()
    assert machine.store(NOW).restore(whole).segments


def test_a_backup_of_an_older_revision_is_brought_to_the_newest(
    machine: Shop, whole: Path, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next version of the product, whose migration changes what the rows are."""
    scripts = Path(shutil.copytree(Path(migrate.__file__).parent, tmp_path / "migrations"))
    newer = f"""
from alembic import op
import sqlalchemy as sa
revision = "newer"
down_revision = "{NEWEST_REVISION}"
def upgrade():
    op.add_column("segments", sa.Column("note", sa.Text()))
    op.execute("UPDATE segments SET note = 'of ' || path")
"""
    (scripts / "versions" / "newer.py").write_text(newer)
    monkeypatch.setattr(migrate, "__file__", str(scripts / "migrate.py"))
    opened = machine.store(NOW)
    opened.restore(whole)
    with reading(opened._context.registry.engine) as connection:
        assert stored_revision(connection) == "newer"
        rows = connection.execute(text("SELECT path, note FROM segments")).all()
    assert rows and all(note == f"of {path}" for path, note in rows)
    assert frame_bits(opened) == frame_bits(shop.store(NOW))


def test_progress_grows_from_nothing_to_all(machine: Shop, whole: Path) -> None:
    said: list[tuple[float, str]] = []
    machine.store(NOW).restore(whole, progress=lambda share, doing: said.append((share, doing)))
    shares = [share for share, _ in said]
    assert shares == sorted(shares) and shares[0] == 0.0 and shares[-1] == 1.0
    doings = ["verifying the backup", "copying segments", "loading the registry", "restored"]
    assert list(dict.fromkeys(doing for _, doing in said)) == doings
