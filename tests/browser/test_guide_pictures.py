"""The picture of a verdict in the guide can be made again, and is the one that lies there."""

import runpy
from pathlib import Path

import cv2
import numpy as np
import pytest

from litterwatch.service.scripted_visits import OFFICE

pytestmark = [pytest.mark.browser, pytest.mark.slow]
REPOSITORY = Path(__file__).parents[2]


def test_the_page_of_a_verdict_still_looks_as_the_guide_shows_it(tmp_path: Path) -> None:
    made = runpy.run_path(str(REPOSITORY / "scripts/guide_pictures.py"))
    made["main"](tmp_path)
    fresh = cv2.imread(str(tmp_path / "verdict.jpg"))
    shown = cv2.imread(str(REPOSITORY / "docs/guide/pictures/verdict.jpg"))
    assert fresh is not None
    assert shown is not None
    assert fresh.shape == shown.shape == (OFFICE[1], OFFICE[0], 3)
    # Coarsely: letters are another machine's.
    coarse = [cv2.resize(each, (86, 48), interpolation=cv2.INTER_AREA) for each in (fresh, shown)]
    apart = np.abs(coarse[0].astype(int) - coarse[1].astype(int)).mean()
    assert apart < 4, "make it anew: python scripts/guide_pictures.py"
