"""A bounded queue from one thread to another that either side can end."""

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Handover(Generic[T]):
    """Hands items over in order; the giver waits while `capacity` items lie untaken.

    The giver ends with `finish`, perhaps with an error, which the taker gets after the items given
    before. The taker ends with `close`, which lets a waiting giver go. Waiting costs nothing and
    Ctrl-C interrupts it in the main thread.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be 1 or more, got {capacity}")
        self._capacity = capacity
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._finished = False
        self._closed = False
        self._error: Exception | None = None

    def put(self, item: T) -> bool:
        """Give an item; False when nobody takes any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._items) < self._capacity)
            if self._closed:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def finish(self, error: Exception | None = None) -> None:
        """Nothing more will be given, because of `error` if there is one."""
        with self._changed:
            self._finished = True
            self._error = error
            self._changed.notify_all()

    def get(self) -> T | None:
        """The next item, or None after the last.

        Raises:
            Exception: the error the giver finished with, once.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._finished or bool(self._items))
            if self._items and not self._closed:
                item = self._items.popleft()
                self._changed.notify_all()
                return item
            error, self._error = self._error, None
        if error is not None and not self._closed:
            raise error
        return None

    def close(self) -> None:
        """Nothing more is taken; what lies untaken is dropped."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether the taker has ended it."""
        return self._closed
