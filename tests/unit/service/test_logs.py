"""Logs for people and for programs."""

import json
from collections.abc import Iterator

import pytest
import structlog

from litterwatch.service.logs import FORMAT_VARIABLE, configure_logs


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_for_programs_an_event_is_an_object_in_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FORMAT_VARIABLE, "json")
    configure_logs(is_verbose=True)
    password = "hunter2-4711"  # noqa: S105
    log = structlog.get_logger("test")
    log.info("camera online", camera="cổng chợ", rate=6.0)
    try:
        int(password[0])
    except ValueError:
        log.exception("broken")
    online, broken = capsys.readouterr().err.splitlines()
    told = json.loads(online)
    assert (told["event"], told["level"], told["camera"]) == ("camera online", "info", "cổng chợ")
    assert told["timestamp"].endswith("Z")
    assert "ValueError" in json.loads(broken)["exception"]
    assert "4711" not in broken, "values of local variables are not told"


def test_for_people_it_is_a_line_of_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(FORMAT_VARIABLE, raising=False)
    configure_logs(is_verbose=False)
    structlog.get_logger("test").info("not asked for")
    structlog.get_logger("test").warning("camera unreachable", camera="gate")
    (line,) = capsys.readouterr().err.splitlines()
    assert "camera unreachable" in line
    assert "gate" in line
