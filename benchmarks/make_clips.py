"""Films the two clips of the speed benchmark, 1920x1080 at 25 frames/s: busy.mp4 and quiet.mp4."""

import argparse
import sys
from pathlib import Path

from litterwatch.service.demo.footage import SEED, make_film
from litterwatch.service.demo.pictures import street_photo
from litterwatch.service.demo.scenes import busy, quiet
from litterwatch.service.demo.viewpoint import Viewpoint


def main() -> None:
    """Films; what is there already stays."""
    parser = argparse.ArgumentParser(prog="scripts/bench make-clips", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--pictures", type=Path, help="folder of bus.jpg of ultralytics")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    photo = street_photo(arguments.pictures)
    for scene in (busy(arguments.seconds, SEED), quiet(arguments.seconds)):
        path = arguments.out / f"{scene.name}.mp4"
        if not path.exists():
            sys.stderr.write(f"filming {path} ...\n")
            make_film(path, scene, Viewpoint(1920, 1080), photo)


if __name__ == "__main__":
    main()
