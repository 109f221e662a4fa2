"""The detector of the desk is loaded late, and again when another model is chosen."""

import numpy as np

from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.labels.eyes import Eyes

PICTURE = np.zeros((8, 8, 3), np.uint8)


def test_another_choice_is_loaded_at_the_next_look() -> None:
    loaded: list[ScriptedDetector] = []
    choice = ["shipped"]

    def opened() -> ScriptedDetector:
        loaded.append(ScriptedDetector(name=choice[0]))
        return loaded[-1]

    eyes = Eyes(opened, lambda: choice[0])
    assert loaded == []
    eyes.detect([PICTURE])
    assert eyes.name == "shipped"
    choice[0] = "candidate"
    eyes.detect([PICTURE])
    assert eyes.name == "candidate"
    assert [each.is_closed for each in loaded] == [True, False]
    eyes.close()
    assert all(each.is_closed for each in loaded)
