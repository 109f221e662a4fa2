"""Which camera, site and unit a source belongs to, as the register says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from litterwatch.service.sites.service import cameras, sites
from litterwatch.service.sites.tables import CameraEntryRow, SiteRow


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source looks."""

    camera: CameraEntryRow
    site: SiteRow


class Register:
    """The sites and cameras that somebody may see, read once.

    Args:
        session: a reading one.
        units: the communes and wards, None for all.
    """

    def __init__(self, session: Session, units: frozenset[str] | None) -> None:
        self.units = units
        self.sites: Sequence[SiteRow] = sites(session, units)
        self.cameras: Mapping[str, list[CameraEntryRow]] = cameras(
            session, [site.id for site in self.sites]
        )
        self._live: dict[str, Place] = {}
        named: list[tuple[str, Place]] = []
        for site in self.sites:
            for camera in self.cameras[site.id]:
                self._live[camera.id] = Place(camera, site)
                if camera.source:
                    named.append((camera.source, Place(camera, site)))
        self._named = sorted(named, key=lambda known: -len(known[0]))

    def place_of(self, source: str) -> Place | None:
        """The camera whose id this is, or whose beginning of names fits; None for no camera."""
        live = self._live.get(source)
        if live is not None:
            return live
        return next((place for start, place in self._named if source.startswith(start)), None)

    def sees(self, source: str) -> bool:
        """Whether whoever asked may know of a source: one in no unit is the whole province's."""
        return self.units is None or self.place_of(source) is not None
