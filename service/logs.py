"""Logs: one line per event on stderr, quiet unless somebody asks."""

import logging
import os
import sys
from typing import Final

import structlog

FORMAT_VARIABLE: Final = "LITTERWATCH_LOG_FORMAT"
"""In the environment, so that every process that is started writes the same way."""


def configure_logs(*, is_verbose: bool) -> None:
    """Warnings only, or everything from `info` on; for people, or as JSON for programs.

    Libraries that log through the standard library stay at its default: warnings, on stderr.
    """
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.INFO if is_verbose else logging.WARNING
        ),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *_written(),
        ],
        # stderr is looked up for each logger, not once: it may be another one by then.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _written() -> list[structlog.typing.Processor]:
    """What makes a line of an event."""
    # The plain traceback: the default ones would print the values of local variables.
    if os.environ.get(FORMAT_VARIABLE) == "json":
        return [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ]
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    ]
