"""What can be remembered and what is refused: other classes, torn files, other formats."""

import hashlib
import io
import json
import pickle
import zipfile
from collections import Counter, deque
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.detector.deposits.history import Tracklet
from litterwatch.detector.errors import MemoryUnusable
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Label
from litterwatch.service.remembering import file as memory_file
from litterwatch.service.remembering.file import (
    Contents,
    packed,
    read_memory,
    unpacked,
    write_memory,
)
from litterwatch.service.remembering.graph import read, upcoming, write

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=3)
        | st.frozensets(st.integers(), max_size=3)
    ),
    max_leaves=12,
)


def through(value: object) -> Any:
    written = write(value)
    return read(json.loads(json.dumps(written.document)), written.arrays)


@given(plain)
def test_values_come_back_as_they_were(value: object) -> None:
    again = through(value)
    assert again == value
    assert type(again) is type(value)


def test_collections_arrays_and_objects_come_back() -> None:
    box = Box(1.0, 2.0, 3.5, 4.0)
    value = {
        "deque": deque([1, 2], maxlen=5),
        "counter": Counter(a=2),
        "time": datetime(2026, 1, 2, tzinfo=UTC),
        "slice": slice(1, None, 2),
        "label": Label.PERSON,
        "scalar": np.float32(0.1),
        "track": Tracklet(3, Label.PERSON, [1.0, 2.0], [box, box]),
        "infinite": float("inf"),
        (1, "b"): {4, 5},
    }
    again = through(value)
    assert again == value
    assert again["deque"].maxlen == 5
    assert again["scalar"].dtype == np.float32
    assert again["track"].boxes[0] is again["track"].boxes[1]
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert np.array_equal(through([array])[0], array)


def test_circles_close() -> None:
    circle: list[Any] = [1]
    circle.append(circle)
    again = through(circle)
    assert again[1] is again


def test_a_count_goes_on_where_it_was_and_loses_none() -> None:
    numbers = count(1)
    assert list(islice(numbers, 3)) == [1, 2, 3]
    again = through(numbers)
    assert next(again) == 4
    assert upcoming(numbers) == 4
    assert next(numbers) == 4


@pytest.mark.parametrize("value", [Path("x"), print, object(), np.array([None]), 1j])
def test_what_is_not_the_detectors_cannot_be_written(value: object) -> None:
    with pytest.raises(TypeError):
        write([value])


@pytest.mark.parametrize(
    "name",
    [
        "subprocess:Popen",
        "litterwatch.service.settings:Settings",
        "litterwatch.detector.geometry:hypot",
        "litterwatch.detector.geometry:np",
        "litterwatch.detector.pipeline:DepositEngine",
        "litterwatch.detector.geometry:Box.__class__",
        "litterwatch.detector.nowhere:Box",
    ],
)
def test_no_other_class_can_be_named(name: str) -> None:
    with pytest.raises(MemoryUnusable):
        read({"n": 0, "is": "object", "c": name, "v": {}}, [])


@pytest.mark.parametrize("document", [{}, {"is": "array", "n": 0, "a": 3}, {"is": "what"}, [1]])
def test_a_document_of_something_else_is_refused(document: Any) -> None:
    with pytest.raises(MemoryUnusable):
        read(document, [])


CONTENTS = Contents({"a": [1, 2.5]}, {"x": np.arange(20, dtype=np.uint8)})


def test_a_file_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "gate.memory"
    assert read_memory(path) is None
    size = write_memory(path, CONTENTS)
    assert path.stat().st_size == size
    again = read_memory(path)
    assert again is not None
    assert again.document == CONTENTS.document
    assert np.array_equal(again.arrays["x"], CONTENTS.arrays["x"])
    assert list(path.parent.iterdir()) == [path]


RAW = packed(CONTENTS)


@given(st.integers(0, len(RAW) - 1), st.integers(1, 255))
def test_any_changed_byte_is_seen(at: int, flip: int) -> None:
    changed = bytearray(RAW)
    changed[at] ^= flip
    with pytest.raises(MemoryUnusable):
        unpacked(bytes(changed))


@given(st.integers(0, len(RAW) - 1))
def test_a_torn_file_is_seen(length: int) -> None:
    with pytest.raises(MemoryUnusable):
        unpacked(RAW[:length])


def test_a_body_with_pickles_is_refused_though_its_hash_is_right() -> None:
    body, part = io.BytesIO(), io.BytesIO()
    np.save(part, np.array([{}], object), allow_pickle=True)
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("document", part.getvalue())
        archive.writestr("x", pickle.dumps({}))
    raw = body.getvalue()
    head = b"litterwatch-memory/1\n" + hashlib.sha256(raw).hexdigest().encode() + b"\n"
    with pytest.raises(MemoryUnusable, match="cannot be understood"):
        unpacked(head + raw)


def test_too_much_is_neither_written_nor_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "memory"
    write_memory(path, CONTENTS)
    monkeypatch.setattr(memory_file, "MOST_BYTES", 100)
    with pytest.raises(ValueError, match="more than a memory may have"):
        write_memory(path, CONTENTS)
    path.write_bytes(RAW + b"0" * 200)
    with pytest.raises(MemoryUnusable, match="larger"):
        read_memory(path)
