"""What leaves comes back; and the tools' own readers see what we meant."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Label
from litterwatch.labelling.formats.coco import export_coco, import_coco
from litterwatch.labelling.formats.cvat import export_cvat, import_cvat
from litterwatch.labelling.formats.exchange import import_from
from litterwatch.labelling.formats.foreign import Reading
from litterwatch.labelling.formats.yolo import export_yolo, import_yolo
from litterwatch.labelling.picture_lines import lines, read_lines
from litterwatch.labelling.records import LabelledBox, LabelledPicture
from litterwatch.models.data.labels import CLASSES

MakePicture = Callable[..., LabelledPicture]
READING = Reading("elsewhere", may_train=True)
Trip = Callable[[list[LabelledPicture], Path], list[LabelledPicture]]


def through_yolo(pictures: list[LabelledPicture], out: Path) -> list[LabelledPicture]:
    export_yolo(pictures, out)
    return import_yolo(out, READING)


def through_coco(pictures: list[LabelledPicture], out: Path) -> list[LabelledPicture]:
    return import_coco(export_coco(pictures, out), out / "images", READING)


def through_cvat(pictures: list[LabelledPicture], out: Path) -> list[LabelledPicture]:
    return import_cvat(export_cvat(pictures, out), out / "images", READING)


TRIPS = pytest.mark.parametrize("trip", [through_yolo, through_coco, through_cvat])
SIDES = st.tuples(st.floats(0, 62), st.floats(0, 46), st.floats(0.5, 64), st.floats(0.5, 48))


@st.composite
def boxes(draw: st.DrawFn) -> LabelledBox:
    x, y, width, height = draw(SIDES)
    box = Box(x, y, min(64.0, x + width), min(48.0, y + height))
    return LabelledBox(box, draw(st.sampled_from(list(Label))), draw(st.booleans()))


def require_same(back: list[LabelledPicture], sent: list[LabelledPicture]) -> None:
    by_hash = {picture.sha256: picture for picture in back}
    assert by_hash.keys() == {picture.sha256 for picture in sent}
    for picture in sent:
        found = by_hash[picture.sha256]
        assert (found.size, found.camera, found.taken_at) == (
            picture.size,
            picture.camera,
            picture.taken_at,
        )
        assert found.may_train

        def by_place(each: LabelledBox) -> tuple[Any, ...]:
            return (each.is_sure, each.label, *(round(v, 2) for v in each.box))

        assert len(found.boxes) == len(picture.boxes)
        for ours, theirs in zip(
            sorted(found.boxes, key=by_place), sorted(picture.boxes, key=by_place), strict=True
        ):
            assert (ours.label, ours.is_sure) == (theirs.label, theirs.is_sure)
            assert ours.box == pytest.approx(theirs.box, abs=1e-3)


@TRIPS
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=st.lists(boxes(), max_size=5), day=st.one_of(st.none(), st.integers(0, 9)))
def test_what_is_exported_comes_back(
    trip: Trip,
    make_picture: MakePicture,
    tmp_path: Path,
    found: list[LabelledBox],
    day: int | None,
) -> None:
    out = tmp_path / "out"
    shutil.rmtree(out, ignore_errors=True)
    sent = [
        make_picture(1, camera="cổng chợ", day=day, boxes=tuple(found)),
        make_picture(2, boxes=()),
    ]
    if day is None and trip is not through_yolo:
        sent[0] = replace(sent[0], taken_at=None)
    require_same(trip(sent, out), sent)


def test_coco_lies_where_other_tools_look_for_it_and_is_found_there(
    pictures: list[LabelledPicture], tmp_path: Path
) -> None:
    file = export_coco(pictures[:3], tmp_path / "out")
    assert file == tmp_path / "out" / "annotations" / "instances_default.json"
    require_same(import_from("coco", file, None, READING), pictures[:3])
    images = file.parents[1] / "images"
    images.rename(tmp_path / "default")  # CVAT puts the pictures of a part into its folder
    images.mkdir()
    (tmp_path / "default").rename(images / "default")
    require_same(import_from("coco", file, None, READING), pictures[:3])


@TRIPS
def test_an_export_overwrites_nothing(
    trip: Trip, pictures: list[LabelledPicture], tmp_path: Path
) -> None:
    trip(pictures[:2], tmp_path / "out")
    with pytest.raises(ConfigError, match="new folder"):
        trip(pictures[:2], tmp_path / "out")


def test_our_own_lines_keep_everything(pictures: list[LabelledPicture], tmp_path: Path) -> None:
    file = tmp_path / "pictures.jsonl"
    file.write_bytes(lines(pictures))
    assert list(read_lines(file, pictures[0].file.parent)) == pictures
    file.write_text("{}\n")
    with pytest.raises(ConfigError, match="no list of labelled pictures"):
        list(read_lines(file, tmp_path))


# -- the tools' own readers ------------------------------------------------------------------------


def test_pycocotools_reads_our_coco(pictures: list[LabelledPicture], tmp_path: Path) -> None:
    from pycocotools.coco import COCO  # noqa: PLC0415 - of litterwatch[dev]

    coco = COCO(str(export_coco(pictures, tmp_path / "out")))
    names = [each["name"] for each in coco.loadCats(coco.getCatIds())]
    assert tuple(names) == CLASSES
    assert len(coco.getImgIds()) == len(pictures)
    (waste,) = coco.getCatIds(catNms=["waste"])
    found = coco.loadAnns(coco.getAnnIds(catIds=[waste]))
    assert len(found) == len(pictures)
    for each in found:
        assert each["bbox"] == pytest.approx([8.25, 4.5, 31.75, 25.5])
        assert each["area"] == pytest.approx(31.75 * 25.5)
        (image,) = coco.loadImgs(each["image_id"])
        assert (tmp_path / "out" / "images" / image["file_name"]).is_file()


def test_what_pycocotools_scores_is_what_we_labelled(
    pictures: list[LabelledPicture], tmp_path: Path
) -> None:
    from pycocotools.coco import COCO  # noqa: PLC0415 - of litterwatch[dev]
    from pycocotools.cocoeval import COCOeval  # noqa: PLC0415

    truth = COCO(str(export_coco(pictures, tmp_path / "out")))
    seen = [
        {**{k: a[k] for k in ("image_id", "category_id", "bbox")}, "score": 0.9}
        for a in truth.loadAnns(truth.getAnnIds())
    ]
    scored = COCOeval(truth, truth.loadRes(seen), "bbox")
    scored.evaluate()
    scored.accumulate()
    scored.summarize()
    assert scored.stats[0] == pytest.approx(1.0)


@pytest.mark.filterwarnings("ignore")
def test_ultralytics_reads_our_yolo(make_picture: MakePicture, tmp_path: Path) -> None:
    pytest.importorskip("ultralytics", reason="needs litterwatch[train]")
    from ultralytics.data.dataset import YOLODataset  # noqa: PLC0415
    from ultralytics.data.utils import check_det_dataset  # noqa: PLC0415

    two = (
        LabelledBox(Box(8, 4, 40, 30), Label.WASTE),
        LabelledBox(Box(0, 0, 16, 48), Label.PERSON),
    )
    sent = [make_picture(1, boxes=two), make_picture(2, boxes=())]
    export_yolo(sent, tmp_path / "out")
    table = check_det_dataset(str(tmp_path / "out" / "data.yaml"), autodownload=False)
    assert tuple(table["names"].values()) == CLASSES
    read = YOLODataset(img_path=table["train"], data=table, imgsz=64, augment=False)
    by_name = {Path(each["im_file"]).stem: each for each in read.labels}
    assert by_name.keys() == {picture.sha256 for picture in sent}
    labels = by_name[sent[0].sha256]
    assert [CLASSES[int(number)] for number in labels["cls"].ravel()] == ["waste", "person"]
    np.testing.assert_allclose(
        labels["bboxes"] * [64, 48, 64, 48], [[24, 17, 32, 26], [8, 24, 16, 48]], atol=1e-4
    )
    assert len(by_name[sent[1].sha256]["cls"]) == 0


def test_our_cvat_xml_keeps_to_its_description(
    pictures: list[LabelledPicture], tmp_path: Path
) -> None:
    """A schema of ours, written from CVAT's documentation: not CVAT itself."""
    schema = etree.XMLSchema(etree.parse(Path(__file__).with_name("cvat-images-1.1.xsd")))
    file = export_cvat(pictures, tmp_path / "out")
    schema.assertValid(etree.parse(file))
    assert len(etree.parse(file).findall("image/box")) == len(pictures)


