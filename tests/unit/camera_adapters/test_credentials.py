"""Passwords do not show, and addresses are freed of them."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.camera_adapters.credentials import (
    Credentials,
    Secret,
    holds_credentials,
    without_credentials,
)


def test_a_secret_does_not_show() -> None:
    secret = Secret("Tr0ub4dor&3")
    login = Credentials("admin", secret)
    shown = f"{secret}{secret!r}{login}{login!r}{vars(Secret)}"
    assert "Tr0ub4dor" not in shown
    assert secret.reveal() == "Tr0ub4dor&3"
    assert secret == Secret("Tr0ub4dor&3")
    assert secret != Secret("another")
    assert secret != "Tr0ub4dor&3"  # noqa: S105 - compared with itself as text
    assert len({secret, Secret("Tr0ub4dor&3")}) == 1
    assert not Secret("")
    assert pickle.loads(pickle.dumps(secret)) == secret  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    ("address", "clean"),
    [
        ("rtsp://10.0.0.5/main", "rtsp://10.0.0.5/main"),
        ("rtsp://admin:x@10.0.0.5:554/main?a=1", "rtsp://10.0.0.5:554/main?a=1"),
        ("rtsp://admin:p@ss@10.0.0.5/main", "rtsp://10.0.0.5/main"),
        ("http://c/snap.jpg?usr=a&pwd=b&channel=1", "http://c/snap.jpg?channel=1"),
        ("http://c/snap.jpg?USER=a&PASSWORD=b", "http://c/snap.jpg"),
        ("rtsp://c/user=a_password=b_channel=1_stream=0.sdp", "rtsp://c/channel=1_stream=0.sdp"),
        ("http://c/a=b?x=%2F&y", "http://c/a=b?x=%2F&y"),
        ("http://[fe80::1/x", ""),
    ],
)
def test_logins_are_taken_out_and_nothing_else(address: str, clean: str) -> None:
    assert without_credentials(address) == clean
    assert holds_credentials(address) == (address != clean)


@given(st.text(max_size=80))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = without_credentials(f"rtsp://{text}")
    assert without_credentials(once) == once
