"""Profiles, streams and pictures, by both services."""

from typing import Any

import pytest

from litterwatch.camera_adapters.fake_camera.plan import FakeStream
from litterwatch.camera_adapters.onvif.media import Profile, main_and_sub, profiles

STREAMS = (
    FakeStream("a", "main", (2560, 1440), 25, 50, "H265", "rtsp://127.0.0.1:8554/main"),
    FakeStream("b", "sub", (640, 360), 15, 30, "H264", "rtsp://127.0.0.1:8554/sub?x=1"),
    FakeStream("c", "thumb", (176, 144), 5, 10, "H264", "rtsp://127.0.0.1:8554/thumb"),
)


def test_media2_tells_everything_of_an_h265_stream(pair: Any) -> None:
    camera, _ = pair(streams=STREAMS)
    camera.connect()
    found = profiles(camera)
    assert [one.token for one in found] == ["a", "b", "c"]
    main, sub = main_and_sub(found)
    assert main == Profile(
        token="a",  # noqa: S106 - a name
        name="main",
        codec="H265",
        size=(2560, 1440),
        fps=25.0,
        gop=50,
        stream_address="rtsp://127.0.0.1:8554/main",
        snapshot_address=f"{camera.address.partition('/onvif/')[0]}/snapshot/a",
    )
    assert sub is not None
    assert sub.name == "sub", "the smallest one shows too little"


def test_without_media2_the_older_service_is_asked(pair: Any) -> None:
    camera, _ = pair("no-media2", streams=STREAMS)
    camera.connect()
    found = profiles(camera)
    assert [(one.token, one.codec, one.size, one.fps, one.gop) for one in found] == [
        ("b", "H264", (640, 360), 15.0, 30),
        ("c", "H264", (176, 144), 5.0, 10),
    ]
    assert "no-media2" in camera.notes.names


def test_addresses_of_video_are_put_right_and_keep_their_port(pair: Any) -> None:
    camera, _ = pair("addresses-behind-nat", streams=STREAMS)
    camera.connect()
    first, second, _ = profiles(camera)
    assert first.stream_address == "rtsp://127.0.0.1:554/main"
    assert second.stream_address == "rtsp://127.0.0.1:554/sub?x=1"
    assert first.snapshot_address == f"http://{camera.where}/snapshot/a"


@pytest.mark.parametrize("media", [(), ("no-media2",)])
def test_passwords_in_addresses_are_taken_out(pair: Any, media: tuple[str, ...]) -> None:
    camera, fake = pair("credentials-in-addresses", *media, streams=STREAMS)
    camera.connect()
    found = profiles(camera)
    assert fake.plan.credentials.password.reveal() not in repr(found)
    assert "user=" not in repr(found)
    assert any(one.stream_address == "rtsp://127.0.0.1:8554/sub?x=1" for one in found)
    assert "credentials-in-addresses" in camera.notes.names


@pytest.mark.parametrize("media", [(), ("no-media2",)])
def test_a_camera_without_snapshots_has_none(pair: Any, media: tuple[str, ...]) -> None:
    camera, _ = pair("no-snapshot", *media)
    camera.connect()
    assert {one.snapshot_address for one in profiles(camera)} == {""}
    assert "no-snapshot" in camera.notes.names


def test_a_camera_does_not_make_us_open_files(pair: Any) -> None:
    odd = FakeStream("a", "main", (640, 360), address="file:///etc/passwd")
    camera, _ = pair(streams=(odd,))
    camera.connect()
    assert [one.stream_address for one in profiles(camera)] == [""]


def test_one_stream_is_both_and_none_is_none() -> None:
    one = Profile("a", "a", None, None, None, None, "rtsp://camera/a", "")
    assert main_and_sub([one]) == (one, one)
    assert main_and_sub([]) == (None, None)
    picture = Profile("b", "b", "JPEG", (640, 360), None, None, "rtsp://camera/b", "")
    assert main_and_sub([picture]) == (None, None)
