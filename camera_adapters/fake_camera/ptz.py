"""The PTZ service: presets, and where it points."""

import threading
from xml.sax.saxutils import escape, quoteattr

from litterwatch.camera_adapters.fake_camera.plan import FakePlan
from litterwatch.camera_adapters.fake_camera.soap import FaultAnswer, SoapRequest

_PAN_TILT = "http://www.onvif.org/ver10/tptz/PanTiltSpaces/PositionGenericSpace"
_ZOOM = "http://www.onvif.org/ver10/tptz/ZoomSpaces/PositionGenericSpace"


class FakeHead:
    """The motor of one camera; it arrives at once."""

    def __init__(self, plan: FakePlan) -> None:
        self._plan = plan
        self._lock = threading.Lock()
        first = plan.presets[0] if plan.presets else None
        self._position = (first.pan, first.tilt, first.zoom) if first else (0.0, 0.0, 0.0)

    def turn(self, pan: float, tilt: float, zoom: float) -> None:
        """As if somebody else moved it."""
        with self._lock:
            self._position = (pan, tilt, zoom)

    def presets(self) -> str:
        """Answer to GetPresets."""
        listed = "".join(
            f"<tptz:Preset token={quoteattr(preset.token)}><tt:Name>{escape(preset.name)}</tt:Name>"
            f"{self._where((preset.pan, preset.tilt, preset.zoom), 'PTZPosition')}</tptz:Preset>"
            for preset in self._plan.presets
        )
        return f"<tptz:GetPresetsResponse>{listed}</tptz:GetPresetsResponse>"

    def go(self, request: SoapRequest) -> str:
        """Answer to GotoPreset."""
        token = request.text("tptz:PresetToken")
        for preset in self._plan.presets:
            if preset.token == token:
                self.turn(preset.pan, preset.tilt, preset.zoom)
                return "<tptz:GotoPresetResponse/>"
        raise FaultAnswer(400, "Sender", "ter:NoToken", "there is no such preset")

    def status(self) -> str:
        """Answer to GetStatus."""
        with self._lock:
            where = self._where(self._position, "Position")
        return (
            f"<tptz:GetStatusResponse><tptz:PTZStatus>{where}<tt:MoveStatus>"
            "<tt:PanTilt>IDLE</tt:PanTilt><tt:Zoom>IDLE</tt:Zoom></tt:MoveStatus>"
            "<tt:UtcTime>2026-01-01T00:00:00Z</tt:UtcTime>"
            "</tptz:PTZStatus></tptz:GetStatusResponse>"
        )

    def _where(self, position: tuple[float, float, float], name: str) -> str:
        if self._plan.has("position-missing"):
            return ""
        pan, tilt, zoom = position
        return (
            f'<tt:{name}><tt:PanTilt x="{pan}" y="{tilt}" space="{_PAN_TILT}"/>'
            f'<tt:Zoom x="{zoom}" space="{_ZOOM}"/></tt:{name}>'
        )
