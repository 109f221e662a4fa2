"""A scan opens no socket and starts no program: nothing phones home (SECURITY.md)."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from litterwatch.service.demo.footage import make_film
from litterwatch.service.demo.pictures import street_photo
from litterwatch.service.demo.scenes import demonstration
from litterwatch.service.demo.viewpoint import Viewpoint

WATCHED = """
import sys

def refuse(event, arguments):
    programs = ("subprocess.Popen", "os.fork", "os.posix_spawn", "os.system", "os.exec")
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind", *programs):
        raise SystemExit(f"a scan must not do this: {event} {arguments}")

sys.addaudithook(refuse)
from litterwatch.service.cli import main
main(["scan", *sys.argv[1:]])
"""


def test_a_scan_with_the_shipped_model_talks_to_nobody(tmp_path: Path) -> None:
    scene = replace(demonstration(), seconds=1.6)
    film = make_film(tmp_path / "film.mp4", scene, Viewpoint(640, 360), street_photo())
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(film), "--out", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "out" / "events.jsonl").is_file()
