"""Makes the picture of a verdict in docs/guide: the desk itself, in Chromium, with drawn footage.

    python scripts/guide_pictures.py [FOLDER]

FOLDER is docs/guide/pictures unless said otherwise. Needs `chromium` and the packages of the tests
(`pip install -e .[dev]`). Nobody in it was ever filmed: street, bag and figure are drawn.
"""

import shutil
import sys
import tempfile
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from playwright.sync_api import Page, sync_playwright

from litterwatch.detector.types import Clip, Event, Image
from litterwatch.service.demo.bags import black_sack
from litterwatch.service.demo.cutouts import Cutout
from litterwatch.service.demo.film import Placed, hung
from litterwatch.service.demo.surfaces import lay_over
from litterwatch.service.events.scripted import SCRIPTED_FOOTAGE, ScriptedHouse, scripted_event
from litterwatch.service.events.service import begin_footage
from litterwatch.service.scripted_desk import ScriptedDesk
from litterwatch.service.scripted_visits import OFFICE, Visits, served
from litterwatch.service.synth.place import draw_place
from litterwatch.service.synth.scenario import Camera, Street
from litterwatch.service.synth.view import View
from litterwatch.service.users.roles import Role

PICTURES: Final = Path(__file__).resolve().parents[1] / "docs/guide/pictures"
SOURCE: Final = "cho-xanh/cong-2.mp4"
FPS: Final = 5
COMES, PUTS, LEAVES = 20.0, 30.0, 35.0
"""When somebody comes, lets the bag go and has left, s: as in `scripted_event`."""
DEPTH, PLACE = 7.5, 0.4
"""Where the bag is left, m from the camera and to the right of its middle."""
STEP: Final = 0.36
"""How far from the bag somebody stands who has left it, m."""
BODY, BAG = 1.62, 0.62
"""Heights, m."""
_TALL: Final = 800  # px of the drawn figure, before it is made smaller
_SKIN, _SHIRT, _TROUSERS, _HAT = (140, 170, 205), (120, 130, 60), (70, 58, 52), (150, 200, 220)
_QUALITY: Final = 82
_HALTED: Final = """(video, t) => new Promise(done => {
    video.pause();
    video.addEventListener("seeked", () => requestAnimationFrame(() => done()), {once: true});
    video.currentTime = t - Number(video.closest(".review").dataset.start);
})"""


def figure(swing: float, *, carries: bool) -> Cutout:
    """Somebody with a conical hat, seen from the side.

    Args:
        swing: how far the legs are apart, -1 to 1.
        carries: whether an arm is stretched down to a bag.
    """
    canvas = np.zeros((_TALL + 20, 480, 4), np.uint8)
    middle, hip, ground = 240, 430, _TALL

    def limb(points: list[tuple[float, float]], width: int, colour: tuple[int, int, int]) -> None:
        line = np.array(points, np.int32).reshape(-1, 1, 2)
        cv2.polylines(canvas, [line], False, (*colour, 255), width, cv2.LINE_AA)  # noqa: FBT003 - OpenCV's

    for way in (-swing, swing):
        knee = (middle + 45 * way, hip + 175)
        limb([(middle, hip), knee, (middle + 105 * way, ground - 20)], 62, _TROUSERS)
        limb(
            [(middle + 100 * way, ground - 14), (middle + 100 * way + 34, ground - 12)],
            26,
            (30,) * 3,
        )
    limb([(middle, 210), (middle, hip - 10)], 118, _SHIRT)
    hand = (middle + 95, 440) if carries else (middle - 60 * swing, 430)
    limb([(middle + 6, 205), ((middle + hand[0]) / 2 + 12, 320), hand], 42, _SHIRT)
    cv2.circle(canvas, (int(hand[0]), int(hand[1])), 20, (*_SKIN, 255), -1, cv2.LINE_AA)
    cv2.ellipse(canvas, (middle + 6, 105), (44, 56), 0, 0, 360, (*_SKIN, 255), -1, cv2.LINE_AA)
    brim = np.array([(middle - 118, 92), (middle + 128, 92), (middle + 6, 4)], np.int32)
    cv2.fillPoly(canvas, [brim], (*_HAT, 255), cv2.LINE_AA)
    bgr = canvas[..., :3].astype(np.float32)
    alpha = canvas[..., 3].astype(np.float32) / np.float32(255)
    return Cutout(bgr, alpha, (float(middle), float(ground)), float(_TALL))


