"""The command line: quick to start, clear when something is wrong, honest exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import litterwatch
from litterwatch.detector import errors
from litterwatch.service.cli import exit_code, main
from litterwatch.service.cli_scan import start_time
from litterwatch.service.events.scripted import ScriptedHouse, scripted_event

HEAVY = ("av", "cv2", "numpy.random", "openvino", "sqlalchemy", "torch", "pydantic", "jinja2")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    captured = capsys.readouterr()
    code = ended.value.code
    assert isinstance(code, int)
    return code, captured.out, captured.err


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "from litterwatch.service.cli import main\n"
        "try:\n    main(['--help'])\n"
        "except SystemExit:\n    pass\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "assert not loaded, loaded\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True)
    assert ended.returncode == 0, ended.stderr.decode()
    assert b"scan" in ended.stdout


@pytest.mark.parametrize(
    "command", [["scan"], ["serve"], ["evidence", "check"], ["models", "export"]]
)
def test_every_command_explains_itself(
    capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    code, out, _ = run(capsys, *command, "--help")
    assert code == 0
    assert "Usage: litterwatch" in out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "version")[:2] == (0, f"litterwatch {litterwatch.__version__}\n")


@pytest.mark.parametrize(
    "arguments", [["scan"], ["nonsense"], ["scan", "a.mp4", "--device", "abacus"]]
)
def test_a_wrong_command_is_usage(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert "Usage" in err


def test_a_wrong_site_file_is_one_line_and_nothing_is_made(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    site = tmp_path / "site.toml"
    site.write_text("[site]\ncolour = 3\n")
    out_folder = tmp_path / "out"
    code, out, err = run(
        capsys, "scan", str(tmp_path), "--site", str(site), "--out", str(out_folder)
    )
    assert code == 2
    assert out == ""
    what = "[site]: colour is not known; allowed here: id, person_height."
    assert err == f"litterwatch: {site}: {what}\n"
    assert not out_folder.exists()


def test_a_start_is_vietnam_time_unless_it_says_otherwise() -> None:
    assert start_time("2026-11-23T06:30").isoformat() == "2026-11-23T06:30:00+07:00"
    assert start_time("2026-11-23 06:30:05Z").isoformat() == "2026-11-23T06:30:05+00:00"
    with pytest.raises(errors.ConfigError, match="--start"):
        start_time("this morning")


def test_a_model_that_is_not_there_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, _, err = run(capsys, "scan", "a.mp4", "--out", str(tmp_path), "--model", "no-such-model")
    assert code == 2
    assert err.startswith("litterwatch: ")
    assert "no-such-model" in err
    assert "Traceback" not in err


def test_a_result_folder_that_cannot_be_made_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = run(capsys, "scan", "a.mp4", "--out", str(tmp_path / "file" / "out"))
    assert code == 2
    assert "--out" in err


def test_evidence_that_is_whole_is_proved(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    house = ScriptedHouse(tmp_path)
    with house.store().opened() as store:
        house.sink(store).accept(scripted_event())
    code, out, _ = run(capsys, "evidence", "check", str(tmp_path), "--cost", "hashes")
    assert code == 0
    assert "everything is whole" in out


def test_evidence_that_was_changed_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    house = ScriptedHouse(tmp_path)
    with house.store().opened() as store:
        house.sink(store).accept(scripted_event())
    (clip,) = tmp_path.rglob("clip.mp4")
    clip.write_bytes(b"X" * clip.stat().st_size)
    assert run(capsys, "evidence", "check", str(tmp_path), "--cost", "sizes")[0] == 0
    code, out, err = run(capsys, "evidence", "check", str(tmp_path), "--cost", "hashes")
    assert code == 3
    assert clip.relative_to(tmp_path).as_posix() in err
    assert "1 problems" in out
    code, out, _ = run(capsys, "evidence", "check", str(tmp_path), "--cost", "hashes", "--json")
    assert code == 3
    assert json.loads(out)["problems"][0]["kind"] == "hash"


def test_a_folder_that_holds_no_results_is_usage(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, _, err = run(capsys, "evidence", "check", str(tmp_path))
    assert code == 2
    assert "--out" in err
    assert list(tmp_path.iterdir()) == []


def test_installed_models_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "models", "list", "--json")
    assert code == 0
    assert isinstance(json.loads(out), list)


def test_only_what_a_person_must_change_is_usage() -> None:
    assert exit_code(errors.ConfigError("x")) == 2
    assert exit_code(errors.ModelMissing("x")) == 2
    assert exit_code(errors.EvidenceDiskFull("x")) == 3
    assert exit_code(errors.Conflict("x")) == 3
