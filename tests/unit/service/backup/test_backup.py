"""Backups: made while others write, proved, restored; on SQLite and on PostgreSQL."""

import re
import secrets
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text

from litterwatch.detector.errors import ConfigError, Conflict, EvidenceIntegrityError, StoreError
from litterwatch.detector.types import EventState
from litterwatch.service.backup import copying
from litterwatch.service.backup.manifest import DATA, SUMS, read_manifest
from litterwatch.service.backup.restoring import Restored, restore_backup
from litterwatch.service.backup.service import MARK, Made, Wish, create_backup
from litterwatch.service.backup.verifying import verify_backup
from litterwatch.service.cli import main
from litterwatch.service.db import Database
from litterwatch.service.events.scripted import ScriptedHouse, scripted_event
from litterwatch.service.evidence.check import check
from litterwatch.service.tables import CustodyRow, EventRow, EvidenceRow

ACTOR = "os:operator"


@pytest.fixture
def house(any_database: Database, tmp_path: Path) -> ScriptedHouse:
    """A data folder with three events."""
    root = tmp_path / "srv"
    root.mkdir()
    house = ScriptedHouse(root, any_database)
    store_events(house, "e0", "e1", "e2")
    return house


@pytest.fixture
def small_house(tmp_path: Path) -> Iterator[ScriptedHouse]:
    """The same on SQLite in the data folder, as most have it."""
    root = tmp_path / "srv"
    root.mkdir()
    house = ScriptedHouse(root)
    store_events(house, "e0", "e1", "e2")
    yield house
    house.close()


def store_events(
    house: ScriptedHouse, *names: str, state: EventState = EventState.CONFIRMED
) -> None:
    with house.store().opened() as store:
        for name in names:
            house.sink(store).accept(scripted_event(name, state))


def wish(folder: Path, **more: object) -> Wish:
    root = folder.parent / "srv"
    return Wish(folder, actor=ACTOR, camera_key=root / "cameras.key", **more)  # type: ignore[arg-type]


def backed_up(house: ScriptedHouse, name: str = "backup", **more: object) -> tuple[Path, Made]:
    folder = house.root.parent / name
    return folder, create_backup(house.root, house.database, house.clock, wish(folder, **more))


@contextmanager
def restored(house: ScriptedHouse, backup: Path) -> Iterator[tuple[Path, Database, Restored]]:
    """The backup in a new folder, and in a new database where it is one of PostgreSQL."""
    to = house.root.parent / f"again-{secrets.token_hex(3)}"
    url = house.database.engine.url
    if house.database.engine.dialect.name == "sqlite":
        done = restore_backup(backup, to, house.clock, actor=ACTOR)
        database = Database(f"sqlite:///{to / 'litterwatch.sqlite3'}")
        yield to, database, done
        database.close()
        return
    name = f"litterwatch_test_{secrets.token_hex(6)}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    address = url.set(database=name).render_as_string(hide_password=False)
    database = Database(address)
    try:
        done = restore_backup(backup, to, house.clock, actor=ACTOR, database_url=address)
        yield to, database, done
    finally:
        database.close()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def ids(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.scalars(select(EventRow.id)))


def test_a_backup_is_proved_and_restored(house: ScriptedHouse) -> None:
    backup, made = backed_up(house)
    verified = verify_backup(backup)
    assert verified.problems == ()
    assert verified.manifest == made.manifest
    with restored(house, backup) as (folder, database, done):
        assert done.is_sound
        assert ids(database) == ids(house.database)
        report = check(folder, database, "hashes")
        assert (report.problems, report.files) == ((), check(house.root, house.database).files)
        with database.reading() as session:
            actions = session.scalars(select(CustodyRow.action).order_by(CustodyRow.seq)).all()
    assert (actions[-2], actions[-1]) == ("backup.begun", "backup.restored")
    assert check(house.root, house.database, "hashes").is_sound


