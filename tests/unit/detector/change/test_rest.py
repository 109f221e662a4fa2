"""What rests: a candidate with credit always knows when it came."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from litterwatch.detector.change.rest import RestingChange
from litterwatch.detector.change.view import ChangeParameters

SHAPE = (4, 6)
FRAMES = st.lists(
    st.tuples(
        st.integers(0, 2),  # which of three things is to be seen
        st.sampled_from(["nothing", "changed", "covered"]),
        st.booleans(),  # whether what rests is forgotten after the frame
    ),
    min_size=3,
    max_size=25,
)


def look(rest: RestingChange, thing: int, kind: str, media_time: float) -> None:
    picture = np.full((*SHAPE, 3), (40, 120, 200)[thing], np.uint8)
    everywhere, nowhere = np.full(SHAPE, 255, np.uint8), np.zeros(SHAPE, np.uint8)
    rest.update(
        picture,
        differs=everywhere if kind != "nothing" else nowhere,
        covered=everywhere if kind == "covered" else nowhere,
        step=np.full((*SHAPE, 3), 10, np.uint8),
        media_time=media_time,
        dt=0.2,
    )


@given(frames=FRAMES)
@settings(max_examples=150, deadline=None)
def test_what_has_credit_has_a_beginning(frames: list[tuple[int, str, bool]]) -> None:
    rest = RestingChange(SHAPE, ChangeParameters())
    for number, (thing, kind, is_forgotten) in enumerate(frames):
        now = 0.2 * number
        look(rest, thing, kind, now)
        began = rest.changed_at[rest.credit > 0]
        assert np.isfinite(began).all()
        assert (began <= np.float32(now)).all()
        if is_forgotten:
            rest.drop(np.ones(SHAPE, bool))


def test_what_is_forgotten_and_still_differs_begins_then() -> None:
    rest = RestingChange(SHAPE, ChangeParameters())
    for number in range(4):
        look(rest, 2, "changed", 0.2 * number)
    rest.drop(np.ones(SHAPE, bool))
    for number in range(4, 10):
        look(rest, 2, "changed", 0.2 * number)
    assert (rest.credit > 0).all()
    np.testing.assert_allclose(rest.changed_at, 0.8)
