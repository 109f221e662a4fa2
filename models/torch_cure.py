"""Make ultralytics importable and quiet: call `cure()` before anything imports it.

torchvision wheels on PyPI are linked against CUDA; beside a CPU build of torch, `import
torchvision` fails with "operator torchvision::nms does not exist", and with it every verb of
ultralytics. The cure registers the missing operators on CPU and imports again. It does nothing
where torchvision is sound.

ultralytics writes on its pictures in Arial, and where this machine has none it asks github.com for
it as a training begins. It is given another font under that name, and asks nobody.
"""

import contextlib
import importlib
import importlib.util
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any, Final

_kept_alive: list[Any] = []  # a torch.library.Library forgets its operators when it is collected

FONTS: Final = ("Arial.ttf", "Arial.Unicode.ttf")
"""What ultralytics looks for; the second where a class has a name beyond ASCII."""

_FONT: Final = "mpl-data/fonts/ttf/DejaVuSans.ttf"  # of matplotlib, which ultralytics brings

SETTINGS = {"YOLO_AUTOINSTALL": "false", "YOLO_OFFLINE": "true", "YOLO_VERBOSE": "false"}


def cure(config_dir: Path | None = None) -> None:
    """Prepare this process for ultralytics; calling it twice is harmless.

    `config_dir` is where ultralytics keeps its own settings file; without it, YOLO_CONFIG_DIR of
    the environment or a folder under the temporary directory, never the home folder.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    if config_dir is not None:
        os.environ["YOLO_CONFIG_DIR"] = str(config_dir)
    else:
        default = Path(tempfile.gettempdir()) / f"litterwatch-ultralytics-{os.getuid()}"
        os.environ.setdefault("YOLO_CONFIG_DIR", str(default))
    own = Path(os.environ["YOLO_CONFIG_DIR"]) / "Ultralytics"
    own.mkdir(parents=True, exist_ok=True)
    lay_fonts(own)
    import_torchvision()


def lay_fonts(folder: Path) -> None:
    """Put a font where ultralytics looks for its own before it asks the network.

    Several processes may do so at once: each file appears whole.
    """
    found = importlib.util.find_spec("matplotlib")
    places = [] if found is None else list(found.submodule_search_locations or ())
    fonts = [font for place in places if (font := Path(place) / _FONT).is_file()]
    for name in FONTS:
        if fonts and not (folder / name).is_file():
            partial = folder / f".{name}.{os.getpid()}.part"
            shutil.copyfile(fonts[0], partial)
            partial.replace(folder / name)


def import_torchvision() -> None:
    """Import torchvision; where its binary part is unusable, register `nms` and `qnms` here."""
    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
        for name in [module for module in sys.modules if module.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        _register_missing_operators()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module("torchvision")
        boxes: Any = importlib.import_module("torchvision.ops.boxes")
        boxes._assert_has_ops = lambda: None  # noqa: SLF001 - its check asks for the binary part


def _register_missing_operators() -> None:
    """Define torchvision::nms(boxes (n, 4), scores (n,), iou) -> kept indices, best first."""
    torch: Any = importlib.import_module("torch")
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        with contextlib.suppress(RuntimeError):  # defined by an earlier half import
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.impl("nms", _nms, "CPU")
    _kept_alive.append(library)


def _nms(boxes: Any, scores: Any, iou_threshold: float) -> Any:
    """Keep the best of overlapping boxes with what ultralytics has in pure torch."""
    nms: Any = importlib.import_module("ultralytics.utils.nms")
    return nms.TorchNMS.nms(boxes, scores, iou_threshold)