def test_datumaro_reads_our_cvat_xml(make_picture: MakePicture, tmp_path: Path) -> None:
    datumaro = pytest.importorskip("datumaro", reason="does not install beside our pillow")
    out = tmp_path / "out"
    export_cvat([make_picture(1), make_picture(2, boxes=())], out)
    read = datumaro.Dataset.import_from(str(out), "cvat")
    found = {item.id: [a for a in item.annotations if hasattr(a, "x")] for item in read}
    assert sorted(len(each) for each in found.values()) == [0, 1]
    (box,) = next(each for each in found.values() if each)
    assert (box.x, box.y, box.w, box.h) == pytest.approx((8.25, 4.5, 31.75, 25.5), abs=1e-3)


# -- what others wrote -----------------------------------------------------------------------------

EXPORTS = Path(__file__).with_name("exports")
WRITTEN: tuple[set[tuple[Label, tuple[float, ...]]], ...] = (
    {(Label.WASTE, (8.25, 4.5, 40.0, 30.0)), (Label.PERSON, (0.0, 0.0, 16.0, 48.0))},
    {(Label.VEHICLE, (30.0, 20.0, 42.5, 30.0))},
    set(),
)
"""What datumaro was given, by picture (exports/README.md)."""


def coco_of_datumaro(images: Path, _: Path) -> list[LabelledPicture]:
    return import_coco(EXPORTS / "instances_train.json", images, READING)


