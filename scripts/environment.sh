# shellcheck shell=bash
# Sourced by the other scripts: makes .venv, installs litterwatch into it, and what the operating
# system must add. Run again it is quick and changes nothing: a stamp holds the hash of everything
# the installation depends on.

set -euo pipefail

repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$repository"
venv="${LITTERWATCH_VENV:-$repository/.venv}"
python="$venv/bin/python"

# The five folders have generic names; the current folder must never be on Python's path.
export PYTHONSAFEPATH=1
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
export YOLO_AUTOINSTALL=false YOLO_OFFLINE=true YOLO_CONFIG_DIR="$venv/ultralytics-settings"

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# os_packages WHY PACKAGE...: installs packages of the operating system as root, else names them.
os_packages() {
  local why="$1"
  shift
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "Installing $* ($why) ..."
    if apt-get update -qq >&2 &&
      DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >&2; then
      return 0
    fi
  fi
  fail "Missing: $why. Install it with: sudo apt-get install $*"
}

# find_python: prints the newest Python from 3.11 on.
find_python() {
  local candidate
  for candidate in python3.14 python3.13 python3.12 python3.11 python3; do
    if command -v "$candidate" >/dev/null &&
      "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return 0
    fi
  done
  fail "litterwatch needs Python 3.11 or newer; none was found."
}

# make_environment EXTRAS: a virtual environment with the package, editable, and those extras.
make_environment() {
  local extras="$1" stamp wanted system_python
  stamp="$venv/.installed${extras:+-$extras}"
  wanted="$(cat pyproject.toml constraints-cpu.txt | sha256sum | cut -d' ' -f1) $repository"
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    return 0
  fi
  if [ ! -x "$python" ]; then
    system_python="$(find_python)"
    # Debian keeps ensurepip in a package of its own.
    "$system_python" -c 'import ensurepip, venv' 2>/dev/null ||
      os_packages "the venv module of Python" python3-venv
    say "Making $venv ..."
    "$system_python" -m venv "$venv"
  fi
  say "Installing litterwatch${extras:+ with $extras} (a minute or two, once) ..."
  "$python" -m pip install -qq -c constraints-cpu.txt -e ".${extras:+[$extras]}" >&2
  if ! "$python" -c 'import cv2' 2>/dev/null; then
    os_packages "the libraries OpenCV needs" libgl1 libglib2.0-0
    "$python" -c 'import cv2'
  fi
  printf '%s' "$wanted" | tee "$venv/.installed" >"$stamp" # any extras include what scanning needs
}

# Everything the checks need.
make_development_environment() {
  make_environment "dev,train,onnx"
  "$python" -c 'import weasyprint' 2>/dev/null ||
    os_packages "what draws the pages of dossiers" libpango-1.0-0 libpangoft2-1.0-0 \
      libharfbuzz-subset0 fonts-dejavu-core
  command -v openssl >/dev/null || os_packages "the time stamping authority of the tests" openssl
  local torch_cuda
  torch_cuda="$("$python" -c 'import torch; print(torch.version.cuda)')"
  [ "$torch_cuda" = None ] ||
    say "Note: torch was built for CUDA $torch_cuda here; the checks pass, the disk is 2.7 GB poorer."
}
