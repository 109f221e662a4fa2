"""One way to write a value as bytes, so that its SHA-256 means the same everywhere.

JSON, UTF-8, keys sorted, no blanks. Floats are rounded to six decimals (a microsecond, a millionth
of a pixel: below anything measured here) and written in Python's shortest form; -0.0 becomes 0.0.
What JSON cannot say (NaN, infinity, dates, bytes) is refused rather than guessed.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence

JsonValue = None | bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
"""What may stand in a manifest, a custody row or a settings digest."""

DECIMALS = 6


def plain(value: JsonValue) -> JsonValue:
    """The same value with floats rounded, tuples as lists and mappings as dicts.

    Raises:
        ValueError: a float that is not finite.
        TypeError: something that JSON cannot say.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)  # a member of an enumeration becomes its text
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("a number that is not finite has no place in a record")
        return round(float(value), DECIMALS) + 0.0
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def canonical_json(value: JsonValue) -> bytes:
    """The one way to write `value`."""
    text = json.dumps(
        plain(value), ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )
    return text.encode()


def sha256_of(value: JsonValue) -> str:
    """SHA-256, hex, of the canonical form."""
    return hashlib.sha256(canonical_json(value)).hexdigest()
