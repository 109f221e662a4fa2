# shellcheck shell=bash
# Sourced by scripts/demo, scripts/demo-live and scripts/soak after environment.sh: films the
# demonstration street, and sees to what plays it as cameras do.

footage="$repository/demo/footage"

# The people of the film are cut from a photograph inside the ultralytics package. Only its wheel is
# fetched (1.4 MB) and only the picture taken out: the package itself would bring torch (2 GB and a
# minute or more), which scanning does not need.
fetch_pictures() {
  pictures="$venv/demo-pictures"
  [ -f "$pictures/bus.jpg" ] && return 0
  local wheels
  wheels="$(mktemp -d)"
  say "Fetching the sample picture ..."
  "$python" -m pip download -qq --no-deps --only-binary :all: --dest "$wheels" \
    'ultralytics>=8.4,<9' >&2
  "$python" - "$wheels" "$pictures" <<'PYTHON'
import sys
import zipfile
from pathlib import Path

wheels, pictures = map(Path, sys.argv[1:])
pictures.mkdir(parents=True, exist_ok=True)
with zipfile.ZipFile(next(wheels.glob("*.whl"))) as wheel:
    (pictures / "bus.jpg").write_bytes(wheel.read("ultralytics/assets/bus.jpg"))
PYTHON
  rm -r "$wheels"
}

make_footage() {
  local wanted
  wanted="$(cat service/demo/*.py "$pictures/bus.jpg" | sha256sum | cut -d' ' -f1)"
  [ -f "$footage/made-from" ] && [ "$(cat "$footage/made-from")" = "$wanted" ] && return 0
  "$venv/bin/litterwatch" demo-footage "$footage" --pictures "$pictures" >/dev/null
  printf '%s' "$wanted" >"$footage/made-from"
}

# Bindings of the server alone do not play: the parts it is put together from are packages of their own.
need_rtsp_server() {
  /usr/bin/python3 - 2>/dev/null <<'PYTHON' && return 0
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst

Gst.init(None)
sys.exit(not all(map(Gst.ElementFactory.find, ("rtph264pay", "udpsrc", "tsdemux", "h264parse"))))
PYTHON
  os_packages "a real RTSP server" gir1.2-gst-rtsp-server-1.0 python3-gi \
    gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
}
