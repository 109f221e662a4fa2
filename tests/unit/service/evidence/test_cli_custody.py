"""The commands that sign, hand over, hold and let go."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from litterwatch.service.cases.service import NewCase, open_case
from litterwatch.service.cases.state import Lane
from litterwatch.service.cli import main
from litterwatch.service.cli_custody import account
from litterwatch.service.events.scripted_package import EVENT, OFFICER, PackageHouse


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(words)
    return int(str(ended.value.code or 0))


@pytest.fixture
def house(tmp_path: Path) -> PackageHouse:
    house = PackageHouse(tmp_path)
    house.close()
    return house


def export(house: PackageHouse, out: Path, *words: str) -> Sequence[str]:
    where = ("--data", str(house.root), "--out", str(out))
    why = ("--reason", "chuyển hồ sơ", "--recipient", "Công an xã")
    return ("evidence", "export", EVENT, *where, *why, *words)


def test_a_package_made_by_the_command_is_verified_by_the_command(
    house: PackageHouse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "package.zip"
    assert run("evidence", "key", str(house.root)) == 0
    key = capsys.readouterr().out.split()[1].rstrip(",")
    assert run(*export(house, package)) == 0
    assert f"signed by {key}" in capsys.readouterr().out
    assert run("evidence", "verify", str(package), "--key", key) == 0
    assert "Whole: 10 files" in capsys.readouterr().out
    assert run("evidence", "verify", str(package), "--json") == 0
    assert json.loads(capsys.readouterr().out)["export"]["is_unblurred"] is False
    assert run("evidence", "verify", str(package), "--key", "0" * 16) == 3
    assert run("evidence", "verify", str(package), "--roots", "none.pem") == 3
    package.write_bytes(package.read_bytes()[:-1])
    assert run("evidence", "verify", str(package)) == 3


def test_originals_need_a_second_person_on_the_command_line_too(
    house: PackageHouse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "package.zip"
    assert run(*export(house, package, "--unblurred")) == 3
    assert "second person" in capsys.readouterr().err
    assert not package.exists()
    assert run(*export(house, package, "--unblurred", "--approved-by", "second")) == 0
    assert package.exists()


def test_a_new_key_signs_from_now_on(
    house: PackageHouse, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("evidence", "key", str(house.root)) == 0
    before = capsys.readouterr().out
    assert run("evidence", "key", str(house.root), "--rotate") == 0
    assert capsys.readouterr().out != before
    assert run("evidence", "check", str(house.root), "--cost", "hashes") == 0


def test_nobody_stamps_where_no_authority_is_named(
    house: PackageHouse, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("evidence", "stamp", str(house.root)) == 2
    assert "custody.timestamp_url" in capsys.readouterr().err


def test_evidence_is_held_released_and_let_go(
    house: PackageHouse, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ("--data", str(house.root))
    assert run("evidence", "hold", EVENT, "--reason", "khiếu nại", *data) == 0
    assert run("evidence", "retain", "--delete", *data) == 0
    # The events are of the first of January 2026: all but the held one are due.
    assert "2 events deleted" in capsys.readouterr().out
    assert run("evidence", "release", EVENT, "--reason", "đã giải quyết", *data) == 0
    assert run("evidence", "release", EVENT, "--reason", "đã giải quyết", *data) == 3
    assert run("evidence", "retain", *data) == 0
    assert f"due: {EVENT} (unreviewed)" in capsys.readouterr().out
    rule = ("--set", "unreviewed", "--days", "9999", "--basis", "Quyết định 12", *data)
    assert run("evidence", "retain", "--delete", *rule) == 0
    assert "0 events deleted" in capsys.readouterr().out
    assert run("evidence", "check", str(house.root), "--cost", "hashes") == 0


@pytest.mark.parametrize("days", ["soon", "1.5", ""])
def test_a_rule_that_cannot_be_read_is_told(
    house: PackageHouse, capsys: pytest.CaptureFixture[str], days: str
) -> None:
    rule = ("--set", "rejected", "--days", days, "--data", str(house.root))
    assert run("evidence", "retain", *rule) == 2
    assert "A rule reads" in capsys.readouterr().err


def test_a_case_is_held_and_released(
    house: PackageHouse, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    new = NewCase("01273", Lane.PROFESSIONAL, (EVENT,))
    with house.database.writing() as session:
        case = open_case(session, house.clock, OFFICER, new).id
    house.close()
    words = ("--case", "--reason", "khiếu nại", "--data", str(house.root))
    assert run("evidence", "hold", case, *words) == 0
    assert run("evidence", "hold", case, *words) == 3
    assert run("evidence", "release", case, *words) != 0
    assert "second person" in capsys.readouterr().err
    monkeypatch.setenv("LOGNAME", "somebody-else")
    assert run("evidence", "release", case, *words) == 0
    assert run("evidence", "release", case, *words) == 3
    assert "not under hold" in capsys.readouterr().err


def test_an_account_without_a_name_is_told_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError

    monkeypatch.setattr("litterwatch.service.cli_custody.getpass.getuser", nameless)
    assert account() == f"os:{os.getuid()}"
