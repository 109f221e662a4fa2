"""The wall clock of the people who use this: permitted hours, dates on pages, times typed in."""

from datetime import timedelta, timezone
from typing import Final

# Viet Nam keeps UTC+7 all year; a fixed offset needs no time zone data on the machine.
LOCAL: Final = timezone(timedelta(hours=7))
