"""A training asks nobody: what ultralytics would fetch lies there already."""

import inspect
from pathlib import Path

import pytest

from litterwatch.models.torch_cure import FONTS, lay_fonts

pytest.importorskip("ultralytics", reason="needs litterwatch[train]: NOT tested")


def test_the_fonts_that_ultralytics_would_fetch_lie_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import ImageFont  # noqa: PLC0415 - comes with ultralytics
    from ultralytics.utils import checks  # noqa: PLC0415

    asked: list[str] = []

    def is_url(url: str, **_: object) -> bool:
        asked.append(str(url))
        return False

    monkeypatch.setattr(checks, "USER_CONFIG_DIR", tmp_path)
    monkeypatch.setattr(checks.downloads, "is_url", is_url)
    check_font = inspect.unwrap(checks.check_font)  # as wrapped, it remembers an earlier answer
    assert check_font("none at all.ttf") is None
    assert len(asked) == 1, "it asks elsewhere now: look where"
    lay_fonts(tmp_path)
    for name in FONTS:
        assert check_font(name) == tmp_path / name
        assert ImageFont.truetype(str(tmp_path / name), 12).getbbox("rác")[2] > 0
    assert len(asked) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FONTS)