def cvat_of_datumaro(images: Path, _: Path) -> list[LabelledPicture]:
    return import_cvat(EXPORTS / "train.xml", images, READING)


def yolo_of_datumaro(images: Path, out: Path) -> list[LabelledPicture]:
    shutil.copytree(EXPORTS / "yolo", out)
    for part, numbers in (("train", (0, 2)), ("val", (1,))):
        (out / "images" / part).mkdir(parents=True)
        for number in numbers:
            shutil.copyfile(images / f"{number}.png", out / "images" / part / f"{number}.png")
    return import_yolo(out, READING)


@pytest.mark.parametrize("read", [coco_of_datumaro, cvat_of_datumaro, yolo_of_datumaro])
def test_what_datumaro_exported_is_what_it_was_given(
    read: Callable[[Path, Path], list[LabelledPicture]], make_picture: MakePicture, tmp_path: Path
) -> None:
    images = make_picture(0).file.parent
    for number in (1, 2):
        make_picture(number)
    found = sorted(read(images, tmp_path / "out"), key=lambda each: each.file.name)
    assert [each.file.name for each in found] == ["0.png", "1.png", "2.png"]
    for picture, wanted in zip(found, WRITTEN, strict=True):
        boxes = {(each.label, tuple(round(v, 3) for v in each.box)) for each in picture.boxes}
        assert boxes == wanted
        assert (picture.size, picture.camera) == ((64, 48), "elsewhere")


@pytest.mark.filterwarnings("ignore")
def test_what_ultralytics_makes_of_our_coco_is_what_we_labelled(
    make_picture: MakePicture, tmp_path: Path
) -> None:
    pytest.importorskip("ultralytics", reason="needs litterwatch[train]")
    from ultralytics.data.converter import convert_coco  # noqa: PLC0415

    person = LabelledBox(Box(0, 0, 16, 48), Label.PERSON)
    sent = [make_picture(1), make_picture(2, boxes=(person,))]
    coco = export_coco(sent, tmp_path / "coco")
    (tmp_path / "json").mkdir()
    shutil.copyfile(coco, tmp_path / "json" / "instances_all.json")
    yolo = tmp_path / "yolo"
    convert_coco(str(tmp_path / "json"), str(yolo), cls91to80=False)
    shutil.copytree(tmp_path / "coco" / "images", yolo / "images" / "all", dirs_exist_ok=True)
    (yolo / "data.yaml").write_text(f"names: {list(CLASSES)}\n")
    back = {each.sha256: each.boxes for each in import_yolo(yolo, READING)}
    assert back.keys() == {picture.sha256 for picture in sent}
    for picture in sent:
        (ours,), (theirs,) = picture.boxes, back[picture.sha256]
        assert theirs.label == ours.label
        assert theirs.box == pytest.approx(ours.box, abs=1e-3)


