"""Counts that many pages show, made once and kept until there is news.

Whatever changes a count writes news in the same transaction, so as long as the number of the newest
news is the same, so is the count: nobody sees an old one, not even of his own verdict. Only moving
a camera to another commune writes none: the desk forgets then, and another process's change is
seen after `LONGEST` at the latest.
"""

import threading
from collections.abc import Callable, Hashable, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final, TypeVar, cast

from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from litterwatch.detector.protocols import Clock
from litterwatch.service.reviews import queue
from litterwatch.service.reviews.changes import latest_seq
from litterwatch.service.reviews.conditions import Person
from litterwatch.service.reviews.schemas import FilterQuery
from litterwatch.service.reviews.state import ReviewState
from litterwatch.service.sites.places import Register
from litterwatch.service.units import known_unit
from litterwatch.service.users.roles import Permission, areas

LONGEST: Final = timedelta(seconds=60)
"""How long a count is kept where there is no news."""

_MOST: Final = 1000  # different counts at once: filters and communes
_RECORDINGS: Final = 500  # in a list to choose from
_Found = TypeVar("_Found")


class Kept:
    """Counts and lists of recordings, for every page of the desk.

    Args:
        clock: for `LONGEST`.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seq = -1
        self._since = clock.now()
        self._found: dict[Hashable, Any] = {}
        self._aged: dict[Hashable, tuple[datetime, Any]] = {}

    def forget(self) -> None:
        """Count again: something has changed without news."""
        with self._lock:
            self._seq = -1
            self._aged.clear()

    def counts(
        self, session: Session, person: Person, wanted: queue.Filter, seq: int
    ) -> dict[ReviewState, int]:
        """How many events there are in each state under the other filters.

        Args:
            session: a reading one.
            person: who may see some of them.
            wanted: the filters; state and order do not matter.
            seq: of the newest news, read in this session before.
        """
        mine = person.user_id if wanted.mine else None
        key = ("counts", _units(person), mine, queue.without_state(wanted))
        return self._kept(key, seq, lambda: queue.counts(session, person, wanted))

    def sources(self, session: Session, person: Person, seq: int, chosen: str | None) -> Markup:
        """Options for a list of the recordings with events that this person may see."""
        key = ("sources", _units(person))
        options = self._kept(
            key, seq, lambda: _options(queue.sources(session, person, _RECORDINGS))
        )
        if chosen is None:
            return options
        option = Markup("<option>{}</option>").format(chosen)
        selected = Markup("<option selected>{}</option>").format(chosen)
        if option in options:
            return Markup(options.replace(option, selected, 1))  # noqa: S704 - both are escaped
        return selected + options

    def register(self, session: Session, person: Person) -> Register:
        """Sites and cameras where this person may look at events; up to `LONGEST` old."""
        units = _units(person)
        return self.for_a_while(("register", units), lambda: Register(session, units))

    def sites(
        self, session: Session, person: Person, chosen: str | None, *, is_english: bool
    ) -> Markup:
        """Options for a list of those sites, by commune; up to `LONGEST` old."""
        key = ("sites", _units(person), is_english)
        options = self.for_a_while(
            key, lambda: _site_options(self.register(session, person), is_english=is_english)
        )
        option = Markup('<option value="{}">').format(chosen)
        selected = Markup('<option value="{}" selected>').format(chosen)
        return Markup(options.replace(option, selected, 1))  # noqa: S704 - both are escaped

    def wanted(self, session: Session, person: Person, asked: FilterQuery) -> queue.Filter:
        """What an address asks for; a site is asked for by its sources, up to `LONGEST` old."""
        if asked.site is None:
            return asked.filter()
        by_site = self.for_a_while(
            ("sources of sites", _units(person)), lambda: self._by_site(session, person)
        )
        return asked.filter(by_site.get(asked.site, ()))

    def _by_site(self, session: Session, person: Person) -> Mapping[str, tuple[str, ...]]:
        register = self.register(session, person)
        found: dict[str, tuple[str, ...]] = {}
        for source in queue.sources(session, person):
            place = register.place_of(source)
            if place is not None:
                found[place.site.id] = (*found.get(place.site.id, ()), source)
        return found

    def for_a_while(self, key: Hashable, make: Callable[[], _Found]) -> _Found:
        """What may be up to `LONGEST` old, whatever the news."""
        now = self._clock.now()
        with self._lock:
            since, found = self._aged.get(key, (None, None))
            if since is not None and now - since <= LONGEST:
                return cast(_Found, found)
        fresh = make()
        with self._lock:
            if len(self._aged) > _MOST:
                self._aged.clear()
            self._aged[key] = now, fresh
        return fresh

    def _kept(self, key: Hashable, seq: int, make: Callable[[], _Found]) -> _Found:
        now = self._clock.now()
        with self._lock:
            is_old = self._seq >= 0 and now - self._since > LONGEST
            if seq != self._seq or is_old or len(self._found) > _MOST:
                self._seq, self._since, self._found = seq, now, {}
            home = self._found
            if key in home:
                found: _Found = home[key]
                return found
        found = make()  # outside the lock: two may count at once, which costs only time
        home[key] = found
        return found


def newest(session: Session) -> int:
    """The number of the newest news: read before what it vouches for."""
    return latest_seq(session)


def _units(person: Person) -> frozenset[str] | None:
    return areas(person.grants, Permission.SEE_EVENTS)


def _options(sources: Any) -> Markup:
    return Markup("").join(Markup("<option>{}</option>").format(escape(s)) for s in sources)


def _site_options(register: Register, *, is_english: bool) -> Markup:
    options = Markup("")
    for code, sites in groupby(register.sites, key=lambda site: site.unit):
        unit = known_unit(code)
        name = code if unit is None else (unit.full_name_en if is_english else unit.full_name)
        inner = Markup("").join(
            Markup('<option value="{}">{}</option>').format(site.id, site.name) for site in sites
        )
        options += Markup('<optgroup label="{}">{}</optgroup>').format(name, inner)
    return options
