"""The queue between decoding and analysis."""

import threading

import pytest

from litterwatch.camera_adapters.handover import Handover


def test_items_come_in_order_and_then_none() -> None:
    handover: Handover[int] = Handover(3)
    assert [handover.put(n) for n in range(3)] == [True, True, True]
    handover.finish()
    assert [handover.get() for _ in range(5)] == [0, 1, 2, None, None]


def test_an_error_comes_after_the_items_and_once() -> None:
    handover: Handover[int] = Handover(2)
    handover.put(7)
    handover.finish(ValueError("broken"))
    assert handover.get() == 7
    with pytest.raises(ValueError, match="broken"):
        handover.get()
    assert handover.get() is None


def test_the_giver_waits_until_there_is_room() -> None:
    handover: Handover[int] = Handover(1)
    given: list[int] = []

    def give() -> None:
        for n in range(20):
            handover.put(n)
            given.append(n)
        handover.finish()

    thread = threading.Thread(target=give)
    thread.start()
    taken = []
    while (item := handover.get()) is not None:
        # One lies in the queue and one may just have been given.
        assert len(given) <= item + 2
        taken.append(item)
    thread.join()
    assert taken == list(range(20))


def test_closing_lets_a_waiting_giver_go() -> None:
    handover: Handover[int] = Handover(1)
    handover.put(0)
    results: list[bool] = []
    thread = threading.Thread(target=lambda: results.append(handover.put(1)))
    thread.start()
    handover.close()
    thread.join()
    assert results == [False]
    assert handover.get() is None


def test_closing_drops_items_and_errors() -> None:
    handover: Handover[int] = Handover(4)
    handover.put(1)
    handover.finish(ValueError("late"))
    handover.close()
    handover.close()
    assert handover.get() is None


def test_a_queue_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="capacity"):
        Handover(0)
