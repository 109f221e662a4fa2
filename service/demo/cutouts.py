"""People and a bus cut out of the photograph.

The outlines were traced by hand on a magnified print, in pixels of the photograph; at the sizes
used here (less than half) a fixed outline with a soft edge is as good as a learned matte, and the
same on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.types import Image
from litterwatch.service.demo.surfaces import lay_over

Outline = Sequence[tuple[int, int]]

# fmt: off
MAN_IN_BEIGE: Final[Outline] = (
    (103, 412), (108, 405), (117, 400), (128, 398), (140, 399), (150, 403), (156, 409), (157, 418),
    (154, 424), (156, 430), (157, 438), (154, 444), (153, 452), (150, 459), (148, 465), (152, 467),
    (158, 472), (164, 480), (170, 488), (175, 495), (176, 500), (180, 503), (183, 509), (181, 516),
    (184, 523), (186, 531), (191, 540), (196, 548), (200, 557), (201, 570), (200, 583), (196, 590),
    (188, 596), (180, 600), (183, 612), (186, 625), (188, 640), (190, 655), (191, 670), (193, 686),
    (190, 691), (184, 692), (179, 690), (178, 698), (180, 710), (184, 730), (187, 750), (190, 770),
    (193, 790), (196, 810), (199, 830), (203, 850), (207, 858), (214, 864), (222, 872), (236, 877),
    (245, 881), (244, 885), (236, 889), (222, 893), (205, 897), (190, 898), (180, 897), (176, 894),
    (176, 880), (177, 865), (178, 855), (174, 850), (170, 835), (164, 815), (159, 795), (154, 780),
    (148, 760), (143, 745), (137, 730), (130, 715), (123, 703), (119, 705), (117, 715), (114, 732),
    (111, 745), (107, 765), (101, 773), (98, 785), (95, 800), (91, 820), (88, 840), (86, 851),
    (91, 860), (97, 868), (103, 878), (107, 887), (106, 894), (101, 898), (90, 899), (78, 897),
    (65, 894), (55, 889), (51, 884), (53, 874), (56, 862), (60, 855), (59, 850), (60, 835),
    (61, 818), (70, 807), (77, 796), (78, 785), (78, 772), (77, 760), (75, 740), (74, 720),
    (75, 701), (62, 698), (60, 690), (60, 660), (61, 630), (63, 600), (64, 585), (64, 575),
    (61, 566), (60, 557), (62, 548), (64, 540), (62, 525), (61, 510), (63, 500), (66, 494),
    (72, 488), (82, 480), (92, 472), (97, 464), (98, 452), (103, 446), (105, 440), (103, 436),
    (104, 425),
)
MAN_IN_BLACK: Final[Outline] = (
    (264, 420), (268, 411), (276, 407), (287, 406), (296, 409), (303, 415), (305, 425), (306, 438),
    (308, 442), (306, 449), (306, 458), (303, 466), (302, 474), (304, 480), (312, 483), (322, 487),
    (330, 490), (335, 498), (337, 510), (339, 525), (341, 540), (342, 550), (340, 560), (333, 566),
    (325, 568), (321, 568), (322, 580), (326, 600), (328, 620), (331, 640), (333, 660), (336, 680),
    (338, 690), (336, 694), (339, 700), (341, 712), (338, 725), (330, 736), (322, 745), (312, 757),
    (303, 768), (294, 777), (286, 780), (288, 790), (291, 799), (297, 807), (299, 815), (297, 819),
    (291, 820), (284, 817), (280, 812), (279, 820), (284, 828), (288, 838), (292, 846), (293, 853),
    (290, 858), (278, 857), (266, 853), (258, 848), (255, 842), (257, 832), (258, 822), (256, 818),
    (253, 800), (250, 780), (247, 765), (245, 750), (243, 730), (243, 705), (242, 703), (226, 698),
    (225, 690), (228, 670), (230, 650), (232, 630), (236, 615), (240, 600), (240, 590), (235, 582),
    (236, 570), (239, 555), (238, 540), (237, 530), (236, 522), (237, 515), (241, 505), (246, 498),
    (252, 493), (262, 488), (270, 481), (273, 473), (270, 467), (268, 455), (264, 448), (263, 440),
    (264, 430),
)
REAR_OF_BUS: Final[Outline] = (
    (388, 239), (450, 245), (560, 256), (680, 272), (735, 290), (745, 303), (792, 313), (800, 335),
    (801, 390), (798, 450), (786, 540), (770, 600), (756, 650), (744, 668), (722, 676), (704, 668),
    (693, 655), (388, 695),
)
_PASSER_BY_BEFORE_BUS: Final[Outline] = (
    (715, 540), (765, 490), (765, 385), (810, 385), (810, 600), (750, 600), (740, 575), (715, 562),
)
# fmt: on


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """A picture with a soft outline.

    Attributes:
        bgr: (h, w, 3) float32 0..255.
        alpha: (h, w) float32 0..1.
        foot: (x, y) of the point that stands on the ground, px of the cutout.
        tall: height of the thing itself, px of the cutout.
    """

    bgr: NDArray[np.float32]
    alpha: NDArray[np.float32]
    foot: tuple[float, float]
    tall: float

    def mirrored(self) -> "Cutout":
        """Left and right exchanged."""
        width = self.alpha.shape[1]
        return Cutout(
            np.ascontiguousarray(self.bgr[:, ::-1]),
            np.ascontiguousarray(self.alpha[:, ::-1]),
            (width - 1 - self.foot[0], self.foot[1]),
            self.tall,
        )

    def scaled(self, factor: float) -> "Cutout":
        """Made smaller, averaged over area."""
        size = (
            max(1, round(self.alpha.shape[1] * factor)),
            max(1, round(self.alpha.shape[0] * factor)),
        )
        # Colours are weighted by alpha, so that the old surroundings do not bleed into the edge.
        weighted = cv2.resize(self.bgr * self.alpha[..., None], size, interpolation=cv2.INTER_AREA)
        alpha = cv2.resize(self.alpha, size, interpolation=cv2.INTER_AREA)
        bgr = weighted / np.maximum(alpha, 1e-3)[..., None]
        return Cutout(
            np.asarray(bgr, np.float32),
            np.asarray(alpha, np.float32),
            (self.foot[0] * factor, self.foot[1] * factor),
            self.tall * factor,
        )

    def tinted(self, gains: tuple[float, float, float], rows: tuple[float, float]) -> "Cutout":
        """Pale parts between two rows (shares of the height) dyed, as another coat.

        Args:
            gains: of blue, green and red.
            rows: from and to, 0 at the top.
        """
        height = self.alpha.shape[0]
        saturation = self.bgr.max(axis=2) - self.bgr.min(axis=2)
        pale = np.clip((self.bgr.mean(axis=2) - 60) / 60, 0, 1) * np.clip(2 - saturation / 45, 0, 1)
        row = np.arange(height, dtype=np.float32)[:, None] / height
        inside = np.clip((row - rows[0]) / 0.02, 0, 1) * np.clip((rows[1] - row) / 0.02, 0, 1)
        weight = cv2.GaussianBlur((pale * inside).astype(np.float32), (0, 0), 1.5)[..., None]
        factor = 1 + weight * (np.array(gains, np.float32) - 1)
        return Cutout(np.asarray(self.bgr * factor, np.float32), self.alpha, self.foot, self.tall)


def cut_out(photo: Image, outline: Outline, axis: float) -> Cutout:
    """What lies inside the outline, with a margin of 4 px and an edge one pixel soft.

    Args:
        photo: the photograph.
        outline: traced in its pixels.
        axis: column of the photograph over which the body balances.
    """
    corners = np.array(outline, np.int32)
    left, top = corners.min(axis=0) - 4
    right, bottom = corners.max(axis=0) + 5
    left, top = max(left, 0), max(top, 0)
    right, bottom = min(right, photo.shape[1]), min(bottom, photo.shape[0])
    mask = np.zeros(photo.shape[:2], np.uint8)
    cv2.fillPoly(mask, [corners], 255, lineType=cv2.LINE_AA)
    soft = cv2.GaussianBlur(mask[top:bottom, left:right].astype(np.float32) / 255, (0, 0), 1.0)
    # The soft edge is moved half a pixel inwards: outside it the photograph's street begins.
    alpha = np.clip(soft * 1.35 - 0.35, 0, 1).astype(np.float32)
    tall = float(corners[:, 1].max() - corners[:, 1].min())
    foot = (axis - left, float(corners[:, 1].max()) - top)
    return Cutout(photo[top:bottom, left:right].astype(np.float32), alpha, foot, tall)


def man_in_beige(photo: Image) -> Cutout:
    """He walks to the right, arms folded."""
    return cut_out(photo, MAN_IN_BEIGE, axis=130)


def man_in_olive(photo: Image) -> Cutout:
    """The same man in another coat."""
    return man_in_beige(photo).tinted((0.42, 0.56, 0.52), rows=(0.08, 0.66))


def man_in_black(photo: Image) -> Cutout:
    """He walks to the right, one hand hanging."""
    return cut_out(photo, MAN_IN_BLACK, axis=280)


def cut_out_bus(photo: Image) -> Cutout:
    """The rear two thirds of the bus; what stands before it is painted over from beside it."""
    bollards = np.zeros(photo.shape[:2], np.uint8)
    bollards[652:700, 420:470] = 255
    bollards[615:700, 655:692] = 255
    mended = np.asarray(cv2.inpaint(photo, bollards, 5, cv2.INPAINT_TELEA), np.uint8)
    return cut_out(_without_passer_by(mended), REAR_OF_BUS, axis=388)


def _without_passer_by(photo: Image) -> Image:
    """The side of the bus continued to the right of column 688 along its vanishing lines."""
    column, first, last = 688, 385, 700
    rows, columns = np.mgrid[first:last, column : photo.shape[1]].astype(np.float32)
    slope = 0.13 - 0.28 * (rows - 330) / 340
    source_rows = rows - slope * (columns - column)
    source_columns = column - 0.35 * np.abs((columns - column + 40) % 80 - 40)
    drawn = cv2.remap(photo, np.asarray(source_columns, np.float32), source_rows, cv2.INTER_LINEAR)
    hidden = np.zeros(photo.shape[:2], np.uint8)
    cv2.fillPoly(hidden, [np.array(_PASSER_BY_BEFORE_BUS)], 255)
    soft = np.asarray(cv2.GaussianBlur(hidden / 255, (0, 0), 2), np.float32)
    result = photo.copy()
    patch = np.asarray(drawn, np.float32)
    lay_over(result[first:last, column:], patch, soft[first:last, column:], (0, 0))
    return result
