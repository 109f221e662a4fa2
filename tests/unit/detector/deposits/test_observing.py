"""What one frame says about one place."""

import numpy as np
import pytest

from litterwatch.detector.change.scripted import scripted_view
from litterwatch.detector.change.view import Code
from litterwatch.detector.deposits.observing import Look, Observation, observe
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.geometry import Box

PLACE = Box(100, 80, 140, 120)


def seen(hidden: float, *, resembles: bool = False, by_look: bool = True) -> Observation:
    """A place of whose pixels that share is behind an actor and the rest is new and at rest."""
    code = np.full((120, 160), Code.STATIC_NEW, np.uint8)
    code[:, : 50 + round(20 * hidden)] = Code.COVERED
    look = Look(1.0, scripted_view(1.0, code), (), (), (), True, (320, 240))
    mask = np.ones((40, 40), bool)
    return observe(
        PLACE, mask, None, look, DepositParameters(), resembles=resembles, by_look=by_look
    )


@pytest.mark.parametrize(
    ("hidden", "resembles", "changed"), [(0.0, True, 1.0), (0.0, False, 0.0), (0.5, False, 1.0)]
)
def test_after_the_light_changed_its_kind_only_its_look_tells(
    hidden: float, resembles: bool, changed: float
) -> None:
    """Ground laid bare differs from a reference that holds the thing; who stands before it too."""
    assert seen(hidden, resembles=resembles).changed == changed


def test_else_what_differs_from_the_reference_is_there() -> None:
    assert seen(0.0, by_look=False).changed == 1.0
