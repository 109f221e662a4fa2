"""SITE.toml is read whole or refused with the file, the key and what is allowed."""

from pathlib import Path

import pytest

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.types import Site, ZoneKind
from litterwatch.service.site_file import load_site

ZONE = '[[zone]]\nid = "kerb"\nkind = "no_dump"\noutline = [[0, 0.5], [1, 0.5], [1, 1]]\n'


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_whole_site_is_read(tmp_path: Path) -> None:
    site = load_site(
        written(
            tmp_path,
            '[site]\nid = "Chợ Xanh"\nperson_height = [[0.4, 0.12], [0.9, 0.45]]\n'
            '[[zone]]\nid = "point"\nkind = "collection_point"\nmin_object = 0.05\n'
            "outline = [[0, 0.5], [1, 0.5], [1, 1]]\n"
            'permitted = ["06:00-08:00", "17:30 - 19:00"]\n' + ZONE,
        )
    )
    assert site.id == "Chợ Xanh"
    assert site.person_height == ((0.4, 0.12), (0.9, 0.45))
    assert [zone.id for zone in site.zones] == ["point", "kerb"]
    point = site.zones[0]
    assert point.kind is ZoneKind.COLLECTION_POINT
    assert point.permitted == ((360, 480), (1050, 1140))
    assert point.min_object == 0.05
    assert point.outline == ((0.0, 0.5), (1.0, 0.5), (1.0, 1.0))


def test_without_zones_the_whole_frame_is_watched(tmp_path: Path) -> None:
    site = load_site(written(tmp_path, '[site]\nid = "gate"\n'))
    assert site.zones == Site().zones
    assert site.id == "gate"


@pytest.mark.parametrize(
    ("hours", "spans"),
    [
        ("22:00-05:00", ((1320, 1440), (0, 300))),  # over midnight
        ("20:00-24:00", ((1200, 1440),)),
        ("20:00-00:00", ((1200, 1440),)),
        ("00:00-24:00", ((0, 1440),)),
    ],
)
def test_hours_may_go_over_midnight(
    tmp_path: Path, hours: str, spans: tuple[tuple[int, int], ...]
) -> None:
    site = load_site(written(tmp_path, ZONE + f'permitted = ["{hours}"]\n'))
    assert site.zones[0].permitted == spans


@pytest.mark.parametrize(
    ("text", "key", "allowed"),
    [
        ("[camera]\nid = 1\n", "camera", "site, zone"),
        ('[site]\nname = "x"\n', "[site]: name", "id, person_height"),
        ("[site]\nid = 3\n", "site.id", "text"),
        ("site = 3\n", "[site]", "table"),
        ("[site]\nperson_height = 3\n", "site.person_height", "height of a person"),
        ("[site]\nperson_height = [[0.4, 0]]\n", "site.person_height", "height of a person"),
        ("[site]\nperson_height = [[0.4, 140]]\n", "site.person_height", "from 0 to 1"),
        ("[zone]\nid = 'a'\n", "zone", "[[zone]]"),
        ("[[zone]]\nid = 'a'\nkind = 'road'\n", "zone 1: outline", "missing"),
        (ZONE.replace("no_dump", "nodump"), "zone 'kerb': kind", "collection_point"),
        (ZONE.replace(", [1, 1]]", "]"), "zone 'kerb': outline", "three or more"),
        (ZONE.replace("0.5", "540"), "zone 'kerb': outline", "from 0 (left, top) to 1"),
        (ZONE.replace("0.5", "nan"), "zone 'kerb': outline", "from 0 (left, top) to 1"),
        (ZONE.replace("[0, 0.5]", "[true, 0.5]"), "zone 'kerb': outline", "from 0"),
        (ZONE + "permitted = '06:00-08:00'\n", "zone 'kerb': permitted", "06:00-08:00"),
        (ZONE + "permitted = ['6-8']\n", "zone 'kerb': permitted", "06:00-08:00"),
        (ZONE + "permitted = ['06:00-25:00']\n", "zone 'kerb': permitted", "06:00-08:00"),
        (ZONE + "permitted = ['06:00-06:00']\n", "zone 'kerb': permitted", "06:00-08:00"),
        (ZONE + "min_object = 0\n", "zone 'kerb': min_object", "above 0"),
        (ZONE + "colour = 'red'\n", "zone 1: colour", "min_object"),
        (ZONE + ZONE, "zone.id", "rename"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, key: str, allowed: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_site(path)
    assert str(caught.value).startswith(f"{path}: {key} ")
    assert allowed in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.toml: cannot be read"):
        load_site(tmp_path / "nothing.toml")


def test_a_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_site(written(tmp_path, "[site\n"))


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(b'[site]\nid = "Ch\xff"\n')
    with pytest.raises(ConfigError, match="UTF-8"):
        load_site(path)
