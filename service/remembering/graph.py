"""A pipeline with everything it holds as plain JSON and arrays, and back, bit for bit.

No pickle: a file in the data folder must never be able to run anything. What is written are values,
collections, arrays, and objects of the detector's own classes by name; what is read back is made
without calling anything of theirs, and any other class is refused. Things that are shared stay
shared, also in circles.
"""

import importlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from itertools import count
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.errors import MemoryUnusable

_OURS: Final = "litterwatch.detector."
_TAG, _SAME = "is", "same"
Plain = Any
"""None, bool, int, float, str, or a list or dict of these."""


@dataclass(slots=True)
class Written:
    """What `write` gives.

    Attributes:
        document: as JSON can say it.
        arrays: in the order in which the document names them.
    """

    document: Plain
    arrays: list[NDArray[Any]]


def write(root: object) -> Written:
    """Take everything that hangs on an object.

    Raises:
        TypeError: something hangs on it that this format cannot say.
    """
    writer = _Writer()
    return Written(writer.said(root), writer.arrays)


def read(document: Plain, arrays: Sequence[NDArray[Any]]) -> object:
    """What was written.

    Raises:
        MemoryUnusable: the document is not one of ours.
    """
    try:
        return _Reader(arrays).made(document)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, ImportError) as error:
        raise MemoryUnusable(
            f"What was remembered cannot be understood ({type(error).__name__}: {error})."
        ) from error


def upcoming(numbers: Iterator[int]) -> int:
    """What `itertools.count` would give next, without taking it.

    Raises:
        TypeError: it is another iterator.
    """
    if not isinstance(numbers, count):
        raise TypeError(f"{type(numbers).__name__} is no count of whole numbers")
    return int(repr(numbers)[len("count(") : -1])


@dataclass(slots=True)
class _Writer:
    arrays: list[NDArray[Any]] = field(default_factory=list)
    _numbers: dict[int, int] = field(default_factory=dict)
    _kept: list[object] = field(default_factory=list)

    def said(self, value: object) -> Plain:
        if value is None or type(value) in (bool, int, float, str):
            return value
        number = self._numbers.get(id(value))
        if number is not None:
            return {_TAG: _SAME, "n": number}
        if isinstance(value, Enum):
            return {_TAG: "enum", "c": _name(type(value)), "v": value.value}
        if isinstance(value, np.generic):
            return {_TAG: "scalar", "a": self._array(np.asarray(value))}
        # Its number is taken before its parts are written, so that they may lead back to it.
        number = self._numbers[id(value)] = len(self._numbers)
        self._kept.append(value)  # an id may be given to another object once this one is gone
        return {"n": number, **self._parts(value)}

    def _parts(self, value: object) -> dict[str, Plain]:
        found = self._atom(value) or self._collection(value)
        if found is None:
            state = {name: self.said(part) for name, part in _attributes(value)}
            found = {_TAG: "object", "c": _name(type(value)), "v": state}
        return found

    def _atom(self, value: object) -> dict[str, Plain] | None:
        if isinstance(value, np.ndarray):
            return {_TAG: "array", "a": self._array(value)}
        if isinstance(value, count):
            return {_TAG: "count", "v": upcoming(value)}
        if isinstance(value, datetime):
            return {_TAG: "time", "v": value.isoformat()}
        return None

    def _collection(self, value: object) -> dict[str, Plain] | None:
        if isinstance(value, Mapping):
            return self._mapping(value)
        if isinstance(value, slice):
            return {_TAG: "slice", "v": self._every((value.start, value.stop, value.step))}
        if isinstance(value, deque):
            return {_TAG: "deque", "m": value.maxlen, "v": self._every(value)}
        name = _COLLECTIONS.get(type(value))
        if name is not None:
            return {_TAG: name, "v": self._every(_ordered(value))}
        if isinstance(value, tuple):
            return {_TAG: "named", "c": _name(type(value)), "v": self._every(value)}
        return None

    def _every(self, values: Iterable[object]) -> list[Plain]:
        return [self.said(value) for value in values]

    def _mapping(self, value: Mapping[Any, Any]) -> dict[str, Plain]:
        name = {dict: "dict", Counter: "counter"}.get(type(value))
        if name is None:
            raise TypeError(f"a {type(value).__name__} cannot be remembered")
        return {_TAG: name, "v": [[self.said(k), self.said(v)] for k, v in value.items()]}

    def _array(self, array: NDArray[Any]) -> int:
        if array.dtype.hasobject:
            raise TypeError("an array of objects cannot be remembered")
        self.arrays.append(array)
        return len(self.arrays) - 1


