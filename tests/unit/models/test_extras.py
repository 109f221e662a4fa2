"""What is not installed is named before anything is begun."""

import pytest

from litterwatch.detector.errors import ModelError
from litterwatch.models import extras


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "TRAINING", ("json", "no_such_library", "no_other"))
    with pytest.raises(ModelError, match=r"no_such_library, no_other: pip install"):
        extras.require_training()
    monkeypatch.setattr(extras, "TRAINING", ("json",))
    extras.require_training()
