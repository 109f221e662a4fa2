"""Vendors' faults: registry, documents and the fake camera say the same."""

import re
from pathlib import Path

from litterwatch.camera_adapters.fake_camera.plan import FakePlan
from litterwatch.camera_adapters.quirks import NAMES, QUIRKS

ROOT = Path(__file__).resolve().parents[2]


def test_every_fault_is_in_the_table_of_the_operators() -> None:
    page = (ROOT / "docs" / "operate" / "cameras.md").read_text("utf-8")
    table = page.partition("## Vendors' faults")[2]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| `")]
    told = [tuple(part.strip("| ") for part in row) for row in rows]
    assert told == [
        (f"`{one.name}`", one.camera, one.firmware, one.symptom, one.cure) for one in QUIRKS
    ]


def test_every_fault_is_played_by_the_fake_camera() -> None:
    sources = "".join(
        path.read_text("utf-8") for path in (ROOT / "camera_adapters" / "fake_camera").glob("*.py")
    )
    played = set(re.findall(r'has\(\s*"([a-z0-9-]+)"', sources))
    assert played == set(NAMES)
    for name in NAMES:
        assert FakePlan(quirks=frozenset({name})).has(name)


def test_names_are_not_used_twice() -> None:
    assert len(set(NAMES)) == len(NAMES)
