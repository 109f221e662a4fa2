import gzip
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from litterwatch.detector.errors import ModelError
from litterwatch.detector.types import Image, Label
from litterwatch.models.openvino import SHAPES_KEPT, OpenVinoNetwork
from litterwatch.models.registry import load_detector


def of_colour(blue: int, green: int, red: int, size: tuple[int, int] = (640, 384)) -> Image:
    picture: Image = np.full((size[1], size[0], 3), (blue, green, red), np.uint8)
    return picture


def test_colours_are_reordered_and_scaled_inside_the_graph(seeing_colours: Path) -> None:
    network = OpenVinoNetwork(seeing_colours / "colours.xml", threads=1, precision="f32")
    raw = network.run(of_colour(51, 102, 204)[None])
    assert raw.shape == (1, 7, 1)
    assert raw.dtype == np.float32
    assert np.allclose(raw[0, 4:, 0], [0.8, 0.4, 0.2], atol=1e-3)


def test_pictures_of_a_batch_keep_their_order(seeing_colours: Path) -> None:
    network = OpenVinoNetwork(seeing_colours / "colours.xml", threads=1)
    batch = np.stack([of_colour(0, 0, red) for red in (255, 0, 128)])
    assert np.allclose(network.run(batch)[:, 4, 0], [1, 0, 128 / 255], atol=5e-3)


def test_a_packed_network_says_the_same(seeing_colours: Path, tmp_path: Path) -> None:
    plain = seeing_colours / "colours.xml"
    (tmp_path / "colours.xml.gz").write_bytes(gzip.compress(plain.read_bytes()))
    shutil.copy(seeing_colours / "colours.bin", tmp_path)
    picture = of_colour(51, 102, 204)[None]
    packed = OpenVinoNetwork(tmp_path / "colours.xml.gz", threads=1).run(picture)
    assert np.array_equal(packed, OpenVinoNetwork(plain, threads=1).run(picture))


@pytest.mark.parametrize(
    "content", [b"", b"no gzip", gzip.compress(b"<net>")], ids=["empty", "plain", "torn"]
)
def test_a_broken_packed_network_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.xml.gz").write_bytes(content)
    (tmp_path / "broken.bin").write_bytes(b"")
    with pytest.raises(ModelError, match=r"broken\.xml\.gz is not a network"):
        OpenVinoNetwork(tmp_path / "broken.xml.gz")


def test_few_compiled_graphs_are_kept(seeing_colours: Path) -> None:
    network = OpenVinoNetwork(seeing_colours / "colours.xml", threads=1)
    for step in range(1, SHAPES_KEPT + 3):
        network.run(of_colour(0, 0, 0, (32 * step, 32))[None])
    assert len(network._compiled) == SHAPES_KEPT
    assert (32, 32) not in network._compiled
    again = network.run(of_colour(0, 0, 255, (32, 32))[None])
    assert again[0, 4, 0] == pytest.approx(1, abs=5e-3)


def test_threads_may_share_a_network(seeing_colours: Path) -> None:
    network = OpenVinoNetwork(seeing_colours / "colours.xml", threads=1)
    wrong: list[float] = []

    def work(red: int) -> None:
        for _ in range(20):
            score = float(network.run(of_colour(0, 0, red)[None])[0, 4, 0])
            if abs(score - red / 255) > 5e-3:
                wrong.append(score)

    threads = [threading.Thread(target=work, args=(red,)) for red in (0, 90, 255)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_closed_network_says_so(seeing_colours: Path) -> None:
    network = OpenVinoNetwork(seeing_colours / "colours.xml", threads=1)
    network.close()
    network.close()
    with pytest.raises(ModelError, match="closed"):
        network.run(of_colour(0, 0, 0)[None])


def test_a_file_that_is_no_network_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "broken.xml").write_text("<net>")
    (tmp_path / "broken.bin").write_bytes(b"")
    with pytest.raises(ModelError, match=r"broken\.xml is not a network") as caught:
        OpenVinoNetwork(tmp_path / "broken.xml")
    assert "\n" not in str(caught.value)


def test_the_whole_way_finds_the_box_with_its_label(seeing_colours: Path) -> None:
    detector = load_detector(seeing_colours, backend="openvino", device="cpu", threads=1)
    (found,) = detector.detect([of_colour(250, 20, 20, (1280, 768))])
    assert list(found.label) == [Label.WASTE]
    assert np.allclose(found.xyxy, [[540, 334, 740, 434]])


SCRIPT = """
import json, socket, sys
def refuse(*arguments, **options):
    raise AssertionError("the network was used")
socket.socket.connect = refuse
socket.create_connection = refuse
import litterwatch.models.registry
before = [name for name in ("openvino", "onnxruntime", "torch", "nncf") if name in sys.modules]
import numpy
detector = litterwatch.models.registry.load_detector(sys.argv[1], backend="openvino", threads=1)
found = detector.detect([numpy.full((90, 160, 3), 200, numpy.uint8)])
loaded = [name for name in ("torch", "ultralytics", "onnxruntime", "openvino_telemetry", "nncf")
          if sys.modules.get(name) is not None]
print(json.dumps({"before": before, "boxes": len(found[0]), "loaded": loaded}))
"""


def test_it_runs_without_torch_network_or_traces_at_home(
    seeing_colours: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("XDG", "COV_"))}
    answer = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(seeing_colours)],
        env=environment | {"HOME": str(home)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == {"before": [], "boxes": 1, "loaded": []}
    assert list(home.rglob("*")) == []
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
