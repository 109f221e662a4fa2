"""Whether the demonstration gave exactly the one event that truly happened, with its evidence.

Usage: check_demo.py DEMO_FOLDER
"""

import hashlib
import json
import sys
from pathlib import Path

from litterwatch.service.evaluation.clips import compare, overlap, read_clips
from litterwatch.service.evaluation.predictions import gathered


def main() -> None:
    """Ends with 0 and a line, or with what is wrong."""
    demo = Path(sys.argv[1])
    found = demo / "found"
    lines = (found / "events.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    (outcome,) = compare(read_clips(demo / "footage"), gathered(events, {}))
    score = outcome.score
    if score is None or score.missed or score.false or len(score.pairs) != 1:
        sys.exit(f"Expected exactly the one true event, got {score}: {events}")
    ((truth, guess),) = score.pairs
    (event,) = events
    if (event["kind"], event["state"], event["zone"]) != ("bag_dump", "confirmed", "pavement"):
        sys.exit(f"Expected a confirmed bag_dump in the zone pavement: {event}")
    late = event["t_release"] - outcome.clip.truths[truth].t_release
    iou = overlap(outcome.clip.truths[truth], outcome.guesses[guess])
    if abs(late) > 1.0 or iou is None or iou < 0.5:
        sys.exit(f"Release {late:+.2f} s from the truth, boxes overlap by {iou}: {event}")
    clip = found / event["clip"]
    if hashlib.sha256(clip.read_bytes()).hexdigest() != event["sha256"]:
        sys.exit(f"{clip} does not have the recorded hash")
    if not (found / "index.html").is_file():
        sys.exit("There is no page to look at")
    print(f"One event, {late:+.2f} s from the truth, boxes overlap {iou:.2f}, evidence is sound.")


if __name__ == "__main__":
    main()
