"""The page inside a package that verifies the package: one file, no network, no installation."""

import base64
from functools import cache
from hashlib import sha256
from importlib.resources import files


@cache
def package_page() -> bytes:
    """The page; its own script is the only one that its policy lets run."""
    folder = files("litterwatch.service") / "web" / "templates" / "package"
    page, style, *scripts = (
        (folder / name).read_text("utf-8")
        for name in ("verify.html", "verify.css", "ed25519.js", "archive.js", "verify.js")
    )
    script = "\n".join(["'use strict';", *scripts])
    digest = base64.b64encode(sha256(script.encode()).digest()).decode()
    for mark, text in (("@STYLE@", style), ("@DIGEST@", digest), ("@SCRIPT@", script)):
        page = page.replace(mark, text)
    return page.encode()
