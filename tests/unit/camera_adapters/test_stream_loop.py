"""The loop round one stream, against a scripted camera on a clock of its own."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import cast

import av
from av.video.frame import VideoFrame

from litterwatch.camera_adapters.backoff import Backoff
from litterwatch.camera_adapters.live_clock import TICKS, Axis, Stamped
from litterwatch.camera_adapters.reader_messages import (
    Alive,
    Said,
    Stream,
    StreamReport,
    StreamState,
)
from litterwatch.camera_adapters.rtsp import Patience
from litterwatch.camera_adapters.stream_loop import OpenStream, RefusedGate, StreamLoop
from litterwatch.camera_adapters.video_file import VideoPacket
from litterwatch.detector.errors import (
    SourceAuthFailed,
    SourceError,
    SourceStalled,
    SourceUnavailable,
    SourceUnreadable,
)
from litterwatch.service.clock import ManualClock

START = datetime(2026, 3, 1, tzinfo=UTC)
GONE = SourceUnavailable("gone")


@dataclass
class ScriptedStream:
    """25 pictures a second for a while, then an error."""

    clock: ManualClock
    seconds: float
    error: SourceError
    codec: str = "h264"
    size: tuple[int, int] = (160, 96)
    interval: float = 0.04
    undecodable: int = 0
    sample_aspect: Fraction | None = None
    reorders: bool = False

    def template(self) -> bytes:
        return b"template"

    def packets(self) -> Iterator[VideoPacket]:
        for number in range(round(self.seconds * 25)):
            self.clock.advance(0.04)
            packet = cast(VideoPacket, av.Packet(b"some data"))
            packet.time_base = Fraction(1, TICKS)
            packet.pts = packet.dts = number * TICKS // 25
            yield packet
        raise self.error

    def decode(self, packet: VideoPacket) -> list[VideoFrame]:
        return []


@dataclass
class Taken:
    """Counts what it is given."""

    begun: int = 0
    shown: list[int] = field(default_factory=list)
    lost: int = 0

    def begin(self, stream: OpenStream) -> None:
        self.begun += 1

    def take(self, stream: OpenStream, stamped: Stamped) -> None:
        self.shown.append(stamped.shown)


@dataclass
class Camera:
    """Answers each call as scripted, then is gone for ever; its door is open at times.

    Attributes:
        script: seconds of pictures and the error behind them; an error alone refuses the call.
        open_from: when somebody listens at its door again, s.
    """

    script: list[SourceError | tuple[float, SourceError]]
    open_from: float = float("inf")
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    said: list[Said] = field(default_factory=list)
    taken: Taken = field(default_factory=Taken)
    called_at: list[float] = field(default_factory=list)
    knocks: int = 0
    refused: RefusedGate = field(default_factory=RefusedGate)

    @contextmanager
    def opened(self) -> Iterator[OpenStream]:
        self.called_at.append(self.clock.monotonic())
        step = self.script.pop(0) if self.script else GONE
        if isinstance(step, SourceError):
            raise step
        yield ScriptedStream(self.clock, *step)

    def is_open(self) -> bool:
        self.knocks += 1
        return self.clock.monotonic() >= self.open_from

    def run(self, seconds: float) -> "Camera":
        loop = StreamLoop(
            Stream.MAIN,
            self.opened,
            self.taken,
            axis=Axis(START - timedelta(seconds=60), self.clock),
            last=None,
            backoff=Backoff(random.Random(3)),  # noqa: S311
            refused=self.refused,
            say=self.said.append,
            is_open=self.is_open,
            patience=Patience(),
            clock=self.clock,
        )
        loop.run(lambda: self.clock.monotonic() >= seconds)
        return self

    def states(self) -> list[StreamState]:
        reports = [said for said in self.said if isinstance(said, StreamReport)]
        return [report.state for report in reports]


def test_pictures_flow_and_signs_of_life_are_given_every_second() -> None:
    camera = Camera([(10.0, GONE)]).run(10.5)
    assert len(camera.taken.shown) == 250
    assert camera.states().count(StreamState.ONLINE) >= 9
    allowances = [said.allowance for said in camera.said if isinstance(said, Alive)]
    assert all(5 < allowance <= 25 for allowance in allowances)


def test_a_camera_is_called_for_ever_and_ever_less_often() -> None:
    camera = Camera([]).run(4 * 3600.0)
    waits = [b - a for a, b in zip(camera.called_at[-20:], camera.called_at[-19:], strict=False)]
    assert len(camera.called_at) > 900
    assert all(7 < wait <= 16 for wait in waits)
    assert camera.said[-1] == StreamReport(
        Stream.MAIN,
        StreamState.WAITING,
        "SourceUnavailable",
        "gone",
        retry_in=camera.said[-1].retry_in if isinstance(camera.said[-1], StreamReport) else None,
    )


def test_a_camera_that_is_back_is_called_within_a_second() -> None:
    camera = Camera([], open_from=1000.3).run(1010.0)
    after = [at for at in camera.called_at if at >= 1000.3]
    assert after[0] - 1000.3 <= 1.1


def test_a_door_that_is_open_is_not_called_more_often_for_that() -> None:
    camera = Camera([], open_from=0.0).run(600.0)
    assert len(camera.called_at) < 70


def test_a_refused_password_is_tried_four_times_in_an_hour_at_most() -> None:
    camera = Camera([SourceAuthFailed("refused")] * 100, open_from=0.0).run(3600.0)
    assert len(camera.called_at) <= 4


def test_a_password_refused_to_one_stream_is_not_tried_by_the_other() -> None:
    camera = Camera([GONE, GONE], open_from=0.0)
    camera.refused.close(250.0)
    camera.run(310.0)
    assert camera.called_at
    assert camera.called_at[0] >= 250.0


def test_a_password_nobody_knows_to_be_good_is_tried_by_one_stream_at_a_time() -> None:
    """Both streams begin at once, and a camera counts what it refuses to both."""
    sub = Camera([SourceAuthFailed("refused")])
    sub_stream = threading.Thread(target=sub.run, args=(10.0,))

    @dataclass
    class Main(Camera):
        @contextmanager
        def opened(self) -> Iterator[OpenStream]:
            self.called_at.append(self.clock.monotonic())
            sub_stream.start()
            sub_stream.join(0.2)
            if len(self.called_at) == 1:
                raise SourceAuthFailed("refused")
            yield ScriptedStream(self.clock, 3.0, GONE)

    main = Main([], refused=sub.refused).run(10.0)
    sub_stream.join()
    assert (len(main.called_at), len(sub.called_at)) == (1, 0)
    last = sub.said[-1]
    assert isinstance(last, StreamReport)
    assert (last.error, last.state) == ("SourceAuthFailed", StreamState.WAITING)


def test_where_the_password_is_good_no_stream_waits_for_the_other() -> None:
    main = Camera([(3.0, GONE), SourceStalled("silent"), (3.0, GONE)], open_from=0.0).run(20.0)
    held = main.refused.trying(main.clock.monotonic, lambda: None)
    with held:
        sub = Camera([(3.0, GONE)], refused=main.refused).run(4.0)
    assert len(sub.taken.shown) == 75


def test_where_there_is_no_password_no_stream_waits_for_the_other() -> None:
    gate = RefusedGate(has_login=False)
    with gate.trying(lambda: 0.0, lambda: None):
        assert len(Camera([(3.0, GONE)], refused=gate).run(4.0).taken.shown) == 75


def test_a_wrong_codec_and_a_stall_are_tried_again() -> None:
    script: list[SourceError | tuple[float, SourceError]] = [
        SourceUnreadable("h263"),
        (3.0, SourceStalled("silence")),
        (3.0, GONE),
    ]
    camera = Camera(script, open_from=0.0).run(30.0)
    assert camera.taken.begun == 2
    assert camera.taken.shown == sorted(camera.taken.shown)
