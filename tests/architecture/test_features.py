"""Inside service/: routes are used by the application alone, and features know those below them."""

import ast
from pathlib import Path

import pytest

SERVICE = Path(__file__).resolve().parents[2] / "service"
ORDER = (
    "audit",
    "users",
    "sites",
    "evidence",
    "events",
    "reviews",
    "labels",
    "cases",
    "exports",
    "reports",
    "learning",
)
"""Each may use the ones before it."""


def imported(file: Path) -> set[str]:
    """Every module of the service that a file imports."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{name.name}" for name in node.names)
    return {name for name in found if name.startswith("litterwatch.service.")}


def is_routes(file: Path) -> bool:
    return file.stem.startswith("routes")


def test_only_the_application_knows_the_routes() -> None:
    for file in SERVICE.rglob("*.py"):
        if file.name == "app.py":
            continue
        for name in imported(file):
            assert not name.split(".")[-1].startswith("routes"), f"{file}: {name}"


@pytest.mark.parametrize("feature", ORDER)
def test_a_feature_knows_only_those_below_it(feature: str) -> None:
    above = ORDER[ORDER.index(feature) + 1 :]
    for file in (SERVICE / feature).glob("*.py"):
        if is_routes(file) or file.stem in ("view", "scripted"):
            continue
        for name in imported(file):
            part = name.split(".")[2]
            assert part not in above, f"{file}: {name}"
            assert part != "desk", f"{file}: {name}"
