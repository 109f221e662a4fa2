"""The page inside a package verifies it in a real browser, from the disk, without a network."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from litterwatch.service.events.scripted_package import EVENT, PackageHouse
from litterwatch.service.evidence.archive import Part, read_archive, write_archive

pytestmark = [pytest.mark.browser]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> PackageHouse:
    return PackageHouse(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def package(house: PackageHouse) -> Path:
    return house.exported(house.root / "package.zip", unblurred=True).path


@pytest.fixture
def page(browser: Browser, package: Path, tmp_path: Path) -> Iterator[Page]:
    """The page as it comes out of the package, opened from the disk, asking nobody."""
    with zipfile.ZipFile(package) as opened:
        opened.extract("verify.html", tmp_path)
    context = browser.new_context(viewport={"width": 1366, "height": 768}, offline=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto((tmp_path / "verify.html").as_uri())
    yield page
    assert errors == []
    context.close()


def verdict_on(page: Page, content: bytes) -> str:
    page.set_input_files(
        "#file", {"name": "p.zip", "mimeType": "application/zip", "buffer": content}
    )
    expect(page.locator("#verdict")).to_have_class("whole")
    return page.locator("#verdict").inner_text()


def assert_broken(page: Page, content: bytes) -> str:
    page.set_input_files(
        "#file", {"name": "p.zip", "mimeType": "application/zip", "buffer": content}
    )
    expect(page.locator("#verdict")).to_have_class("broken")
    assert page.locator("#result").is_hidden()
    return page.locator("#verdict").inner_text()


@pytest.mark.parametrize(("address", "by"), [("", "WebCrypto"), ("#plain", "JavaScript")])
def test_a_whole_package_is_whole(
    page: Page, package: Path, house: PackageHouse, address: str, by: str
) -> None:
    page.goto(page.url.split("#")[0] + address)
    assert verdict_on(page, package.read_bytes()).startswith("NGUYÊN VẸN")
    facts = page.locator("#facts").inner_text()
    key = house.store().keys.current()
    assert f"{key.id} ({by})" in facts
    assert key.public_hex in facts
    assert EVENT in facts
    assert page.locator("#log tbody tr").count() == 5
    assert page.locator("#pictures video").count() == 2
    expect(page.locator("#pictures img").first).to_have_js_property("complete", value=True)
    assert page.evaluate("document.querySelector('#pictures img').naturalWidth") == 160


@pytest.mark.parametrize("address", ["", "#plain"])
def test_changes_are_caught(page: Page, package: Path, address: str) -> None:
    page.goto(page.url.split("#")[0] + address)
    whole = package.read_bytes()
    archive = read_archive(io.BytesIO(whole))
    positions = [member.offset + member.size // 2 for member in archive.members.values()]
    for position in (0, *positions, len(whole) - 30, len(whole) - 1):
        changed = bytearray(whole)
        changed[position] ^= 1
        assert_broken(page, bytes(changed))


def test_a_signature_of_somebody_else_is_caught(page: Page, package: Path) -> None:
    """Both with WebCrypto and in plain JavaScript."""
    archive = read_archive(io.BytesIO(package.read_bytes()))
    parts = {name: archive.read(name) for name in archive.members}
    signature = parts["signature.json"].partition(b'"signature":"')[2][:128]
    other = bytes(reversed(signature))
    parts["signature.json"] = parts["signature.json"].replace(signature, other)
    file = io.BytesIO()
    write_archive(file, [Part.of_bytes(name, content) for name, content in parts.items()])
    for address in ("", "#plain"):
        page.goto(page.url.split("#")[0] + address)
        assert "chữ ký" in assert_broken(page, file.getvalue())


def test_what_is_no_package_is_told(page: Page) -> None:
    assert "không phải là gói" in assert_broken(page, b"a letter")
