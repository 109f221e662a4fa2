"""Views of a change model, as a test wants them."""

import numpy as np

from litterwatch.detector.change.pixels import Bytes
from litterwatch.detector.change.view import ChangeView


def scripted_view(
    media_time: float, code: Bytes | None = None, scale: tuple[float, float] = (2.0, 2.0)
) -> ChangeView:
    """A warm view without regions, in which nothing has rested yet.

    Args:
        media_time: of the frame, s.
        code: (h, w) what each pixel is; nothing but background in 120 x 160 px if left out.
        scale: px of the analysis picture in one of `code`, x and y.
    """
    seen = np.zeros((120, 160), np.uint8) if code is None else code
    return ChangeView(
        media_time,
        scale,
        seen,
        np.zeros(seen.shape, np.float32),
        np.zeros(seen.shape, bool),
        (),
        0.0,
        0.0,
        inhibited=False,
        warm=True,
        restarted_at=0.0,
        restart_reason="start",
    )
