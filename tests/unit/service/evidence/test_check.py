"""The check finds every way in which rows and files can disagree."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

import pytest
from sqlalchemy import delete, select, text, update

from litterwatch.detector.errors import EvidenceError
from litterwatch.service.events.scripted import ScriptedHouse, scripted_event
from litterwatch.service.evidence.check import CheckReport, Cost, check
from litterwatch.service.tables import EvidenceRow, GarbageRow


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ScriptedHouse]:
    house = ScriptedHouse(tmp_path)
    with house.store().opened() as store:
        house.sink(store).accept(scripted_event("e1"))
        house.sink(store).accept(scripted_event("e2"))
    yield house
    house.close()


def checked(house: ScriptedHouse, cost: Cost) -> CheckReport:
    return check(house.root, house.database, cost)


def found(house: ScriptedHouse, cost: Cost) -> list[tuple[str, str]]:
    problems = checked(house, cost).problems
    return [(problem.kind, problem.subject) for problem in problems]


def a_clip(house: ScriptedHouse) -> str:
    return min(path for path in house.files() if path.endswith("clip.mp4"))


@pytest.mark.parametrize("cost", ["names", "sizes", "hashes"])
def test_sound_evidence_is_reported_sound(house: ScriptedHouse, cost: Cost) -> None:
    report = checked(house, cost)
    assert report.is_sound
    assert (report.rows, report.files, report.garbage) == (12, 12, 0)
    assert len(report.custody_head) == 64


def test_an_empty_folder_is_sound(tmp_path: Path) -> None:
    house = ScriptedHouse(tmp_path)
    report = checked(house, "hashes")
    assert (report.is_sound, report.rows, report.custody_head) == (True, 0, "0" * 64)
    house.close()


@pytest.mark.parametrize("cost", ["names", "sizes", "hashes"])
def test_a_file_that_is_gone_is_found_at_every_cost(house: ScriptedHouse, cost: Cost) -> None:
    clip = a_clip(house)
    (house.root / clip).unlink()
    assert found(house, cost) == [("missing", clip)]


def test_a_file_nobody_knows_is_found(house: ScriptedHouse) -> None:
    stray = Path(a_clip(house)).with_name("extra.mp4")
    (house.root / stray).write_bytes(b"?")
    assert found(house, "names") == [("stray", str(stray))]


def test_a_link_to_somewhere_else_is_found(house: ScriptedHouse, tmp_path: Path) -> None:
    (tmp_path / "evidence" / "elsewhere").symlink_to("/")
    assert found(house, "names") == [("stray", "evidence/elsewhere")]


def test_a_link_in_place_of_a_file_is_found(house: ScriptedHouse, tmp_path: Path) -> None:
    clip = a_clip(house)
    (house.root / clip).rename(tmp_path / "moved.mp4")
    (house.root / clip).symlink_to(tmp_path / "moved.mp4")
    assert found(house, "hashes") == [("missing", clip)]


def test_declared_garbage_is_allowed_whole_and_half_written(house: ScriptedHouse) -> None:
    folder = house.root / "evidence" / "ab"
    folder.mkdir()
    (folder / "clip.part.mp4").write_bytes(b"?")
    (folder / "before.jpg").write_bytes(b"?")
    assert len(found(house, "names")) == 2
    with house.database.writing() as session:
        now = house.clock.now()
        for name in ("clip.mp4", "before.jpg"):
            session.add(GarbageRow(path=f"evidence/ab/{name}", reason="test", created_at=now))
    assert found(house, "names") == []


def test_a_changed_size_is_found_from_sizes_on(house: ScriptedHouse) -> None:
    clip = a_clip(house)
    with (house.root / clip).open("ab") as file:
        file.write(b"more")
    assert found(house, "names") == []
    assert found(house, "sizes") == [("size", clip)]
    assert found(house, "hashes") == [("size", clip)]


def test_a_changed_byte_is_found_by_hashes(house: ScriptedHouse) -> None:
    clip = a_clip(house)
    content = bytearray((house.root / clip).read_bytes())
    content[100] ^= 1
    (house.root / clip).write_bytes(content)
    assert found(house, "sizes") == []
    assert found(house, "hashes") == [("hash", clip)]


def test_a_file_that_cannot_be_read_is_reported(
    house: ScriptedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip, real = a_clip(house), Path.open

    def refuse(path: Path, mode: str) -> IO[bytes]:
        if path == house.root / clip:
            raise PermissionError(13, "Permission denied", str(path))
        return cast("IO[bytes]", real(path, mode))

    monkeypatch.setattr(Path, "open", refuse)
    assert found(house, "hashes") == [("unreadable", clip)]


def test_an_exchanged_file_with_a_matching_row_is_found_by_custody(house: ScriptedHouse) -> None:
    clip = a_clip(house)
    forged = b"forged" * 10
    (house.root / clip).write_bytes(forged)
    with house.database.writing() as session:
        digest = "f4a9ea56ad25c1be9f6e6aaf6a8d5fc7fdd3f6cc6d8a8ea7f9e1f9ce04ee1d5f"
        values = {"size": len(forged), "sha256": digest}
        session.execute(update(EvidenceRow).where(EvidenceRow.path == clip).values(**values))
    assert found(house, "sizes") == [("unsealed", clip)]


def test_evidence_that_was_made_to_vanish_is_found_by_custody(house: ScriptedHouse) -> None:
    clip = a_clip(house)
    (house.root / clip).unlink()
    with house.database.writing() as session:
        session.execute(delete(EvidenceRow).where(EvidenceRow.path == clip))
    assert found(house, "names") == [("removed", clip)]


CHANGES = {
    "at": "UPDATE custody SET at = '2020-01-01 00:00:00' WHERE seq = 2",
    "actor": "UPDATE custody SET actor = 'nobody' WHERE seq = 2",
    "action": "UPDATE custody SET action = 'x' WHERE seq = 1",
    "subject": "UPDATE custody SET subject = 'x' WHERE seq = 1",
    "detail": "UPDATE custody SET detail = '{}' WHERE seq = 1",
    "previous": "UPDATE custody SET previous = 'x' WHERE seq = 3",
    "hash": "UPDATE custody SET hash = 'x' WHERE seq = 4",
    "first removed": "DELETE FROM custody WHERE seq = 1",
    "middle removed": "DELETE FROM custody WHERE seq = 3",
    "renumbered": "UPDATE custody SET seq = 9 WHERE seq = 4",
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_changed_custody_row_is_found(house: ScriptedHouse, change: str) -> None:
    with house.database.writing() as session:
        done = session.connection().execute(text(CHANGES[change]))
        assert done.rowcount == 1
    problems = checked(house, "names").problems
    assert "custody" in {problem.kind for problem in problems}


def test_a_sealing_cut_off_the_end_of_the_chain_is_found(house: ScriptedHouse) -> None:
    with house.database.writing() as session:
        session.connection().execute(text("DELETE FROM custody WHERE seq = 5"))
    assert {kind for kind, _ in found(house, "names")} == {"unsealed"}


def test_evidence_replaced_while_the_check_runs_is_no_problem(
    house: ScriptedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = a_clip(house)

    def replaced_meanwhile(path: Path) -> os.stat_result:
        with house.database.writing() as session:
            row = session.scalars(select(EvidenceRow).where(EvidenceRow.path == clip)).first()
            if row is not None:
                session.delete(row)
        raise FileNotFoundError(2, "No such file or directory", str(path))

    real = Path.lstat
    monkeypatch.setattr(
        Path,
        "lstat",
        lambda path: replaced_meanwhile(path) if path == house.root / clip else real(path),
    )
    assert found(house, "sizes") == []


def test_a_folder_that_cannot_be_listed_is_an_error(
    house: ScriptedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: str) -> Iterator[os.DirEntry[str]]:
        raise PermissionError(13, "Permission denied", folder)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(EvidenceError, match="cannot be listed"):
        checked(house, "names")