_COLLECTIONS: Final[dict[type, str]] = {
    list: "list",
    tuple: "tuple",
    set: "set",
    frozenset: "frozenset",
}


def _ordered(value: Any) -> list[Any]:
    """Sets in an order of their own, so that the same state gives the same bytes."""
    return sorted(value, key=repr) if isinstance(value, set | frozenset) else list(value)


def _attributes(value: object) -> Iterator[tuple[str, object]]:
    for kind in type(value).__mro__:
        for name in _slots(kind):
            if hasattr(value, name):
                yield name, getattr(value, name)
    yield from getattr(value, "__dict__", {}).items()


def _slots(kind: type) -> Sequence[str]:
    slots = kind.__dict__.get("__slots__", ())
    return [s for s in ((slots,) if isinstance(slots, str) else slots) if s != "__weakref__"]


def _name(kind: type) -> str:
    if not kind.__module__.startswith(_OURS):
        raise TypeError(f"a {kind.__module__}.{kind.__qualname__} cannot be remembered")
    return f"{kind.__module__}:{kind.__qualname__}"


def _kind(name: str) -> type:
    """The class of that name, of the detector and no other."""
    module, _, qualname = name.partition(":")
    if not module.startswith(_OURS) or not qualname.isidentifier():
        raise TypeError(f"{name} is no class of the detector")
    kind = getattr(importlib.import_module(module), qualname)
    if not isinstance(kind, type) or kind.__module__ != module:
        raise TypeError(f"{name} is no class of the detector")
    return kind


@dataclass(slots=True)
class _Reader:
    arrays: Sequence[NDArray[Any]]
    _known: dict[int, object] = field(default_factory=dict)

    def made(self, said: Plain) -> Any:
        if said is None or isinstance(said, bool | int | float | str):
            return said
        what = said[_TAG]
        if what == _SAME:
            return self._known[said["n"]]
        if what == "enum":
            return _kind(said["c"])(said["v"])
        if what == "scalar":
            return self.arrays[said["a"]][()]
        if what == "object":
            return self._object(said)
        value = self._values()[what](said)
        self._known[said["n"]] = value
        if what in _FILLED:
            self._fill(value, said)
        return value

    def _values(self) -> Mapping[str, Callable[[Plain], object]]:
        """How each thing begins; those of `_FILLED` are filled when they are known."""
        return {
            "array": lambda said: self.arrays[said["a"]],
            "count": lambda said: count(said["v"]),
            "time": lambda said: datetime.fromisoformat(said["v"]),
            "slice": lambda said: slice(*self._all(said)),
            "named": lambda said: _kind(said["c"])(*self._all(said)),
            "tuple": lambda said: tuple(self._all(said)),
            "frozenset": lambda said: frozenset(self._all(said)),
            "set": lambda said: set(self._all(said)),
            "list": lambda _: [],
            "deque": lambda said: deque(maxlen=said["m"]),
            "dict": lambda _: {},
            "counter": lambda _: Counter(),
        }

    def _all(self, said: Plain) -> list[Any]:
        return [self.made(part) for part in said["v"]]

    def _fill(self, value: Any, said: Plain) -> None:
        if isinstance(value, dict):
            for key, part in said["v"]:
                value[self.made(key)] = self.made(part)
        else:
            for part in said["v"]:
                value.append(self.made(part))

    def _object(self, said: Plain) -> object:
        value: object = object.__new__(_kind(said["c"]))
        self._known[said["n"]] = value
        for name, part in said["v"].items():
            object.__setattr__(value, name, self.made(part))
        return value


_FILLED: Final = frozenset({"list", "deque", "dict", "counter"})
