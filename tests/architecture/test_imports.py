"""One way between the folders, and nothing heavy where it does not belong."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("detector", "camera_adapters", "models", "service", "labelling")
HEAVY = ("av", "onnxruntime", "openvino", "pydantic", "sqlalchemy", "torch", "ultralytics")
NETWORK = ("httpx", "requests", "socket", "ssl", "urllib.request", "http.client")


def loaded_by(statement: str, names: tuple[str, ...]) -> list[str]:
    """Which of these modules a fresh interpreter has after the statement and not before it."""
    script = (
        "import sys, numpy, cv2\n"  # what the detector is allowed to stand on
        "before = set(sys.modules)\n"
        f"{statement}\n"
        f"print(*[n for n in {names!r} if n in sys.modules and n not in before])\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    return ended.stdout.split()


@pytest.mark.slow  # scripts/check asks the same in every default check
def test_the_import_contracts_hold() -> None:
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert command is not None, "import-linter is part of litterwatch[dev]"
    ended = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_detector_loads_no_library_and_no_network() -> None:
    everything = "import litterwatch.detector, litterwatch.detector.pipeline"
    assert loaded_by(everything, HEAVY + NETWORK) == []


def test_the_usual_way_of_detecting_needs_no_torch() -> None:
    loaded = loaded_by("import litterwatch.service.wiring", ("torch", "ultralytics"))
    assert loaded == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_folder_is_one_of_the_namespace(folder: str) -> None:
    link = ROOT / "src" / "litterwatch" / folder
    assert link.is_symlink()
    assert link.resolve() == ROOT / folder