@pytest.fixture
def foreign(make_picture: MakePicture, tmp_path: Path) -> Path:
    """A COCO folder of another tool."""
    folder = tmp_path / "foreign"
    folder.mkdir()
    shutil.copyfile(make_picture(5).file, folder / "a.png")
    said = {
        "images": [{"id": 7, "file_name": "a.png", "width": 64, "height": 48}],
        "categories": [
            {"id": 1, "name": "person"},
            {"id": 2, "name": "truck"},
            {"id": 3, "name": "plastic bag"},
            {"id": 4, "name": "cloud"},
        ],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 2, "bbox": [1, 2, 30, 20]},
            {"id": 2, "image_id": 7, "category_id": 3, "bbox": [50, 40, 30, 30]},
        ],
    }
    (folder / "all.json").write_text(json.dumps(said))
    return folder


def test_a_foreign_class_must_be_told(foreign: Path) -> None:
    with pytest.raises(ConfigError, match="plastic bag"):
        import_coco(foreign / "all.json", foreign, READING)
    told = replace(READING, classes={"plastic bag": Label.WASTE})
    (picture,) = import_coco(foreign / "all.json", foreign, told)
    assert [each.label for each in picture.boxes] == [Label.VEHICLE, Label.WASTE]
    assert picture.boxes[1].box == Box(50, 40, 64, 48)  # cut at the border
    assert (picture.camera, picture.taken_at) == ("elsewhere", None)
    left_out = replace(READING, classes={"plastic bag": None})
    (picture,) = import_coco(foreign / "all.json", foreign, left_out)
    assert [each.label for each in picture.boxes] == [Label.VEHICLE]


def test_the_day_of_foreign_pictures_can_be_told(foreign: Path) -> None:
    day = datetime(2026, 4, 1, tzinfo=UTC)
    told = replace(READING, taken_at=day, classes={"plastic bag": None}, may_train=False)
    (picture,) = import_coco(foreign / "all.json", foreign, told)
    assert picture.taken_at == day
    assert not picture.may_train


def test_a_picture_outside_the_folder_is_refused(foreign: Path) -> None:
    text = (foreign / "all.json").read_text()
    (foreign / "all.json").write_text(text.replace("a.png", "../originals/5.png"))
    told = replace(READING, classes={"plastic bag": None})
    with pytest.raises(ConfigError, match="outside"):
        import_coco(foreign / "all.json", foreign, told)


IMAGE = '<annotations><version>1.1</version><image id="0" name="a.png" width="64" height="48">'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no xml", "not CVAT"),
        ("<annotations><version>1.0</version></annotations>", "version 1.1"),
        (
            f'{IMAGE}<polygon label="waste" points="1,1;2,2;3,1"/></image></annotations>',
            "polygon",
        ),
        (
            f'{IMAGE}<box label="waste" xtl="1"/></image></annotations>',
            "ytl",
        ),
    ],
)
def test_cvat_that_cannot_be_understood_is_refused(foreign: Path, text: str, words: str) -> None:
    (foreign / "annotations.xml").write_text(text)
    with pytest.raises(ConfigError, match=words):
        import_cvat(foreign / "annotations.xml", foreign, READING)


def test_yolo_that_cannot_be_understood_is_refused(
    make_picture: MakePicture, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    export_yolo([make_picture(1)], out)
    label = next((out / "labels").iterdir())
    label.write_text("9 0.5 0.5 0.1 0.1\n")
    with pytest.raises(ConfigError, match="line 1"):
        import_yolo(out, READING)
    (out / "data.yaml").write_text("- nothing\n")
    with pytest.raises(ConfigError, match="YAML"):
        import_yolo(out, READING)
