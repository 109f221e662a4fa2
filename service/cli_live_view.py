"""What a person sees of a running watch on the terminal."""

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

LINKS: Final = {
    "starting": "starting",
    "online": "online",
    "unreachable": "unreachable",
    "unauthorised": "password refused",
    "untrusted": "certificate not believed",
    "stalled": "stalled",
    "no_key_frames": "no key frames",
    "wrong_codec": "codec not supported",
    "ring_unusable": "ring unusable",
}
BLIND: Final = {
    "frozen": "picture frozen",
    "dark": "too dark",
    "covered": "covered",
    "turned": "turned away",
    "blurred": "out of focus",
}


def print_status(status: Mapping[str, Any], age: float, *, is_running: bool) -> None:
    """The cameras as a table, then what else there is to say."""
    console = Console(highlight=False)
    table = Table(title="Cameras", title_justify="left")
    for name in ("camera", "state", "sees", "pictures/s", "delay"):
        table.add_column(name, justify="right" if name in {"pictures/s", "delay"} else "left")
    table.add_column("events", justify="right")
    for camera in status["cameras"]:
        table.add_row(*_row(camera))
    console.print(table)
    for camera in status["cameras"]:
        if camera["why"] and camera["link"] != "online":
            console.print(Text(camera["why"], "yellow"), soft_wrap=True)
    for line in _lines(status):
        console.print(Text(line, "yellow"), soft_wrap=True)
    kept = status["kept"]
    console.print(f"{kept['stored']} stored, {kept['waiting']} waiting to be stored.")
    if not is_running:
        console.print(Text(f"No watch is running: this is {age:.0f} s old.", "bold red"))


def _row(camera: Mapping[str, Any]) -> list[str | Text]:
    link = LINKS.get(camera["link"], camera["link"])
    state = Text(link, "green" if camera["link"] == "online" else "bold red")
    if camera["retry_in"]:
        state.append(f", again in {camera['retry_in']:.0f} s")
    blind = ", ".join(BLIND.get(why, why) for why in camera["blind"])
    sees = Text(blind, "bold red") if blind else Text("yes" if camera["rate"] else "", "green")
    rate = f"{camera['rate']:.1f} of {camera['wanted_rate']:.1f}" if camera["wanted_rate"] else ""
    lag = "" if camera["lag"] is None else f"{camera['lag']:.1f} s"
    delay = Text(lag, "bold red" if camera["is_late"] else "")
    return [camera["camera_id"], state, sees, rate, delay, str(camera["events"])]


def _clock_line(camera: Mapping[str, Any]) -> str:
    clock = camera["clock"]
    way = "behind" if clock["error"] < 0 else "ahead"
    return (
        f"The clock of {camera['camera_id']} is {abs(clock['error']):.1f} s {way}, measured at"
        f" {clock['measured_at'][:19]}Z: set it, and let it take its time from a time server."
    )


def _lines(status: Mapping[str, Any]) -> list[str]:
    lines = []
    if status["config_error"]:
        lines.append(f"The cameras are not used as described now: {status['config_error']}")
    lines += [f"{left['camera_id']} is not watched: {left['why']}" for left in status["left_out"]]
    lines += [_clock_line(camera) for camera in status["cameras"] if camera["has_wrong_clock"]]
    lines += [
        f"The certificate of {camera['camera_id']} is not checked: somebody may stand between."
        for camera in status["cameras"]
        if camera.get("is_unchecked")  # a status of before has no such word
    ]
    if status["kept"]["failing"]:
        lines.append(f"Events cannot be stored: {status['kept']['failing']}")
    for group in status["groups"]:
        if group["share"] < 1.0:
            share = round(100 * group["share"])
            lines.append(
                f"The machine cannot keep up: {group['cameras']} cameras are analysed at {share} %"
                " of their rates."
            )
    return lines
