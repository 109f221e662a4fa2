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
        self._named: dict[int, dict[str, Place]] = {}
        for site in self.sites:
            for camera in self.cameras[site.id]:
                self._live[camera.id] = Place(camera, site)
                if camera.source:
                    of_length = self._named.setdefault(len(camera.source), {})
                    of_length[camera.source] = Place(camera, site)
        self._lengths = sorted(self._named, reverse=True)

    def place_of(self, source: str) -> Place | None:
        """The camera whose id this is, or whose beginning of names fits; None for no camera."""
        live = self._live.get(source)
        if live is not None:
            return live
        # By length, the longest first: there are few lengths and may be thousands of names.
        fitting = (self._named[length].get(source[:length]) for length in self._lengths)
        return next((place for place in fitting if place is not None), None)

    def sees(self, source: str) -> bool:
        """Whether whoever asked may know of a source: one in no unit is the whole province's."""
        return self.units is None or self.place_of(source) is not None
