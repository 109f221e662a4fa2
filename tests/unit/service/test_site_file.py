"""SITE.toml is read whole or refused with the file, the key and what is allowed."""

from pathlib import Path

import pytest

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.types import Round, Site, ZoneKind
from litterwatch.service.site_file import load_site

ZONE = '[[zone]]\nid = "kerb"\nkind = "no_dump"\noutline = [[0, 0.5], [1, 0.5], [1, 1]]\n'

POINT = ZONE.replace("kerb", "point").replace("no_dump", "collection_point")
R1 = "zone 'point': rounds 1: "


def rounds(rest: str, hours: str = "05:00-06:00") -> str:
    return f"rounds = [{{ hours = '{hours}', {rest} }}]\n"


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


def test_rounds_have_days_and_hours(tmp_path: Path) -> None:
    text = """rounds = [
        { days = ["thu", "mon", "mon"], hours = "05:00-06:30" },
        { days = ["sun"], hours = "23:00 - 01:00", on_days_off = true },
    ]
    """
    assert load_site(written(tmp_path, POINT + text)).zones[0].rounds == (
        Round((0, 3), 300, 390),
        Round((6,), 1380, 1500, on_days_off=True),
    )


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
        (POINT + "rounds = 3\n", "zone 'point': rounds", 'days = ["mon"'),
        (POINT + "rounds = ['mon']\n", "zone 'point': rounds 1", "table"),
        (POINT + "rounds = [{ hours = '05:00-06:00' }]\n", "zone 'point': rounds 1: days", "mon"),
        (POINT + rounds("days = []"), "zone 'point': rounds 1: days", "sun"),
        (POINT + rounds("days = ['monday']"), "zone 'point': rounds 1: days", "sun"),
        (POINT + rounds("days = [['mon']]"), "zone 'point': rounds 1: days", "sun"),
        (POINT + rounds("days = ['mon'], each = 3"), "zone 'point': rounds 1: each", "hours"),
        (POINT + rounds("days = ['mon'], on_days_off = 1"), R1 + "on_days_off", "true or false"),
        (POINT + rounds("days = ['mon']", "5-6"), R1 + "hours", "05:00-06:30"),
        (POINT + rounds("days = ['mon']", "24:00-05:00"), R1 + "hours", "05:00-06:30"),
        (ZONE + rounds("days = ['mon']"), "zone 'kerb': rounds", "collection_point"),
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
