"""sdist -> wheel -> installed: everything that is in the tree is in there.

The top-level folders are reached through links in src/litterwatch; some build backends follow them
and silently pack nothing. So the whole way is walked, offline, and every file is compared.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import litterwatch

REPOSITORY = Path(litterwatch.__file__).parents[2]
FOLDERS = ("detector", "camera_adapters", "models", "service", "labelling")
DATA = {
    "camera_adapters": ("onvif/*.wsdl",),
    "models": ("weights/**/*", "configs/*", "cards/*"),
    "service": (
        "web/**/*",
        "migrations/*.py",
        "migrations/*.mako",
        "migrations/versions/*.py",
        "locale/**/*",
        "data/*.json",
        "evidence/data/*",
        "cases/data/*",
    ),
}
NOT_PACKED = {"__pycache__"}


def _in_the_tree() -> set[str]:
    """What must be in the wheel, by path inside the package."""
    patterns = [(folder, "**/*.py") for folder in FOLDERS]
    patterns += [(folder, pattern) for folder, globs in DATA.items() for pattern in globs]
    files = {
        path.relative_to(REPOSITORY).as_posix()
        for folder, pattern in patterns
        for path in (REPOSITORY / folder).glob(pattern)
        if path.is_file() and not NOT_PACKED.intersection(path.parts)
    }
    return files | {"__init__.py", "py.typed"}


def _run(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the sdist, not from the tree, without network."""
    out = tmp_path_factory.mktemp("dist")
    source = tmp_path_factory.mktemp("source")
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    ).stdout.decode()
    # A copy, so that the build leaves no trace in the tree others work in.
    for name in filter(None, tracked.split("\0")):
        origin, copy = REPOSITORY / name, source / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_symlink():
            copy.symlink_to(origin.readlink())
        elif origin.is_file():
            copy.write_bytes(origin.read_bytes())
    _run(
        sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), ".", cwd=source
    )  # fmt: skip
    return next(out.glob("*.whl"))


def test_every_module_and_data_file_is_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {
            name.removeprefix("litterwatch/")
            for name in archive.namelist()
            if name.startswith("litterwatch/")
        }
    assert _in_the_tree() - packed == set(), "missing from the wheel"
    assert packed - _in_the_tree() == set(), "packed without being asked for"


def test_nothing_is_installed_under_a_generic_name(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"litterwatch"}


def test_the_installed_wheel_runs_from_anywhere(wheel: Path, tmp_path: Path) -> None:
    """Installed beside its dependencies, imported from a folder that has nothing to do with it."""
    target = tmp_path / "site"
    _run(
        sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet",
        "--target", str(target), str(wheel), cwd=tmp_path,
    )  # fmt: skip
    modules = sorted(
        ".".join(("litterwatch", *path.with_suffix("").relative_to(REPOSITORY).parts))
        for folder in FOLDERS
        for path in (REPOSITORY / folder).glob("**/*.py")
        if path.stem not in ("__init__", "__main__") and "migrations" not in path.parts
        and "models" not in path.relative_to(REPOSITORY).parts
    )  # fmt: skip
    code = (
        f"import sys; sys.path.insert(0, {str(target)!r})\n"
        "import importlib, litterwatch\n"
        f"assert litterwatch.__file__.startswith({str(target)!r}), litterwatch.__file__\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "from litterwatch.service.cli import main\n"
        "main(['version'])\n"
    )
    printed = _run(sys.executable, "-P", "-c", code, cwd=tmp_path)
    assert printed.split() == ["litterwatch", litterwatch.__version__]
