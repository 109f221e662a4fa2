"""What a privacy mask costs: decoding, blackening and encoding again every picture of a camera.

    python benchmarks/masking.py FILM

Prints milliseconds of processor time for each picture, and the share of one core at 25 pictures a
second. FILM is any video file; its first 100 pictures are used.
"""

import sys
import time
from itertools import islice
from pathlib import Path

import av

from litterwatch.camera_adapters.masked_video import MaskedEncoder
from litterwatch.camera_adapters.masking import Masks

_OUTLINE = ((0.5, 0.25), (0.9, 0.25), (0.9, 0.75), (0.5, 0.75))
_PICTURES = 100


def main() -> None:
    """Measure one film."""
    with av.open(str(Path(sys.argv[1]))) as film:
        film.streams.video[0].codec_context.thread_count = 1
        began = time.process_time()
        frames = list(islice(film.decode(video=0), _PICTURES))
        decoded = time.process_time()
    encoder = MaskedEncoder(Masks([_OUTLINE]), frames[0], 0.04, None)
    size = sum(
        packet.size
        for number, frame in enumerate(frames)
        for packet in encoder.encode(frame, number * 3600)
    )
    done = time.process_time()
    each = [1000 * seconds / len(frames) for seconds in (decoded - began, done - decoded)]
    print(f"{frames[0].width}x{frames[0].height}, {len(frames)} pictures")
    print(f"decode {each[0]:.1f} ms, mask and encode {each[1]:.1f} ms a picture")
    print(f"at 25 pictures a second: {sum(each) * 25 / 10:.0f} % of a core")
    print(f"{8 * size / len(frames) * 25 / 1e6:.1f} Mbit/s")


if __name__ == "__main__":
    main()