def test_it_is_made_while_events_are_stored_and_replaced(
    house: ScriptedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between any two files somebody stores events, and replaces those that are being copied."""
    store_events(house, *(f"p{n}" for n in range(6)), state=EventState.PROVISIONAL)
    copy, copied = copying.copy_file, 0

    def copy_amid_traffic(source: Path, target: Path, mode: int) -> str:
        nonlocal copied
        copied += 1
        if copied % 5 == 0 and copied <= 30:
            number = copied // 5 - 1
            # `p…` is confirmed: the files of its provisional state are removed.
            store_events(house, f"p{number}", f"new{number}")
        return copy(source, target, mode)

    monkeypatch.setattr(copying, "copy_file", copy_amid_traffic)
    backup, made = backed_up(house)
    assert copied > 30
    assert (made.manifest.missing, made.manifest.damaged) == ((), ())
    assert verify_backup(backup).problems == ()
    with restored(house, backup) as (_, database, done):
        assert done.is_sound
        assert ids(database) <= ids(house.database)
        assert len(ids(database)) == 3 + 6 + 6


def test_writers_in_other_threads_are_not_held_up(house: ScriptedHouse) -> None:
    stop, stored = threading.Event(), 0

    def store() -> None:
        nonlocal stored
        with house.store().opened() as opened:
            sink = house.sink(opened)
            while not stop.is_set():
                sink.accept(scripted_event(f"t{stored}"))
                stored += 1

    writer = threading.Thread(target=store)
    writer.start()
    try:
        backups = [backed_up(house, f"backup{n}") for n in range(3)]
    finally:
        stop.set()
        writer.join()
    assert stored > 0
    for backup, made in backups:
        assert made.manifest.missing == ()
        assert verify_backup(backup).problems == ()


def test_what_was_interrupted_goes_on_where_it_stopped(
    house: ScriptedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = copying.copy_file
    copied: list[Path] = []

    def stop_at_the_fifth(source: Path, target: Path, mode: int) -> str:
        if len(copied) == 5:
            target.with_name(target.name + ".part").write_bytes(b"half a fi")
            raise KeyboardInterrupt
        copied.append(source)
        return copy(source, target, mode)

    monkeypatch.setattr(copying, "copy_file", stop_at_the_fifth)
    with pytest.raises(KeyboardInterrupt):
        backed_up(house)
    folder = house.root.parent / "backup"
    with pytest.raises(ConfigError, match="no finished backup"):
        verify_backup(folder)
    before = set(copied)

    def note_and_copy(source: Path, target: Path, mode: int) -> str:
        copied.append(source)
        return copy(source, target, mode)

    monkeypatch.setattr(copying, "copy_file", note_and_copy)
    backup, _ = backed_up(house)
    assert before.isdisjoint(copied[5:])
    assert verify_backup(backup).problems == ()


def every_file(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_any_byte_that_is_changed_is_found(small_house: ScriptedHouse) -> None:
    backup, _ = backed_up(small_house)
    for path in every_file(backup):
        file = backup / path
        if path == MARK:
            continue
        before = file.read_bytes()
        file.write_bytes(bytes([before[0] ^ 1]) + before[1:])
        try:
            assert not verify_backup(backup).is_sound, path
        except (ConfigError, EvidenceIntegrityError):
            assert path in {"manifest.json", SUMS}
        file.write_bytes(before)
    assert verify_backup(backup).is_sound


def test_a_file_too_many_or_too_few_is_found(house: ScriptedHouse) -> None:
    backup, _ = backed_up(house)
    (backup / DATA / "evidence" / "letter.txt").write_text("hello")
    (backup / next(path for path in every_file(backup) if path.endswith("act.jpg"))).unlink()
    problems = " ".join(verify_backup(backup).problems)
    assert "letter.txt: this file does not belong to the backup" in problems
    assert "act.jpg: it cannot be read" in problems


def test_a_row_that_was_changed_in_the_copy_breaks_its_chain(small_house: ScriptedHouse) -> None:
    backup, _ = backed_up(small_house)
    other = create_engine(f"sqlite:///{backup / 'database.sqlite3'}")
    with other.begin() as connection:
        connection.execute(text("UPDATE custody SET actor = 'nobody' WHERE seq = 2"))
    other.dispose()
    problems = verify_backup(backup).problems
    assert any("custody row 2 was changed after it was written" in text for text in problems)


def test_looking_changes_nothing(small_house: ScriptedHouse) -> None:
    backup, _ = backed_up(small_house)
    before = {path: (backup / path).stat().st_mtime_ns for path in every_file(backup)}
    verify_backup(backup)
    assert {path: (backup / path).stat().st_mtime_ns for path in every_file(backup)} == before


def test_restoring_touches_nothing_that_is_there(small_house: ScriptedHouse) -> None:
    backup, _ = backed_up(small_house)
    to = small_house.root.parent / "full"
    to.mkdir()
    (to / "letter.txt").write_text("mine")
    for place in (to, to / "letter.txt", small_house.root):
        with pytest.raises(ConfigError, match="is not empty"):
            restore_backup(backup, place, small_house.clock, actor=ACTOR)
    assert (to / "letter.txt").read_text() == "mine"


def test_a_backup_that_was_touched_is_not_restored(small_house: ScriptedHouse) -> None:
    backup, _ = backed_up(small_house)
    clip = backup / next(path for path in every_file(backup) if path.endswith("clip.mp4"))
    clip.write_bytes(b"another film")
    to = small_house.root.parent / "again"
    with pytest.raises(EvidenceIntegrityError, match="nothing was restored"):
        restore_backup(backup, to, small_house.clock, actor=ACTOR)
    assert not to.exists()
    # What was left half made is no hindrance.
    fresh, _ = backed_up(small_house, "other")
    assert restore_backup(fresh, to, small_house.clock, actor=ACTOR).is_sound


def test_a_database_that_is_not_empty_is_refused(house: ScriptedHouse) -> None:
    if house.database.engine.dialect.name == "sqlite":
        pytest.skip("a folder of SQLite brings its own database")
    backup, _ = backed_up(house)
    address = house.database.engine.url.render_as_string(hide_password=False)
    to = house.root.parent / "again"
    with pytest.raises(ConfigError, match=r"database of database\.url is not empty"):
        restore_backup(backup, to, house.clock, actor=ACTOR, database_url=address)
    with pytest.raises(ConfigError, match="make an empty database"):
        restore_backup(backup, to, house.clock, actor=ACTOR)
    assert not to.exists()


def test_a_backup_of_sqlite_goes_into_no_server(small_house: ScriptedHouse) -> None:
    backup, _ = backed_up(small_house)
    to = small_house.root.parent / "again"
    with pytest.raises(ConfigError, match=r"leave database\.url out"):
        restore_backup(backup, to, small_house.clock, actor=ACTOR, database_url="sqlite://")


def test_private_keys_stay_at_home_unless_asked_for(small_house: ScriptedHouse) -> None:
    (small_house.root / "cameras.key").write_bytes(b"key of the camera logins")
    without, _ = backed_up(small_house, "without")
    assert [path for path in every_file(without) if "key" in path] == []
    backup, made = backed_up(small_house, "with", has_keys=True)
    assert made.manifest.has_keys
    assert verify_backup(backup).is_sound
    with restored(small_house, backup) as (folder, _, _):
        for name in ("keys/signing.pem", "cameras.key"):
            assert (folder / name).read_bytes() == (small_house.root / name).read_bytes()
            assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
        assert stat.S_IMODE((folder / "keys").stat().st_mode) == 0o700


def test_nobody_else_reads_a_backup(small_house: ScriptedHouse) -> None:
    backup, _ = backed_up(small_house)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o700
    assert stat.S_IMODE((backup / "database.sqlite3").stat().st_mode) & 0o077 == 0


def test_damage_in_the_data_folder_is_told_and_the_rest_is_saved(house: ScriptedHouse) -> None:
    with house.database.reading() as session:
        clip, still = session.scalars(
            select(EvidenceRow.path)
            .where(EvidenceRow.role.in_(["clip", "still_act"]))
            .order_by(EvidenceRow.event_id, EvidenceRow.role)
            .limit(2)
        )
    (house.root / clip).write_bytes(b"scratched")
    (house.root / still).unlink()
    backup, made = backed_up(house)
    assert (made.manifest.damaged, made.manifest.missing) == ((clip,), (still,))
    assert (backup / DATA / clip).read_bytes() == b"scratched"
    assert len(verify_backup(backup).problems) == 2
    with restored(house, backup) as (_, _, done):
        assert {problem.subject for problem in done.report.problems} == {clip, still}


def test_unchanged_files_are_linked_from_an_earlier_backup(small_house: ScriptedHouse) -> None:
    first, _ = backed_up(small_house, "monday")
    files = [path for path in every_file(first) if path.startswith(f"{DATA}/")]
    (first / files[0]).write_bytes(b"the old disk has a fault")
    store_events(small_house, "e9")
    second, made = backed_up(small_house, "tuesday", earlier=first)
    assert made.linked == len(files) - 1
    assert verify_backup(second).is_sound
    assert (second / files[0]).read_bytes() != b"the old disk has a fault"
    assert (first / files[1]).samefile(second / files[1])
    with pytest.raises(ConfigError, match="no finished backup"):
        backed_up(small_house, "wednesday", earlier=small_house.root)


def test_files_are_linked_from_the_data_folder_where_that_is_wanted(
    small_house: ScriptedHouse,
) -> None:
    backup, made = backed_up(small_house, is_linked=True)
    files = [path for path in every_file(backup) if path.startswith(f"{DATA}/")]
    assert made.linked == len(files)
    path = files[0]
    assert (backup / path).samefile(small_house.root / path.removeprefix(f"{DATA}/"))
    with restored(small_house, backup) as (folder, _, done):
        assert done.is_sound
        assert not (backup / path).samefile(folder / path.removeprefix(f"{DATA}/"))


def test_a_folder_with_other_things_is_left_alone(small_house: ScriptedHouse) -> None:
    with pytest.raises(ConfigError, match="holds other things"):
        create_backup(
            small_house.root, small_house.database, small_house.clock, wish(small_house.root)
        )
    backed_up(small_house)
    with pytest.raises(ConfigError, match="finished backup: name a new folder"):
        backed_up(small_house)


def test_two_at_once_are_one_too_many(
    small_house: ScriptedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = copying.copy_file
    refused: list[Exception] = []

    def begin_another(source: Path, target: Path, mode: int) -> str:
        if not refused:
            with pytest.raises(Conflict) as caught:
                backed_up(small_house)
            refused.append(caught.value)
        return copy(source, target, mode)

    monkeypatch.setattr(copying, "copy_file", begin_another)
    backed_up(small_house)
    assert "Another backup is being made" in str(refused[0])


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Puts programs of our own where those of PostgreSQL are looked for."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def add(name: str, script: str) -> Path:
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
        return folder

    return add


def test_without_the_tools_of_postgresql_it_is_said_what_to_install(
    house: ScriptedHouse, tools: Callable[[str, str], Path]
) -> None:
    if house.database.engine.dialect.name == "sqlite":
        assert backed_up(house)[1].manifest.missing == ()
        return
    with pytest.raises(ConfigError, match="apt-get install postgresql-client"):
        backed_up(house)
    tools("pg_dump", "echo 'pg_dump: error: server version mismatch' >&2; exit 1")
    with pytest.raises(StoreError, match=r"pg_dump could not do this: .*version mismatch"):
        backed_up(house)


def test_the_password_is_no_argument_of_the_tools(
    tmp_path: Path, tools: Callable[[str, str], Path]
) -> None:
    from litterwatch.service.backup.snapshot import restore_postgresql  # noqa: PLC0415

    folder = tools("pg_restore", 'echo "$@" > "$0.said"; echo "$PGPASSWORD" >> "$0.said"')
    url = Database("postgresql+psycopg://lan:s3cret@db.test:5433/lw").engine.url
    restore_postgresql(url, tmp_path / "dump")
    arguments, password = (folder / "pg_restore.said").read_text().splitlines()
    assert password == "s3cret"  # noqa: S105 - of this test
    assert "s3cret" not in arguments
    for part in ("host=db.test", "port=5433", "dbname=lw", "user=lan"):
        assert part in arguments


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(words)
    return int(str(ended.value.code or 0))


def test_the_commands_say_what_they_did(
    small_house: ScriptedHouse, capsys: pytest.CaptureFixture[str]
) -> None:
    backup, to = small_house.root.parent / "backup", small_house.root.parent / "again"
    assert run("backup", "create", str(backup), "--data", str(small_house.root)) == 0
    said = capsys.readouterr().out
    assert "Private keys are not in it" in said
    name = re.search(r"it names the backup: (\w{64})", said)
    assert name
    assert name.group(1) == read_manifest(backup).sha256
    assert run("backup", "verify", str(backup)) == 0
    assert "all is whole" in capsys.readouterr().out
    assert run("backup", "verify", str(backup), "--json") == 0
    assert '"is_sound": true' in capsys.readouterr().out
    assert run("backup", "restore", str(backup), "--to", str(to)) == 0
    assert "everything is whole" in capsys.readouterr().out
    assert run("evidence", "check", str(to), "--cost", "hashes") == 0
    (backup / "letter").write_text("hello")
    assert run("backup", "verify", str(backup)) == 3
    assert "letter: this file does not belong" in capsys.readouterr().err
    assert run("backup", "verify", str(to)) == 2


def test_the_sums_are_those_that_every_system_can_check(small_house: ScriptedHouse) -> None:
    backup, _ = backed_up(small_house)
    for line in (backup / SUMS).read_text().splitlines():
        assert re.fullmatch(r"[0-9a-f]{64}  (database\.sqlite3|data/\S+)", line)
