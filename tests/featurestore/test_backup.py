"""What a backup holds, when there is none, and that nobody has to stop for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from definitions.errors import BackupError, ConflictError, RequestError
from featurestore import FeatureStore
from featurestore.backup_manifest import MANIFEST_FILE, read_manifest
from featurestore.checked_files import check_file
from featurestore.registry.revision import NEWEST_REVISION
from tests.featurestore.backups import NOW, empty_machine, files_below, frame_bits, kept_files, shop_with_history
from tests.journeys.shop import Shop, order, raising, segments


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return shop_with_history(tmp_path / "shop")


def _before_pinning(store: FeatureStore, action: Callable[[], Any]) -> FeatureStore:
    """Let something happen in the middle of a backup: its transaction has begun, no row is written yet."""
    registry = store._context.registry.segments
    pin = registry.pin

    def act_and_pin(version: int, until: int) -> int:
        action()
        return pin(version, until)

    registry.pin = act_and_pin  # type: ignore[method-assign]
    return store


def _after_pinning(store: FeatureStore, action: Callable[[], Any]) -> FeatureStore:
    registry = store._context.registry.segments
    pin = registry.pin

    def pin_and_act(version: int, until: int) -> int:
        pinned = pin(version, until)
        action()
        return pinned

    registry.pin = pin_and_act  # type: ignore[method-assign]
    return store


def test_a_backup_holds_every_table_and_every_segment_that_is_not_vacuumed(shop: Shop, tmp_path: Path) -> None:
    store = shop.store(NOW)
    report = store.backup(tmp_path / "backup")
    manifest = read_manifest(tmp_path / "backup")
    paths = store._context.registry.segments.paths()
    assert len(paths) > len(segments(store))
    assert manifest.segments.keys() == paths
    assert report.segments == manifest.tables["segments"] == len(paths)
    assert report.rows == sum(manifest.tables.values())
    assert (report.revision, report.segments_version) == (
        NEWEST_REVISION,
        store._context.registry.segments.latest_version(),
    )
    on_disk = {path.relative_to(tmp_path / "backup").as_posix() for path in (tmp_path / "backup").rglob("*.*")}
    assert on_disk == {MANIFEST_FILE, *manifest.files}
    for name, file in manifest.files.items():
        assert check_file(tmp_path / "backup" / name) == file
    assert not store._context.registry.segments.pinned_versions(0)


def test_two_backups_of_one_state_are_the_same_but_for_their_time(shop: Shop, tmp_path: Path) -> None:
    shop.store(NOW).backup(tmp_path / "one")
    shop.store(NOW).backup(tmp_path / "two")
    assert kept_files(tmp_path / "one") == kept_files(tmp_path / "two")


def test_a_backup_is_of_one_moment_whatever_is_materialized_and_vacuumed_meanwhile(shop: Shop, tmp_path: Path) -> None:
    expected = frame_bits(shop.store(NOW))

    def change() -> None:
        shop.land("later_still", [order("2024-01-10T10:00:00", "ann", 7.0), order("2024-03-11", "c1", 3.0)])
        other = shop.store(NOW)
        other.materialize()
        assert other.vacuum("0s").segments == 0, "a pinned segment was deleted"

    _after_pinning(shop.store(NOW), change).backup(tmp_path / "backup")
    assert shop.store(NOW).vacuum("0s").segments > 0
    assert frame_bits(shop.store(NOW)) != expected
    machine = empty_machine(shop, tmp_path / "machine", sources=False)
    machine.store(NOW).restore(tmp_path / "backup")
    assert frame_bits(machine.store(NOW)) == expected


def test_a_segment_vacuumed_before_it_was_pinned_is_said_and_leaves_the_folder_empty(
    shop: Shop, tmp_path: Path
) -> None:
    store = _before_pinning(shop.store(NOW), lambda: shop.store(NOW).vacuum("0s"))
    with pytest.raises(ConflictError, match="was vacuumed while it was to be copied; run the backup again"):
        store.backup(tmp_path / "backup")
    assert files_below(tmp_path / "backup") == {}
    assert not store._context.registry.segments.pinned_versions(0)
    assert shop.store(NOW).backup(tmp_path / "backup").segments == len(segments(store))


@pytest.mark.parametrize("damage", ["missing", "shorter"])
def test_a_damaged_segment_is_named_and_what_the_message_advises_mends_it(
    shop: Shop, tmp_path: Path, damage: str
) -> None:
    store = shop.store(NOW)
    file = store._context.offline_root / segments(store)[0].path
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(BackupError, match=f"{file} is {'missing' if damage == 'missing' else 'damaged'}"):
        store.backup(tmp_path / "backup")
    assert files_below(tmp_path / "backup") == {}
    file.unlink(missing_ok=True)
    shop.store(NOW).materialize(full=True)
    shop.store(NOW).vacuum("0s")
    shop.store(NOW).backup(tmp_path / "backup")
    assert read_manifest(tmp_path / "backup").segments


def test_a_disk_that_fails_is_said_and_leaves_no_manifest(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("featurestore.backup.write_manifest", raising(OSError(28, "No space left on device")))
    with pytest.raises(BackupError, match="No space left on device"):
        shop.store(NOW).backup(tmp_path / "backup")
    assert files_below(tmp_path / "backup") == {}


def test_a_folder_that_holds_something_is_refused_and_stays_as_it_is(shop: Shop, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    shop.store(NOW).backup(taken)
    before = files_below(taken)
    with pytest.raises(RequestError, match="holds a backup; choose a new folder"):
        shop.store(NOW).backup(taken)
    (taken / MANIFEST_FILE).unlink()
    with pytest.raises(RequestError, match="is not empty; choose a new folder"):
        shop.store(NOW).backup(taken)
    assert files_below(taken) == {name: held for name, held in before.items() if name != MANIFEST_FILE}
    (tmp_path / "file").write_text("mine")
    with pytest.raises(RequestError, match="is a file"):
        shop.store(NOW).backup(tmp_path / "file")
    with pytest.raises(RequestError, match="is in the offline store"):
        shop.store(NOW).backup(shop.folder / ".featurestore" / "offline" / "backup")


def test_an_empty_registry_is_no_backup(shop: Shop, tmp_path: Path) -> None:
    machine = empty_machine(shop, tmp_path / "machine")
    with pytest.raises(RequestError, match="there is nothing to back up"):
        machine.store(NOW).backup(tmp_path / "backup")
    assert files_below(tmp_path / "backup") == {}


def test_progress_grows_from_nothing_to_all(shop: Shop, tmp_path: Path) -> None:
    said: list[tuple[float, str]] = []
    shop.store(NOW).backup(tmp_path / "backup", progress=lambda share, doing: said.append((share, doing)))
    shares = [share for share, _ in said]
    assert shares == sorted(shares) and shares[0] == 0.0 and shares[-1] == 1.0
    assert list(dict.fromkeys(doing for _, doing in said)) == [
        "dumping the registry",
        "copying segments",
        "writing the manifest",
    ]
