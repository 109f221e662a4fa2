"""Waits before a camera is tried again."""

import random

from litterwatch.camera_adapters.backoff import FIRST_REFUSED, LONGEST, LONGEST_REFUSED, Backoff
from litterwatch.detector.errors import SourceAuthFailed, SourceUnavailable, SourceUntrusted

GONE, REFUSED = SourceUnavailable("gone"), SourceAuthFailed("refused")


def waits(error: SourceUnavailable | SourceAuthFailed, count: int, seed: int = 1) -> list[float]:
    backoff = Backoff(random.Random(seed))  # noqa: S311
    return [backoff.next(error) for _ in range(count)]


def test_waits_double_up_to_a_limit_and_for_ever() -> None:
    many = waits(GONE, 5000)
    assert all(0.5 * min(15.0, 0.5 * 2**n) <= wait <= 15.0 for n, wait in enumerate(many[:40]))
    assert max(many) <= LONGEST


def test_cameras_do_not_come_back_as_one() -> None:
    assert len({waits(GONE, 6, seed)[-1] for seed in range(24)}) == 24


def test_a_refused_password_is_not_hammered() -> None:
    refused = waits(REFUSED, 8)
    assert refused[0] == FIRST_REFUSED
    assert refused[-1] == LONGEST_REFUSED
    # A camera that locks an account after five refusals within half an hour is left alone.
    assert sum(refused[:4]) > 1800


def test_a_refusal_after_a_long_outage_is_the_first_one() -> None:
    backoff = Backoff(random.Random(1))  # noqa: S311
    for _ in range(50):
        backoff.next(GONE)
    assert [backoff.next(REFUSED), backoff.next(REFUSED)] == [FIRST_REFUSED, 2 * FIRST_REFUSED]
    assert backoff.next(GONE) > 7, "the outage goes on where it was"


def test_a_certificate_that_is_not_believed_is_for_a_person_to_look_at() -> None:
    assert Backoff(random.Random(1)).next(SourceUntrusted("other")) == FIRST_REFUSED  # noqa: S311


def test_pictures_make_the_next_failure_a_new_one() -> None:
    backoff = Backoff(random.Random(1))  # noqa: S311
    for _ in range(6):
        backoff.next(GONE)
    backoff.reset()
    assert backoff.next(GONE) <= 0.5
