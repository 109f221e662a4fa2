"""`__all__`, where a module has one, is sorted and true."""

import importlib
import importlib.util
import pkgutil
from pathlib import Path
from types import ModuleType

import pytest

import litterwatch


def modules() -> list[str]:
    found = pkgutil.walk_packages(litterwatch.__path__, "litterwatch.")
    return ["litterwatch", *sorted(i.name for i in found if ".migrations" not in i.name)]


def with_all() -> list[tuple[str, ModuleType]]:
    found = []
    for name in modules():
        spec = importlib.util.find_spec(name)
        assert spec is not None
        if spec.origin and "__all__" in Path(spec.origin).read_text(encoding="utf-8"):
            found.append((name, importlib.import_module(name)))
    return found


@pytest.mark.parametrize(("name", "module"), with_all())
def test_what_a_module_exports_is_there_and_sorted(name: str, module: ModuleType) -> None:
    exported = list(module.__all__)
    assert exported == sorted(exported), name
    assert [entry for entry in exported if not hasattr(module, entry)] == []
