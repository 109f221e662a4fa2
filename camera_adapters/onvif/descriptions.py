"""The descriptions (WSDL) of ONVIF services, read once for each process.

They are those that the package onvif-zeep installs; its own client is not used (docs/decisions/
0040). Two things are put right while they are read, in memory: topics of events keep their text
(the schema calls them mixed content, which zeep drops), and Media2, which is missing there, is
described beside this file.
"""

from enum import Enum
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from lxml import etree
from zeep import Settings, Transport
from zeep.wsdl import Document

from litterwatch.detector.errors import ConfigError

SETTINGS: Final = Settings(strict=False, forbid_dtd=True, forbid_entities=True)
"""Cameras leave required things out; none needs a DTD."""
_XSD: Final = "{http://www.w3.org/2001/XMLSchema}"
_TOPIC: Final = "TopicExpressionType"


class Service(Enum):
    """A service: its namespace, the file that describes it, the name of its binding there."""

    DEVICE = ("http://www.onvif.org/ver10/device/wsdl", "devicemgmt.wsdl", "DeviceBinding")
    MEDIA = ("http://www.onvif.org/ver10/media/wsdl", "media.wsdl", "MediaBinding")
    MEDIA2 = ("http://www.onvif.org/ver20/media/wsdl", "media2.wsdl", "Media2Binding")
    EVENTS = ("http://www.onvif.org/ver10/events/wsdl", "events.wsdl", "EventBinding")
    PTZ = ("http://www.onvif.org/ver20/ptz/wsdl", "ptz.wsdl", "PTZBinding")
    SEARCH = ("http://www.onvif.org/ver10/search/wsdl", "search.wsdl", "SearchBinding")
    REPLAY = ("http://www.onvif.org/ver10/replay/wsdl", "replay.wsdl", "ReplayBinding")
    PULL_POINT = (
        "http://www.onvif.org/ver10/events/wsdl",
        "events.wsdl",
        "PullPointSubscriptionBinding",
    )
    SUBSCRIPTION = (
        "http://www.onvif.org/ver10/events/wsdl",
        "events.wsdl",
        "SubscriptionManagerBinding",
    )

    @property
    def namespace(self) -> str:
        """By which cameras list it."""
        return self.value[0]

    @property
    def file(self) -> str:
        """That describes it."""
        return self.value[1]

    @property
    def binding(self) -> str:
        """Its qualified name, for zeep."""
        return f"{{{self.namespace}}}{self.value[2]}"


class _Reader(Transport):  # type: ignore[misc]  # zeep has no types
    """Reads files of the installed package, and corrects one; never the network."""

    def load(self, url: str) -> bytes:
        """The content of a local file.

        Raises:
            ConfigError: a description refers to the network.
        """
        if "://" in url:
            raise ConfigError(f"A description of ONVIF refers to {url}: install onvif-zeep again.")
        content = Path(url).read_bytes()
        return with_topics(content) if Path(url).name == "b-2.xsd" else content


@cache
def described(file: str) -> Document:
    """A description, ready for use; shared by all cameras of this process.

    Raises:
        ConfigError: onvif-zeep is not installed as it should be.
    """
    path = Path(__file__).parent / file
    if not path.is_file():
        path = installed_descriptions() / file
    try:
        return Document(str(path), _Reader(), settings=SETTINGS)
    except OSError as error:
        raise ConfigError(
            f"The description {file} of ONVIF cannot be read: install onvif-zeep again."
        ) from error


def installed_descriptions() -> Path:
    """The folder of descriptions that onvif-zeep installs; its code is not run to find it.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        files = distribution("onvif-zeep").files or []
    except PackageNotFoundError:
        files = []
    for file in files:
        if file.name == "devicemgmt.wsdl":
            return Path(str(file.locate())).resolve().parent
    raise ConfigError("ONVIF needs the package onvif-zeep: install it again.")


def with_topics(schema: bytes) -> bytes:
    """The schema of notifications with topics as text that has attributes.

    Raises:
        ConfigError: there is no such type in it: another version of onvif-zeep.
    """
    tree = etree.fromstring(schema)
    for kind in tree.findall(f"{_XSD}complexType"):
        if kind.get("name") == _TOPIC:
            attributes = kind.findall(f"{_XSD}attribute") + kind.findall(f"{_XSD}anyAttribute")
            kind.attrib.pop("mixed", None)
            kind.clear(keep_tail=True)
            kind.set("name", _TOPIC)
            content = etree.SubElement(kind, f"{_XSD}simpleContent")
            extension = etree.SubElement(content, f"{_XSD}extension", base="xsd:string")
            extension.extend(attributes)
            return bytes(etree.tostring(tree))
    raise ConfigError("The descriptions of ONVIF are of another version: install onvif-zeep again.")
