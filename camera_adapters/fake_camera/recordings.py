"""Profile G: looking for recordings in the camera, and where they can be played from."""

import threading
from datetime import datetime
from xml.sax.saxutils import escape

from litterwatch.camera_adapters.fake_camera.plan import FakePlan, FakeRecording
from litterwatch.camera_adapters.fake_camera.soap import FaultAnswer, SoapRequest


class FakeRecordings:
    """The searches that are going on."""

    def __init__(self, plan: FakePlan) -> None:
        self._plan = plan
        self._lock = threading.Lock()
        self._searches: dict[str, list[FakeRecording]] = {}
        self._given = 0

    @property
    def open_searches(self) -> int:
        """How many were begun and not ended."""
        return len(self._searches)

    def find(self) -> str:
        """Answer to FindRecordings."""
        with self._lock:
            self._given += 1
            token = f"search-{self._given}"
            self._searches[token] = list(self._plan.recordings)
        return (
            f"<tse:FindRecordingsResponse><tse:SearchToken>{token}</tse:SearchToken>"
            "</tse:FindRecordingsResponse>"
        )

    def results(self, request: SoapRequest) -> str:
        """Answer to GetRecordingSearchResults: one at a time, to be asked again."""
        with self._lock:
            waiting = self._searches.get(request.text("tse:SearchToken"))
            if waiting is None:
                raise FaultAnswer(400, "Sender", "ter:InvalidToken", "there is no such search")
            found = [waiting.pop(0)] if waiting else []
            state = "Searching" if waiting else "Completed"
        listed = "".join(_information(recording) for recording in found)
        return (
            "<tse:GetRecordingSearchResultsResponse><tse:ResultList>"
            f"<tt:SearchState>{state}</tt:SearchState>{listed}</tse:ResultList>"
            "</tse:GetRecordingSearchResultsResponse>"
        )

    def end(self, request: SoapRequest) -> str:
        """Answer to EndSearch."""
        with self._lock:
            if self._searches.pop(request.text("tse:SearchToken"), None) is None:
                raise FaultAnswer(400, "Sender", "ter:InvalidToken", "there is no such search")
        return (
            "<tse:EndSearchResponse><tse:Endpoint>2026-01-01T00:00:00Z</tse:Endpoint>"
            "</tse:EndSearchResponse>"
        )

    def replay_uri(self, request: SoapRequest) -> str:
        """Answer to GetReplayUri."""
        token = request.text("trp:RecordingToken")
        if token not in {recording.token for recording in self._plan.recordings}:
            raise FaultAnswer(400, "Sender", "ter:InvalidToken", "there is no such recording")
        host = request.base.partition("://")[2].partition(":")[0]
        return (
            f"<trp:GetReplayUriResponse><trp:Uri>"
            f"rtsp://{host}:{self._plan.replay_port}/replay/{escape(token)}</trp:Uri>"
            "</trp:GetReplayUriResponse>"
        )


def _information(recording: FakeRecording) -> str:
    begins, ends = _written(recording.begins), _written(recording.ends)
    return (
        f"<tt:RecordingInformation><tt:RecordingToken>{escape(recording.token)}</tt:RecordingToken>"
        "<tt:Source><tt:SourceId>vs</tt:SourceId><tt:Name>source</tt:Name>"
        "<tt:Location>gate</tt:Location><tt:Description>card</tt:Description>"
        "<tt:Address>http://localhost</tt:Address></tt:Source>"
        f"<tt:EarliestRecording>{begins}</tt:EarliestRecording>"
        f"<tt:LatestRecording>{ends}</tt:LatestRecording><tt:Content>all</tt:Content>"
        "<tt:Track><tt:TrackToken>video</tt:TrackToken><tt:TrackType>Video</tt:TrackType>"
        f"<tt:Description>video</tt:Description><tt:DataFrom>{begins}</tt:DataFrom>"
        f"<tt:DataTo>{ends}</tt:DataTo></tt:Track>"
        "<tt:RecordingStatus>Stopped</tt:RecordingStatus></tt:RecordingInformation>"
    )


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
