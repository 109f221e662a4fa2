"""The result of a soak as a page for people."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

_CHECKS: Final = {
    "every_camera_back_each_time": "every camera is back within 60 s of each fault",
    "memory_flat": "memory of all processes, code of libraries aside, grows by 5 % at most",
    "handles_flat": "open files, sockets and pipes grow by 5 % at most",
    "no_gap_of_a_clip_unexplained": "no clip has a gap longer than a group of pictures outside of"
    " what was done to its camera",
    "every_deposit_found": "every deposit that was seen undisturbed, at full rates, is found",
    "ended_in_order": "the watch ends in order when it is told to",
}
_HELD: Final = {
    True: "yes",
    False: "**no**",
    None: "**not shown**: the machine had too little time throughout",
}
_NAMES: Final = {
    "plug": "power off, and on again",
    "silent": "silent, connection open",
    "reader_killed": "reader killed (`kill -9`)",
    "reader_stuck": "reader stuck (SIGSTOP)",
    "group_killed": "group killed (`kill -9`)",
}


_PAGE: Final = """\
# Soak

`scripts/soak` plays a film over real RTSP servers as several cameras, watches them with
`litterwatch watch`, lets faults happen by chance (the same for the same seed), and checks what must hold.
This page is written by it.

```
{rate}scripts/soak --minutes {minutes:g} --cameras {cameras} --seed {seed}
```

Run on {date}, litterwatch {version}, {machine}, load at the end {load:.1f}: {ran:.1f} minutes,
{faults} faults. The film is drawn (640x360, 10 pictures a second, one deposit a minute): it shows that the
machinery holds, and nothing about accuracy.

| what must hold | held |
|---|---|
{checks}

* Deposits: {let_go} let go. {expected} of them were seen undisturbed and at full rates from 15 s before their
  scene to 35 s after, {missed} of these missed. {hurried} more were seen undisturbed while the machine
  had too little time and rates were lowered, {hurried_missed} of these missed (not held against the watch).
  {events} events stand in all.
* From the release in the film to the stored event with its first clip, of the {alerts} found among those that
  were seen undisturbed, at full and at lowered rates: median {alert_median}, 95 of 100 within {alert_p95},
  the longest {alert_longest}.
* Clips declare {declared} gaps, {unexplained} of them unexplained.
* Memory grew by {memory}, handles by {handles}, last quarter against the second one.
* Analysis rates were below 90 % for {lowered:.0f} s, {share:.0%} at the least: the machine had other work.

| fault | times | back after, s (median; longest) |
|---|--:|--:|
{back}
"""  # noqa: E501 - lines of the page


def page(result: Mapping[str, Any]) -> str:
    """Markdown."""
    asked, deposits, gaps = result["asked"], result["deposits"], result["gaps"]
    rate = result["analysis_rate"]
    return _PAGE.format(
        rate=f"LITTERWATCH_ANALYSIS__RATE={rate} " if rate else "",
        minutes=asked["seconds"] / 60,
        cameras=asked["cameras"],
        seed=asked["seed"],
        date=result["date"],
        version=result["litterwatch"],
        machine=result["machine"],
        load=result["load"][0],
        ran=result["ran_for"] / 60,
        faults=len(result["faults"]),
        checks="\n".join(_check_rows(result["checks"])),
        let_go=deposits["let_go"],
        expected=deposits["expected"],
        missed=len(deposits["missed"]),
        events=deposits["events"],
        hurried=deposits["at_lowered_rates"],
        hurried_missed=len(deposits["missed_at_lowered_rates"]),
        lowered=result["seconds_at_lowered_rates"],
        alerts=result["alert"]["n"],
        alert_median=_seconds(result["alert"]["median"]),
        alert_p95=_seconds(result["alert"]["p95"]),
        alert_longest=_seconds(result["alert"]["longest"]),
        declared=gaps["declared"],
        unexplained=len(gaps["unexplained"]),
        memory=_per_cent(result["memory"]["growth"]),
        handles=_per_cent(result["handles"]["growth"]),
        share=result["least_share_of_rates"],
        back="\n".join(_fault_rows(result["faults"])),
    )


def _check_rows(checks: Mapping[str, bool | None]) -> Iterator[str]:
    for name, text in _CHECKS.items():
        yield f"| {text} | {_HELD[checks[name]]} |"


def _fault_rows(faults: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for name, text in _NAMES.items():
        back = sorted(one["back_after"] for one in faults if one["fault"] == name)
        if back:
            yield f"| {text} | {len(back)} | {back[len(back) // 2]:.0f}; {back[-1]:.0f} |"


def _seconds(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1f} s"


def _per_cent(share: float | None) -> str:
    return "an unknown share (too few samples)" if share is None else f"{share:+.1%}"
