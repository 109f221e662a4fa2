"""One value, one text, one hash."""

import json
import math
from datetime import UTC, datetime
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.detector.types import EventState
from litterwatch.service.canonical import JsonValue, canonical_json, plain, sha256_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
LEAVES: st.SearchStrategy[JsonValue] = st.one_of(
    st.none(), st.booleans(), st.integers(), TEXT, FLOATS
)
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=12,
)


@given(value=VALUES)
def test_reading_it_back_and_writing_it_again_gives_the_same(value: JsonValue) -> None:
    text = canonical_json(value)
    assert canonical_json(json.loads(text)) == text


@given(pairs=st.lists(st.tuples(TEXT, LEAVES), unique_by=lambda pair: pair[0], max_size=6))
def test_the_order_of_keys_does_not_matter(pairs: list[tuple[str, JsonValue]]) -> None:
    assert sha256_of(dict(pairs)) == sha256_of(dict(reversed(pairs)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (-0.0, "0.0"),
        (-1e-9, "0.0"),
        (1.0, "1.0"),
        (1, "1"),
        (1e22, "1e+22"),
        (True, "true"),
        (None, "null"),
        ("Cao Bằng", '"Cao Bằng"'),
        ((1, 2), "[1,2]"),
        (EventState.CONFIRMED, '"confirmed"'),
        ({"b": 1, "a": {"d": 2, "c": 3}}, '{"a":{"c":3,"d":2},"b":1}'),
    ],
)
def test_each_value_has_one_form(value: JsonValue, text: str) -> None:
    assert canonical_json(value).decode() == text


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        canonical_json({"score": value})


@pytest.mark.parametrize("value", [b"bytes", datetime(2026, 5, 4, tzinfo=UTC), {1, 2}])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="cannot be written"):
        plain(cast("JsonValue", value))


def test_the_known_hash_of_a_known_value() -> None:
    # sha256sum of the eight bytes {"a":[]}
    assert sha256_of({"a": []}) == sha256_of(json.loads('{ "a" : [ ] }'))
    assert sha256_of({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
