"""The film says of itself exactly what its pixels show."""

import json
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.frame import PictureType

from litterwatch.detector.errors import ConfigError, EvidenceDiskFull
from litterwatch.detector.types import Image
from litterwatch.service.demo.film import Film
from litterwatch.service.demo.footage import SITE_FILE, describe, make_demo_footage, make_film
from litterwatch.service.demo.light import Light
from litterwatch.service.demo.pictures import street_photo
from litterwatch.service.demo.scenes import Scene, demonstration
from litterwatch.service.demo.viewpoint import Viewpoint
from litterwatch.service.site_file import load_site

SMALL = Viewpoint(640, 360)


@pytest.fixture(scope="module")
def photo() -> Image:
    return street_photo()


@pytest.fixture(scope="module")
def film(photo: Image) -> Film:
    return Film(demonstration(), SMALL, photo, 5)


def _short(seconds: float) -> Scene:
    return Scene("short", seconds, demonstration().walkers)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, photo: Image) -> None:
    for name in ("a.mp4", "b.mp4"):
        make_film(tmp_path / name, _short(0.4), SMALL, photo, seed=5)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_another_seed_gives_another_street(photo: Image, film: Film) -> None:
    other = Film(demonstration(), SMALL, photo, 6)
    assert not np.array_equal(other.frame(0), film.frame(0))


def test_the_film_is_h264_without_b_frames_and_a_key_frame_every_two_seconds(
    tmp_path: Path, photo: Image
) -> None:
    path = make_film(tmp_path / "film.mp4", _short(2.2), SMALL, photo)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
    assert stream.codec_context.name == "h264"
    assert stream.average_rate == Fraction(25)
    assert [index for index, frame in enumerate(frames) if frame.key_frame] == [0, 50]
    assert all(frame.pict_type != PictureType.B for frame in frames)
    assert len(frames) == 55
    assert not path.with_name("film.mp4.partial").exists()


def test_progress_ends_at_the_last_frame(tmp_path: Path, photo: Image) -> None:
    told: list[tuple[int, int]] = []
    make_film(
        tmp_path / "film.mp4", _short(0.2), SMALL, photo, progress=lambda *now: told.append(now)
    )
    assert told == [(n, 5) for n in range(1, 6)]


def test_the_truth_names_one_deposit_that_calls_for_an_alarm(film: Film) -> None:
    truth = describe(demonstration(), film, SMALL, "street.mp4")
    events = truth["events"]
    assert isinstance(events, list)
    assert [event["kind"] for event in events if event["alarm_expected"]] == ["abandoned"]
    assert [event["actor"] for event in events] == ["passer", "leaver", "returner", "keeper"]
    json.dumps(truth)


def test_the_box_of_the_truth_holds_the_change_and_nothing_beside_it(film: Film) -> None:
    leaver = next(w for w in demonstration().walkers if w.name == "leaver")
    before, after = film.frame(14.3), film.frame(30.0)  # nobody is in the picture
    changed = np.abs(before.astype(int) - after).max(axis=2) > 60
    bag = film.bag(leaver, 30.0)
    assert bag is not None
    box = bag[1].box.grown(4, 4)
    rows, columns = np.nonzero(changed)
    assert box.x1 <= columns.min() <= box.x1 + 10
    assert box.x2 - 10 <= columns.max() <= box.x2
    assert box.y1 <= rows.min() <= box.y1 + 10
    assert box.y2 - 10 <= rows.max() <= box.y2


def test_the_keeper_leaves_nothing_behind(film: Film) -> None:
    """After all have gone, only the sack of the leaver is new."""
    leaver = next(w for w in demonstration().walkers if w.name == "leaver")
    bag = film.bag(leaver, 63.0)
    assert bag is not None
    box = bag[1].box
    changed = np.abs(film.frame(0.0).astype(int) - film.frame(63.0)).max(axis=2) > 60
    inside = changed[int(box.y1) - 2 : int(box.y2) + 3, int(box.x1) - 2 : int(box.x2) + 3]
    assert changed.sum() > 300
    assert inside.sum() >= 0.99 * changed.sum()


def test_people_grow_towards_the_camera_as_the_site_file_says(tmp_path: Path, photo: Image) -> None:
    view = Viewpoint()
    film = Film(demonstration(), view, photo, 5)
    (tmp_path / "SITE.toml").write_text(SITE_FILE)
    site = load_site(tmp_path / "SITE.toml")
    (row_a, height_a), (row_b, height_b) = site.person_height
    for walker in demonstration().walkers:
        t = (walker.path[0].t + walker.path[1].t) / 2
        person = film.person(walker, t)
        row = person.foot[1] / view.height
        expected = height_a + (row - row_a) * (height_b - height_a) / (row_b - row_a)
        assert person.box.height / view.height == pytest.approx(expected, rel=0.08)


def test_light_moves_slowly_and_stays_in_range(film: Film) -> None:
    light = Light(SMALL, 64.0, 5)
    picture = film.frame(0)
    means = [float(light.expose(picture, t, int(t))[:360].mean()) for t in np.arange(0, 64, 2.0)]
    steps = np.abs(np.diff(means)) / means[0]
    assert steps.max() < 0.03
    assert max(means) / min(means) > 1.05


def test_noise_differs_from_frame_to_frame_and_not_from_run_to_run(film: Film) -> None:
    picture = film.frame(0)
    first, again = (Light(SMALL, 1.0, 5).expose(picture, 0.0, 0) for _ in range(2))
    other = Light(SMALL, 1.0, 5).expose(picture, 0.0, 1)
    assert np.array_equal(first, again)
    difference = cv2.absdiff(first[:360], other[:360])
    assert 1.0 < float(difference.mean()) < 4.0


def test_a_missing_picture_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"bus\.jpg: run scripts/demo"):
        street_photo(tmp_path)


def test_another_picture_of_that_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bus.jpg").write_bytes(b"not the picture")
    with pytest.raises(ConfigError, match="not the sample picture"):
        make_demo_footage(tmp_path / "out", pictures=tmp_path)
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EvidenceDiskFull, match="Cannot write the film"):
        make_demo_footage(tmp_path / "file" / "out")
