"""How a camera is reached, and that nobody sees its password."""

import pickle
import traceback
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.camera_adapters.connection import CameraConnection, Transport, host_and_port
from litterwatch.camera_adapters.credentials import Secret
from litterwatch.detector.errors import ConfigError

HIDDEN = "hunter2-4711"


def test_a_secret_shows_itself_only_when_asked() -> None:
    secret = Secret(HIDDEN)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r}", repr([secret])]
    assert not any(HIDDEN in text for text in shown)
    assert secret.reveal() == HIDDEN
    assert pickle.loads(pickle.dumps(secret)) == secret  # noqa: S301 - our own


def test_a_connection_shows_no_password() -> None:
    connection = CameraConnection("gate", "rtsp://h/s", username="u", password=Secret(HIDDEN))
    assert HIDDEN not in repr(connection)
    assert HIDDEN not in repr(connection.with_credentials(connection.main))


# Nine bytes at most are written for each character of the first plane, and 126 there may be.
TEXT = st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"])


@given(st.text(TEXT, min_size=1, max_size=6), st.text(TEXT, max_size=7))
def test_any_name_and_password_can_be_written_into_an_address(user: str, password: str) -> None:
    user = user.replace(":", "") or "u"
    connection = CameraConnection(
        "gate", "rtsp://10.0.0.5:8554/s?a=1", username=user, password=Secret(password)
    )
    parts = urlsplit(connection.with_credentials(connection.main).reveal())
    credentials, _, place = parts.netloc.rpartition("@")
    assert place == "10.0.0.5:8554"
    assert [unquote(part) for part in credentials.split(":")] == [user, password]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"camera_id": "a/b"}, "cannot be the id"),
        ({"camera_id": ".."}, "cannot be the id"),
        ({"main": f"rtsp://admin:{HIDDEN}@h/s"}, "main holds a name or password"),
        ({"main": f"rtsp://h/s?user=a&password={HIDDEN}"}, "main holds a name or password"),
        ({"sub": f"rtsp://a:{HIDDEN}@h/s"}, "sub holds a name or password"),
        ({"main": "rtsp:///s"}, "not an address"),
        ({"main": "rtsp://h:99999/s"}, "not an address"),
        ({"username": f"a:{HIDDEN}"}, "colon"),
        ({"main": "rtsps://h/s", "transport": Transport.UDP}, "use tcp with rtsps"),
        ({"sub": "rtsps://h/s", "transport": Transport.UDP}, "use tcp with rtsps"),
        ({"main": "http://h/s.jpg", "sub": "rtsp://h/s"}, "no smaller stream"),
        ({"sub": "http://h/s.jpg"}, "no smaller stream"),
        ({"main": "https://h/s.jpg"}, "not an address"),
        ({"password": Secret(HIDDEN)}, "no user name"),
        ({"username": "u", "password": Secret(HIDDEN * 20)}, "longer than 126"),
    ],
)
def test_what_cannot_be_used_is_refused_without_showing_it(
    values: dict[str, object], says: str
) -> None:
    given = {"camera_id": "gate", "main": "rtsp://h/s", **values}
    with pytest.raises(ConfigError, match=says) as caught:
        CameraConnection(**given)  # type: ignore[arg-type]
    assert HIDDEN not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("rtsp://h/s", ("h", 554)),
        ("rtsps://h/s", ("h", 322)),
        ("http://h/s.jpg", ("h", 80)),
        ("rtsp://[fd00::1]:8554/s", ("fd00::1", 8554)),
    ],
)
def test_where_a_camera_listens(address: str, place: tuple[str, int]) -> None:
    assert host_and_port(address) == place
