# shellcheck shell=bash
# Sourced by scripts/demo and scripts/demo-live after environment.sh: films the demonstration street.

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
