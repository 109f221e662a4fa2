"""/metrics for Prometheus: the board in numbers, taken when somebody asks."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from litterwatch.detector.errors import ConfigError
from litterwatch.service.runtime.board import Board
from litterwatch.service.runtime.condition import Blind, Condition, Link

_GAUGES: Final[dict[str, tuple[str, Callable[[Condition], float]]]] = {
    "camera_well": ("1 when the camera watches.", lambda c: c.is_well),
    "camera_late": ("1 when pictures are judged late.", lambda c: c.is_late),
    "camera_lag_seconds": ("From taking a picture to having judged it.", lambda c: c.lag or 0.0),
    "camera_clock_wrong": (
        "1 when the camera's own clock is more than 5 s wrong.",
        lambda c: c.has_wrong_clock,
    ),
    "camera_certificate_unchecked": (
        "1 when the camera encrypts and its certificate is not checked.",
        lambda c: c.is_unchecked,
    ),
    "camera_rate": ("Pictures analysed a second, lately.", lambda c: c.rate),
    "camera_wanted_rate": ("Pictures a second that are wanted.", lambda c: c.wanted_rate),
}
_COUNTERS: Final[dict[str, tuple[str, Callable[[Condition], float]]]] = {
    "camera_analysed": ("Pictures judged.", lambda c: c.analysed),
    "camera_inferred": ("Pictures the model looked at.", lambda c: c.inferred),
    "camera_skipped": ("Pictures nobody had time to fetch.", lambda c: c.skipped),
    "camera_displaced": ("Pictures a newer one took the place of.", lambda c: c.displaced),
    "camera_thinned": ("Pictures left out by lowered rates.", lambda c: c.thinned),
    "camera_packets_lost": ("Packets that found no room on the disk.", lambda c: c.lost),
    "camera_undecodable": ("Packets that gave an error.", lambda c: c.undecodable),
    "camera_reader_killed": ("Readers that were stuck.", lambda c: c.killed),
    "camera_reader_died": ("Readers that ended by themselves.", lambda c: c.died),
    "camera_events": ("Suspected events.", lambda c: c.events),
}


class BoardCollector(Collector):
    """The board as metrics, all called litterwatch_...

    Args:
        board: read at each collection.
    """

    def __init__(self, board: Board) -> None:
        self._board = board

    def collect(self) -> Iterable[Metric]:
        conditions = [self._board.conditions[name] for name in sorted(self._board.conditions)]
        for name, (text, value) in _GAUGES.items():
            gauge = GaugeMetricFamily(f"litterwatch_{name}", text, labels=["camera"])
            for condition in conditions:
                gauge.add_metric([condition.camera_id], float(value(condition)))
            yield gauge
        for name, (text, value) in _COUNTERS.items():
            counter = CounterMetricFamily(f"litterwatch_{name}", text, labels=["camera"])
            for condition in conditions:
                counter.add_metric([condition.camera_id], float(value(condition)))
            yield counter
        yield _clocks(conditions)
        yield from self._states(conditions)
        yield from self._machine()

    def _states(self, conditions: list[Condition]) -> Iterator[Metric]:
        link = GaugeMetricFamily(
            "litterwatch_camera_link", "1 for the state it is in.", labels=["camera", "link"]
        )
        blind = GaugeMetricFamily(
            "litterwatch_camera_blind", "1 when it sees nothing.", labels=["camera", "why"]
        )
        for condition in conditions:
            for state in Link:
                link.add_metric([condition.camera_id, state], float(condition.link is state))
            for why in Blind:
                blind.add_metric([condition.camera_id, why], float(why in condition.blind))
        yield link
        yield blind

    def _machine(self) -> Iterator[Metric]:
        share = GaugeMetricFamily(
            "litterwatch_rate_share", "Of the wanted rates that is given.", labels=["group"]
        )
        busy = GaugeMetricFamily("litterwatch_busy", "Share of time in use.", labels=["group"])
        deaths = CounterMetricFamily(
            "litterwatch_group_deaths", "Group processes that ended.", labels=["group"]
        )
        for number, group in enumerate(self._board.groups):
            share.add_metric([str(number)], group.share)
            busy.add_metric([str(number)], group.busy)
            deaths.add_metric([str(number)], group.deaths)
        yield from (share, busy, deaths)
        kept = self._board.kept
        yield CounterMetricFamily(
            "litterwatch_events_stored", "States of events stored.", value=kept.stored
        )
        yield GaugeMetricFamily(
            "litterwatch_events_waiting", "Events that wait to be stored.", value=kept.waiting
        )
        yield GaugeMetricFamily(
            "litterwatch_storing_fails",
            "1 when the last event could not be stored.",
            value=float(kept.failing is not None),
        )
        if kept.last_delay is not None:
            yield GaugeMetricFamily(
                "litterwatch_alert_delay_seconds",
                "From the release to the stored record, of the last provisional event.",
                value=kept.last_delay,
            )


def _clocks(conditions: list[Condition]) -> Metric:
    """Of the cameras that tell their time: no value is another thing than no error."""
    gauge = GaugeMetricFamily(
        "litterwatch_camera_clock_error_seconds",
        "Camera minus host, as last measured.",
        labels=["camera"],
    )
    for condition in conditions:
        if condition.clock is not None:
            gauge.add_metric([condition.camera_id], condition.clock.error)
    return gauge


def serve_metrics(board: Board, address: str, port: int) -> Callable[[], None]:
    """Serve /metrics in a thread; call what is returned to end it.

    Raises:
        ConfigError: the port is taken or the address not ours.
    """
    registry = CollectorRegistry()
    registry.register(BoardCollector(board))
    try:
        server, thread = start_http_server(port, address, registry)
    except OSError as error:
        raise ConfigError(
            f"/metrics cannot be served at {address}:{port} ({error.strerror}): set another"
            " live.metrics_port, or 0 for none."
        ) from error

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join(5)

    return stop
