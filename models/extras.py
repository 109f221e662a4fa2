"""What does not come with the package itself."""

from importlib.util import find_spec
from typing import Final

from litterwatch.detector.errors import ModelError

TRAINING: Final = ("torch", "ultralytics", "nncf", "yaml")


def require_training() -> None:
    """Refuse before anything is begun where the libraries of a training are not installed.

    Raises:
        ModelError: names what is missing.
    """
    missing = [name for name in TRAINING if find_spec(name) is None]
    if missing:
        raise ModelError(
            f"Training needs {', '.join(missing)}: pip install 'litterwatch[train]', with"
            " -c constraints-cpu.txt where there is no GPU."
        )
