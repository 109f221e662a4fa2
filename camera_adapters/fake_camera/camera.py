"""The fake camera as a whole: which operation is answered by whom."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import cv2

from litterwatch.camera_adapters.fake_camera import device, events, media
from litterwatch.camera_adapters.fake_camera.events import FakeEvents
from litterwatch.camera_adapters.fake_camera.gate import Gate
from litterwatch.camera_adapters.fake_camera.pictures import Sight, TestPicture
from litterwatch.camera_adapters.fake_camera.plan import UNREACHABLE, FakePlan
from litterwatch.camera_adapters.fake_camera.ptz import FakeHead
from litterwatch.camera_adapters.fake_camera.recordings import FakeRecordings
from litterwatch.camera_adapters.fake_camera.soap import (
    FaultAnswer,
    SoapRequest,
    envelope,
    fault,
    not_supported,
    read_request,
)
from litterwatch.detector.protocols import Clock

Answerer = Callable[[SoapRequest], str]
_JPEG_QUALITY: Final = 85


class FakeCamera:
    """Answers requests; `server.py` brings them.

    Args:
        plan: what it is, has and does wrong.
        clock: the host's.
        sight: what it sees; by default a test picture.

    Attributes:
        gate, events, head, recordings: its parts, to be watched and moved.
        asked: operations that were asked for so far, in order.
    """

    def __init__(self, plan: FakePlan, clock: Clock, sight: Sight | None = None) -> None:
        self.plan = plan
        self.gate = Gate(plan, clock)
        self.events = FakeEvents(plan, clock)
        self.head = FakeHead(plan)
        self.recordings = FakeRecordings(plan)
        self.asked: list[str] = []
        self.sight = sight or TestPicture(clock)
        self._answerers = self._by_operation()

    def _by_operation(self) -> dict[str, Answerer]:
        plan = self.plan
        answerers: dict[str, Answerer] = {
            "tds:GetDeviceInformation": lambda _: device.information(plan),
            "tds:GetSystemDateAndTime": lambda _: device.date_and_time(plan, self.gate.now()),
            "tds:GetServices": lambda asked: device.services(plan, asked),
            "tds:GetCapabilities": lambda asked: device.capabilities(plan, asked),
            "tds:GetScopes": lambda _: device.scopes(plan),
            "tds:GetHostname": lambda _: device.hostname(plan),
            "trt:GetProfiles": lambda _: media.profiles(plan),
            "trt:GetStreamUri": lambda asked: media.stream_uri(plan, asked),
            "trt:GetSnapshotUri": lambda asked: media.snapshot_uri(plan, asked),
            "tr2:GetProfiles": lambda _: media.profiles2(plan),
            "tr2:GetStreamUri": lambda asked: media.stream_uri2(plan, asked),
            "tr2:GetSnapshotUri": lambda asked: media.snapshot_uri2(plan, asked),
            "tev:GetServiceCapabilities": lambda _: events.capabilities(plan),
            "tev:CreatePullPointSubscription": self.events.subscribe,
            "tev:PullMessages": self.events.pull,
            "wsnt:Renew": self.events.renew,
            "wsnt:Unsubscribe": self.events.unsubscribe,
        }
        if plan.masks is not None:
            answerers["tr2:GetMasks"] = lambda _: media.masks2(plan.masks or ())
        if plan.presets:
            answerers["tptz:GetPresets"] = lambda _: self.head.presets()
            answerers["tptz:GotoPreset"] = self.head.go
            answerers["tptz:GetStatus"] = lambda _: self.head.status()
        if plan.recordings:
            answerers["tse:FindRecordings"] = lambda _: self.recordings.find()
            answerers["tse:GetRecordingSearchResults"] = self.recordings.results
            answerers["tse:EndSearch"] = self.recordings.end
            answerers["trp:GetReplayUri"] = self.recordings.replay_uri
        return answerers

    def answer_soap(
        self, content: bytes, base: str, path: str, authorization: str
    ) -> tuple[int, bytes]:
        """Answer a SOAP request: HTTP status and content; 401 without content asks for a login."""
        try:
            request = read_request(content, base, path)
            self.asked.append(request.operation)
            if self.plan.has("addresses-behind-nat"):
                request = replace(request, base=UNREACHABLE)
            self._let_in(request, authorization)
            return 200, envelope(self._answer(request))
        except FaultAnswer as answer:
            if answer.status == 401:
                return 401, b""
            broken = self.plan.has("renew-refused") and answer.reason == "renew"
            return answer.status, fault(answer, undeclared="ter" if broken else "")

    def _let_in(self, request: SoapRequest, authorization: str) -> None:
        if not self.gate.admits_soap(request, authorization):
            by_http = self.plan.has("http-digest-only") or self.plan.has("unauthorised-by-http")
            status = 401 if by_http else 400
            raise FaultAnswer(status, "Sender", "ter:NotAuthorized", "sender not authorized")

    def _answer(self, request: SoapRequest) -> str:
        answerer = self._answerers.get(request.operation)
        if answerer is None:
            raise not_supported(request.operation)
        return answerer(request)

    def jpeg(self) -> bytes:
        """What it sees, as a JPEG file."""
        done, jpeg = cv2.imencode(
            ".jpg", self.sight.picture(), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
        )
        assert done
        return jpeg.tobytes()
