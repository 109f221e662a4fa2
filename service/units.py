"""Communes and wards of the province, by the code of the statistics office.

Names are written in more than one way (Hoà, Hòa), so units are told apart by their code.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).resolve().parent / "data" / "units_caobang.json"


@dataclass(frozen=True, slots=True)
class Unit:
    """A commune or ward.

    Attributes:
        code: five digits.
        is_ward: else a commune.
        full_name: with "Phường" or "Xã".
        point: (longitude, latitude), WGS84, somewhere inside.
    """

    code: str
    is_ward: bool
    full_name: str
    full_name_en: str
    point: tuple[float, float]


@cache
def units() -> tuple[Unit, ...]:
    """All of them, by code."""
    content = json.loads(FILE.read_text(encoding="utf-8"))
    return tuple(
        Unit(
            code=entry["code"],
            is_ward=entry["type"] == "ward",
            full_name=entry["full_name"],
            full_name_en=entry["full_name_en"],
            point=(float(entry["point"][0]), float(entry["point"][1])),
        )
        for entry in content["units"]
    )


def known_unit(code: str | None) -> Unit | None:
    """The unit with this code."""
    return next((unit for unit in units() if unit.code == code), None)
