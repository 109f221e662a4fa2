"""`litterwatch evaluate`: page, JSON, what it says of clips that were not scanned."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from litterwatch.service.cli import main
from litterwatch.service.evaluation.judgement import judged
from litterwatch.service.evaluation.page import UNTOLD, Heading, Part, Table, render


def annotate(folder: Path, name: str, *, deposits: int) -> None:
    due = {
        "kind": "abandoned",
        "alarm_expected": True,
        "t_release": 10,
        "bbox_xywh_at_release": [10, 20, 30, 40],
    }
    said = {"file": f"{name}.mp4", "duration_s": 1800.0, "fixed_camera": True}
    (folder / f"{name}.json").write_text(json.dumps(said | {"events": [due] * deposits}))


def found(source: str, t: float) -> str:
    return json.dumps(
        {
            "source": source,
            "kind": "bag_dump",
            "state": "confirmed",
            "score": 0.9,
            "t_release": t,
            "t_provisional": t + 2,
            "t_confirmed": t + 9,
            "box": [10, 20, 30, 40],
            "actor_box": None,
        }
    )


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    folder = tmp_path / "clips"
    folder.mkdir()
    annotate(folder, "dump", deposits=1)
    annotate(folder, "quiet", deposits=0)
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", *arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code, capsys.readouterr().out


def test_numbers_are_printed_and_written(
    tmp_path: Path, truth: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = tmp_path / "events.jsonl"
    events.write_text(found("x/dump.mp4", 11.0) + "\n" + found("x/<quiet>.mp4", 5.0) + "\n")
    code, out = run(capsys, str(events), str(truth), "--html", str(tmp_path / "page"))
    assert code == 0
    assert re.search(r"found / missed / false +1 / 0 / 0", out)
    assert re.search(r"provisional after +3\.0 s", out)
    page = (tmp_path / "page" / "index.html").read_text()
    assert "Not in the truth, and counted nowhere: &lt;quiet&gt;.mp4" in page
    assert page.count("<svg") == 3
    assert "0 in 1.00 h = 0.00 (0.00 to 3.00)" in page
    assert not re.search(r"(src|href)=|<script|url\(", page), "the page must stand alone"
    said = json.loads((tmp_path / "page" / "evaluation.json").read_text())
    assert said["whole"]["counts"] == {"found": 1, "missed": 0, "false": 0}
    assert said["whole"]["quiet"]["hours"] == 0.5


def test_json_goes_to_stdout(
    tmp_path: Path, truth: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "events.jsonl").write_text(found("quiet.mp4", 3.0) + "\n")
    code, out = run(capsys, str(tmp_path / "events.jsonl"), str(truth), "--json")
    said: dict[str, Any] = json.loads(out)
    assert code == 0
    assert said["whole"]["counts"] == {"found": 0, "missed": 1, "false": 1}
    assert said["whole"]["recall"]["value"] == 0.0
    assert said["curve"]["missed_at_false_alarms_per_hour"] == {"0.02": 1.0, "0.1": 1.0, "1.0": 1.0}


def test_a_clip_that_failed_is_not_counted_as_quiet(
    tmp_path: Path, truth: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "events.jsonl").write_text("")
    (tmp_path / "summary.json").write_text('{"failed": [{"source": "dump.mp4", "why": "torn"}]}')
    code, out = run(capsys, str(tmp_path), str(truth))
    assert code == 3
    assert "1 read, 1 not read" in out


def test_no_events_file_is_usage(truth: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _ = run(capsys, str(truth), str(truth))
    assert code == 2


def test_a_page_of_nothing_says_that_nothing_can_be_told() -> None:
    part = Part("Empty", judged([]), notes=("Beware <of> it.",))
    table = Table("Ablations", ("switch", "F1"), (("none", "0.5"),))
    page = render(Heading("t", "c", (("commit", "abc"),)), [part], [table])
    assert "Beware &lt;of&gt; it." in page
    assert UNTOLD in page
    assert "<svg" not in page
    assert '<td class="wide">none</td>' in page
