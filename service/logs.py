"""Logs: one line per event on stderr, quiet unless somebody asks."""

import logging
import sys

import structlog


def configure_logs(*, is_verbose: bool) -> None:
    """Warnings only, or everything from `info` on.

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
            # The plain traceback: the default one would print the values of local variables.
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        # stderr is looked up for each logger, not once: it may be another one by then.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
