"""Taking a stream of JPEGs apart, whatever its boundaries are called."""

import re
from collections.abc import Iterator
from typing import Final

from litterwatch.detector.errors import SourceUnreadable

_LENGTH: Final = re.compile(rb"\r?\ncontent-length:\s*(\d+)\s*\r?\n", re.IGNORECASE)
_BEGIN: Final = b"\xff\xd8\xff"
_END: Final = b"\xff\xd9"


class JpegParts:
    """Finds the pictures in `multipart/x-mixed-replace`.

    Cameras announce other boundaries than they write, leave lengths out, or write wrong ones. A
    picture begins at the mark of JPEG; it ends after its announced length where a mark of its end
    stands there, else at the next mark of an end that a boundary follows.

    Args:
        largest: a longer part is refused, bytes.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._rest = b""

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Give bytes as they come; the pictures that are whole by now.

        Raises:
            SourceUnreadable: there is no end of a part, or no beginning.
        """
        self._rest += piece
        while (found := self._whole()) is not None:
            jpeg, self._rest = found
            yield jpeg
        if len(self._rest) > self._largest:
            raise SourceUnreadable(
                "The camera sends something that is no stream of pictures; check the address."
            )

    def _whole(self) -> tuple[bytes, bytes] | None:
        """The first picture and what comes after it."""
        begin = self._rest.find(_BEGIN)
        if begin < 0:
            return None
        announced = list(_LENGTH.finditer(self._rest, 0, begin))
        if announced:
            end = begin + int(announced[-1].group(1))
            if len(self._rest) < end:
                return None if end - begin <= self._largest else self._by_marks(begin)
            if self._rest[end - 2 : end] == _END:
                return self._rest[begin:end], self._rest[end:]
        return self._by_marks(begin)

    def _by_marks(self, begin: int) -> tuple[bytes, bytes] | None:
        """By the mark of the end, where a boundary follows; a thumbnail inside has an end too."""
        at = begin
        while (at := self._rest.find(_END, at + 2)) >= 0:
            after = self._rest[at + 2 : at + 2 + 4]
            if after.lstrip(b"\r\n").startswith(b"--"):
                return self._rest[begin : at + 2], self._rest[at + 2 :]
            if len(after) < 4:
                return None
        return None