@dataclass
class DrawnStreet:
    """A `ClipSource` of somebody who comes with a bag, leaves it and goes; drawn."""

    camera: Camera = field(default_factory=lambda: Camera(width=960, height=540))

    def __post_init__(self) -> None:
        self.view = View.of(self.camera)
        self._street = draw_place(self.view, Street(seed=12))
        self._sack = black_sack(np.random.default_rng(4))

    def picture(self, t: float) -> Image:
        """(h, w, 3) uint8 BGR at media time t, s."""
        picture = self._street.copy()
        things = [self.bag(t)] if t >= COMES else []
        if COMES <= t < LEAVES:
            things.append(self.body(t))
        for thing in things:
            self._shade(picture, thing)
        for thing in things:
            lay_over(picture, thing.bgr, thing.alpha, thing.corner)
        return picture

    def body(self, t: float) -> Placed:
        """Where somebody is at that time."""
        tall = BODY * self.view.px_per_metre(DEPTH)
        is_at_rest = abs(t - PUTS) < 1.0
        swing = 0.12 if is_at_rest else float(np.sin(t * 5.2))
        drawn = figure(swing, carries=t < PUTS + 1.0).scaled(tall / _TALL)
        if t >= PUTS + 1.0:
            drawn = drawn.mirrored()
        foot = self.view.to_picture(self._way(t), DEPTH)
        corner = (round(foot[0] - drawn.foot[0]), round(foot[1] - drawn.foot[1]))
        return Placed(drawn.bgr, drawn.alpha, corner, foot)

    def bag(self, t: float) -> Placed:
        """Where the bag is: in the hand, or on the ground."""
        metre = self.view.px_per_metre(DEPTH)
        across = PLACE if t >= PUTS else self._way(t) + 0.2
        x, y = self.view.to_picture(across, DEPTH - 0.05)
        return hung(self._sack, (x, y - 0.12 * metre * (t < PUTS)), BAG * metre, 0.0)

    def _way(self, t: float) -> float:
        """How far to the right, m: from the left to the place, and back again."""
        shares = (COMES, PUTS - 1.0, PUTS + 1.0, LEAVES)
        return float(np.interp(t, shares, (-5.6, PLACE - STEP, PLACE - STEP, -5.6)))

    @staticmethod
    def _shade(picture: Image, thing: Placed) -> None:
        width = int(thing.box.x2 - thing.box.x1)
        soft = np.zeros((width // 3 + 12, width + 24), np.float32)
        centre = (soft.shape[1] // 2, soft.shape[0] // 2)
        cv2.ellipse(soft, centre, (width // 2, width // 9 + 2), 0, 0, 360, 0.4, -1)
        soft = np.asarray(cv2.GaussianBlur(soft, (0, 0), 3), np.float32)
        corner = (round(thing.foot[0]) - centre[0], round(thing.foot[1]) - centre[1])
        lay_over(picture, np.zeros((*soft.shape, 3), np.float32), soft, corner)

    def still(self, media_time: float) -> Image:
        """The picture at that time."""
        return self.picture(media_time)

    def cut(self, t_start: float, t_end: float, into: Path) -> Clip:
        """The film of that stretch."""
        with av.open(str(into), "w") as container:
            stream = container.add_stream("libx264", rate=FPS)
            stream.width, stream.height = self.camera.width, self.camera.height
            stream.pix_fmt = "yuv420p"
            for index in range(round((t_end - t_start) * FPS)):
                picture = self.picture(t_start + index / FPS)
                frame = av.VideoFrame.from_ndarray(picture, "bgr24").reformat(format="yuv420p")
                frame.pts, frame.time_base = index, Fraction(1, FPS)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return Clip(str(into), t_start, t_end, "h264")

    def event(self, machine_id: str) -> Event:
        """What the machine says of it."""
        return replace(
            scripted_event(machine_id),
            camera_id=SOURCE,
            box=self.bag(PUTS).box,
            actor_box=self.body(PUTS).box,
            features={"owner": 0.9, "isolation": 0.8},
        )


def filled_desk(root: Path) -> ScriptedDesk:
    """A desk with three events and a screening officer."""
    street, house = DrawnStreet(), ScriptedHouse(root)
    footage = replace(
        SCRIPTED_FOOTAGE,
        source=SOURCE,
        width=street.camera.width,
        height=street.camera.height,
        captured_from=house.clock.now() - timedelta(hours=3),
    )
    with house.database.writing() as session:
        begin_footage(session, house.clock, footage)
    with house.store().opened() as store:
        sink = house.sink(store, street, footage)
        for machine_id in ("e1", "e2", "e3"):
            sink.accept(street.event(machine_id))
    house.close()
    desk = ScriptedDesk(root, [], street, footage)
    desk.account("lan", Role.SCREENER)
    return desk


def verdict_page(visits: Visits) -> Page:
    """An event that is to be judged, at the moment of the act."""
    page = visits.signed_in("lan", OFFICE)
    page.goto("/events")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/events/*")
    page.locator(".verdict button").first.wait_for()
    page.wait_for_load_state("networkidle")
    page.locator("video").evaluate(_HALTED, PUTS + 0.4)
    return page


def main(folder: Path) -> None:
    """Make the pictures.

    Args:
        folder: to write to.
    """
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium is not installed: apt-get install chromium")
    with tempfile.TemporaryDirectory() as root, sync_playwright() as playwright:
        desk = filled_desk(Path(root))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with served(desk, browser=browser) as address:
            page = verdict_page(Visits(desk, address, browser))
            file = folder / "verdict.jpg"
            page.screenshot(path=file, type="jpeg", quality=_QUALITY)
            browser.close()
        print(file)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES)
