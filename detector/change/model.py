"""The change model: one frame in, what is new and at rest in it out (S4).

Reads as the stage's list: picture made small, restarted if it must be, light evened out, compared
with the reference, rest credited, blobs found, reference taught. docs/decisions/0011 says why.
"""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.change.blobs import Region, find_regions
from litterwatch.detector.change.health import Health
from litterwatch.detector.change.picture import Picture
from litterwatch.detector.change.pixels import (
    Bytes,
    Mask,
    bgr,
    both,
    bytes_of,
    either,
    inverse,
    resized,
    widened,
    ycrcb,
)
from litterwatch.detector.change.reference import CleanReference
from litterwatch.detector.change.rest import RestingChange
from litterwatch.detector.change.view import (
    Blob,
    ChangeParameters,
    ChangeView,
    Code,
    window_of,
)
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Image

__all__ = ["Blob", "ChangeModel", "ChangeParameters", "ChangeView", "Code"]

_LONGEST_STEP = 1.0  # s credited for one frame, however long ago the last one was


class ChangeModel:
    """Class-agnostic static change of one camera against a clean reference.

    Args:
        parameters: see `ChangeParameters`.
    """

    def __init__(self, parameters: ChangeParameters | None = None) -> None:
        self.parameters = parameters or ChangeParameters()
        self._references: dict[str, CleanReference] = {}
        self._mode: str = "colour"
        self._size = self._references_of = (0, 0)
        self._reference: CleanReference
        self._rest: RestingChange
        self._regions: list[Region] = []
        self._picture: Bytes
        self._last_time = -np.inf
        self._restarted_at = 0.0
        self._reason = "start"
        self._frozen_until = -np.inf
        self._told_to_restart = False
        self._frozen_since: float | None = None
        self._settling: Sequence[tuple[Box, NDArray[np.bool_]]] | None = None

    # -- one frame ---------------------------------------------------------------------------

    def update(
        self, image: Image | Picture, media_time: float, *, actors: Sequence[Box], health: Health
    ) -> ChangeView:
        """Judge the next frame.

        Args:
            image: (h, w, 3) uint8 BGR, the analysis picture, or that and what was made of it.
            media_time: s, must increase.
            actors: boxes of the people, two-wheelers and vehicles in this frame (px of `image`),
                also where they are only predicted to be.
            health: what `PictureHealth` said about this frame.

        Raises:
            ValueError: time did not increase; nothing was changed.
        """
        if media_time <= self._last_time:
            raise ValueError(f"media time {media_time} does not follow {self._last_time}")
        dt = float(min(media_time - self._last_time, _LONGEST_STEP))
        self._last_time = media_time
        whole = Picture.of(image)
        small = self._small(whole)
        self._restart_if_needed(whole.size, small, media_time, health)
        if health.blank:
            return self._view(media_time, 0.0, inhibited=True)
        covered = self._covered(actors)
        reference, rest = self._reference, self._rest
        reference.measure_gain(small, self._usable(covered))
        picture = self._picture = reference.normalised(small)
        if self._settling is not None:
            self._settle(covered, media_time)
            reference, rest, picture = self._reference, self._rest, self._picture
        differs = reference.differs(picture)
        known = inverse(bytes_of(reference.unknown))
        judged = both(differs, known)
        share = _share_changed(judged, known, covered)
        frozen = self._freeze(share, media_time)
        credited = 0.0 if frozen else dt
        rest.update(
            picture,
            differs=judged,
            covered=covered,
            step=reference.step,
            media_time=media_time,
            dt=credited,
        )
        reference.learn(picture, differs, inverse(covered), media_time, dt)
        self._regions = self._regions_without_ghosts(media_time)
        inhibited = frozen or health.inhibited or media_time < self._frozen_until
        return self._view(media_time, share, inhibited=inhibited)

    def _small(self, picture: Picture) -> Bytes:
        small = picture.small(self.parameters.long_side)
        return cv2.GaussianBlur(small, (3, 3), 0).astype(np.uint8, copy=False)

    def _covered(self, actors: Sequence[Box]) -> Bytes:
        covered = np.zeros(self._rest.code.shape, np.uint8)
        for box in actors:
            margin = self.parameters.actor_margin
            wide = box.grown(margin * box.width, margin * box.height)
            wide = wide.scaled(1 / self._scale[0], 1 / self._scale[1])
            x1, y1 = max(0, int(np.floor(wide.x1))), max(0, int(np.floor(wide.y1)))
            x2, y2 = max(0, int(np.ceil(wide.x2))), max(0, int(np.ceil(wide.y2)))
            covered[y1:y2, x1:x2] = 255
        return covered

    def _usable(self, covered: Bytes) -> Bytes:
        """Where the light may be measured: nothing changed a moment ago, nobody there now."""
        return bytes_of(either(self._rest.code, covered) == Code.BACKGROUND)

    @property
    def _scale(self) -> tuple[float, float]:
        height, width = self._rest.code.shape
        return self._size[0] / width, self._size[1] / height

    # -- starting again -----------------------------------------------------------------------

    def _restart_if_needed(
        self, size: tuple[int, int], small: Bytes, media_time: float, health: Health
    ) -> None:
        if size != self._size:
            reason = "size" if any(self._size) else "start"
            if size != self._references_of:
                self._references.clear()
            self._size = self._references_of = size
            self._mode = health.mode
            self._begin(small, media_time, reason)
        elif health.mode != self._mode:
            self._mode = health.mode
            self._begin(small, media_time, "mode")
        elif health.moved or self._told_to_restart:
            self._references.clear()
            self._begin(small, media_time, "moved")

    def _begin(self, small: Bytes, media_time: float, reason: str) -> None:
        """Start from nothing, or from what this mode looked like when it was last seen."""
        shape = small.shape[:2]
        if self._mode not in self._references:
            self._references[self._mode] = CleanReference(shape, self.parameters)
        self._reference = self._references[self._mode]
        self._rest = RestingChange(shape, self.parameters)
        self._regions = []
        self._picture = ycrcb(small)
        self._told_to_restart = False
        self._frozen_since = None
        self._restarted_at, self._reason = media_time, reason

    def _freeze(self, share: float, media_time: float) -> bool:
        """More change than things can make: inhibit, and in the end learn the new scene."""
        limit = self.parameters.freeze_share
        if share <= (limit if self._frozen_since is None else limit / 2):
            self._frozen_since = None
            return False
        self._frozen_until = media_time + self.parameters.freeze
        if self._frozen_since is None:
            self._frozen_since = media_time
        elif media_time - self._frozen_since >= self.parameters.relearn:
            del self._references[self._mode]
            self._begin(self._picture, media_time, "scene")
        return True

    # -- regions ------------------------------------------------------------------------------

    def _regions_without_ghosts(self, media_time: float) -> list[Region]:
        """The regions, less those where the young reference still held somebody who has gone.

        There the ground revealed stands out less than what hid it; that is taken for background
        after a second, and not reported before.
        """
        kept = []
        for region in find_regions(
            self._reference,
            self._rest,
            self._picture,
            media_time,
            scale=self._scale,
            size=self._size,
        ):
            blob = region.blob
            if blob.known_for >= self.parameters.young or blob.edge_ratio >= 1.0:
                kept.append(region)
            elif blob.rest >= 1.0 and blob.edge_ratio < 1 / self.parameters.new_edge:
                self._heal_region(region)
        return kept

    def restart(self) -> None:
        """The next picture is another view: begin anew, as after `Health.moved`."""
        self._told_to_restart = True

    def _heal_region(self, region: Region) -> None:
        where = np.zeros(self._rest.code.shape, bool)
        where[region.window] = region.mask
        self._heal(where)

    def _heal(self, where: Mask) -> None:
        # One pixel of rim: the bounds of the reference span a neighbourhood.
        wide = widened(where) & (self._rest.code != Code.COVERED)
        self._reference.heal(self._picture, wide, self._rest.credit)
        self._rest.drop(wide)

    def _view(self, media_time: float, share: float, *, inhibited: bool) -> ChangeView:
        unknown = self._reference.unknown
        unknown_share = int(np.count_nonzero(unknown)) / unknown.size
        return ChangeView(
            media_time=media_time,
            scale=self._scale,
            code=self._rest.code,
            age=self._rest.age(media_time),
            unknown=unknown,
            blobs=tuple(region.blob for region in self._regions),
            changed_share=share,
            unknown_share=unknown_share,
            inhibited=inhibited,
            warm=unknown_share < 0.5 and not inhibited,
            restarted_at=self._restarted_at,
            restart_reason=self._reason,
        )

    # -- questions and decisions of the deposit engine ------------------------------------------

    def heal(self, box: Box, mask: NDArray[np.bool_] | None = None) -> None:
        """Take a region for background as it looks now: a ghost, or what was rejected for good.

        Pixels behind actors are left alone.

        Args:
            box: px of the analysis picture.
            mask: (h, w) bool over the box (`Blob.mask`), else the whole box.
        """
        self._heal(self._model_mask(box, mask))

    def reference_image(self) -> Image:
        """The clean reference at the size of the analysis picture, (h, w, 3) uint8 BGR.

        In the light of the reference; black where nothing is known yet.
        """
        small = self._reference.picture()
        small[self._reference.seen == 0] = 0
        return resized(small, self._size, cv2.INTER_LINEAR)

    def current_image(self) -> Image:
        """The last frame as the model saw it: in the light of the reference, analysis size."""
        return resized(bgr(self._picture), self._size, cv2.INTER_LINEAR)

    def noise_within(self, box: Box) -> float:
        """Standard deviation of the noise under a box, grey levels of the model picture."""
        return 1.25 * float(np.median(self._reference.noise[self._window(box)]))

    def known_since(self, box: Box) -> float:
        """When a place was first seen free of actors, 80th percentile, s; infinite if never."""
        since = self._reference.since[self._window(box)]
        return float(np.percentile(since, 80, method="lower"))

    def patch_matches_reference(
        self, box: Box, image: Image, mask: NDArray[np.bool_] | None = None
    ) -> float:
        """Share of a region of any picture of this camera that looks like the reference, 0..1.

        Args:
            box: px of the analysis picture.
            image: (h, w, 3) uint8 BGR of the analysis size, now or earlier.
            mask: (h, w) bool over the box, else the whole box.

        Raises:
            ValueError: the picture is of another size than the analysis picture.
        """
        if (image.shape[1], image.shape[0]) != self._size:
            raise ValueError(f"picture is {image.shape[1]}x{image.shape[0]}, not {self._size}")
        where = self._model_mask(box, mask)
        differs = self._reference.differs(self._reference.normalised(self._small(Picture(image))))
        return 1.0 - float((differs[where] > 0).mean())

    def _window(self, box: Box) -> tuple[slice, slice]:
        return window_of(box, self._scale, self._rest.code.shape)

    def _model_mask(self, box: Box, mask: NDArray[np.bool_] | None) -> Mask:
        """(h, w) bool of the model picture."""
        where = np.zeros(self._rest.code.shape, bool)
        window = self._window(box)
        if mask is None:
            where[window] = True
            return where
        shape = where[window].shape
        small = cv2.resize(
            mask.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_AREA
        )
        where[window] = small >= min(0.5, float(small.max()))
        return where

    # -- surviving a restart --------------------------------------------------------------------

    def state(self) -> dict[str, NDArray[np.generic]]:
        """The references of every mode seen, as arrays by name; for `restore`."""
        arrays: dict[str, NDArray[np.generic]] = {"size": np.array(self._size, np.int64)}
        for mode, reference in self._references.items():
            for name, array in reference.state().items():
                arrays[f"{mode}.{name}"] = array
        return arrays

    def restore(self, state: Mapping[str, NDArray[np.generic]], media_time: float = 0.0) -> None:
        """Begin with references saved by `state`, so that no warm-up is needed.

        Args:
            state: arrays by name.
            media_time: of the next frame, s.

        Raises:
            ValueError: the arrays do not belong together; nothing was changed.
        """
        width, height = (int(v) for v in state["size"])
        references = {}
        for mode in {name.split(".")[0] for name in state if "." in name}:
            shape = state[f"{mode}.mean"].shape[:2]
            reference = CleanReference((shape[0], shape[1]), self.parameters)
            reference.restore(
                {name.split(".")[1]: state[name] for name in state if name.startswith(f"{mode}.")},
                media_time,
            )
            references[mode] = reference
        self._references_of, self._references = (width, height), references
        self._size = (0, 0)

    def settle(self, known: Sequence[tuple[Box, NDArray[np.bool_]]]) -> None:
        """Doubt the restored references wherever nothing known lies: nobody looked for too long.

        What came meanwhile cannot be laid to anybody, least of all to who stands before it now. So
        every pixel must first be seen free of actors again, and where it has changed the first
        sight counts, as at a start. When most of the next picture is another, the references are of
        another view and are dropped.

        Args:
            known: (box, mask) of things that stay changes, px of the analysis picture.
        """
        self._settling = tuple(known)

    def _settle(self, covered: Bytes, media_time: float) -> None:
        known, self._settling = self._settling or (), None
        other = self._reference.differs(self._picture) > 0
        free = (covered == 0) & (self._reference.seen > 0)
        if np.count_nonzero(other & free) > self.parameters.freeze_share * max(1, free.sum()):
            self._references.clear()
            self._begin(bgr(self._picture), media_time, "scene")
            return
        lies = np.zeros(free.shape, bool)
        for box, mask in known:
            lies |= widened(self._model_mask(box, mask))
        self._reference.doubt(~lies)


def _share_changed(judged: Bytes, known: Bytes, covered: Bytes) -> float:
    free = both(known, inverse(covered))
    total = cv2.countNonZero(free)
    return cv2.countNonZero(both(judged, free)) / total if total else 0.0
