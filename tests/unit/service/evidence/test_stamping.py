"""Time stamps by a real authority on this machine (openssl ts)."""

import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from litterwatch.detector.errors import ConfigError, EvidenceError, EvidenceIntegrityError
from litterwatch.service.cli import main
from litterwatch.service.events.scripted import ScriptedHouse, scripted_event
from litterwatch.service.evidence.stamping import HttpAuthority, check_stamp, read_roots

CONFIG = """
[tsa]
default_tsa = tsa1
[tsa1]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[signer]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[req]
distinguished_name = name
[name]
"""


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def make_authority(folder: Path) -> Path:
    """Certificates of an authority of our own; its root."""
    folder.mkdir(exist_ok=True)
    (folder / "tsa.cnf").write_text(CONFIG)
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    common = ["-config", "tsa.cnf", "-days", "30"]
    openssl(
        folder,
        *("req", "-x509", *new_key, *common, "-subj", "/CN=Root"),
        *("-extensions", "ca", "-keyout", "root.key", "-out", "root.pem"),
    )
    openssl(
        folder,
        *("req", "-x509", *new_key, *common, "-subj", "/CN=Signer", "-CA", "root.pem"),
        *("-CAkey", "root.key", "-extensions", "signer", "-keyout", "tsa.key", "-out", "tsa.pem"),
    )
    return folder / "root.pem"


def reply(folder: Path, request: bytes) -> bytes:
    (folder / "query.tsq").write_bytes(request)
    openssl(
        folder,
        *("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq", "-signer", "tsa.pem"),
        *("-inkey", "tsa.key", "-out", "reply.tsr"),
    )
    return (folder / "reply.tsr").read_bytes()


class Server(HTTPServer):
    folder: Path
    answer: bytes | None = None
    status = 200


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        request = self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.server.answer
        if answer is None:
            answer = reply(self.server.folder, request)
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - of the base
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tsa")
    make_authority(folder)
    return folder


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    server.folder = folder
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def authority_of(server: Server, root: Path) -> HttpAuthority:
    return HttpAuthority(f"http://127.0.0.1:{server.server_port}/", read_roots(root))


def test_a_real_authority_stamps_and_the_stamp_holds_later(server: Server, folder: Path) -> None:
    roots = read_roots(folder / "root.pem")
    token = authority_of(server, folder / "root.pem").stamp(b"an envelope")
    assert check_stamp(token, b"an envelope", roots).endswith("+00:00")
    with pytest.raises(EvidenceIntegrityError):
        check_stamp(token, b"another", roots)


def test_a_stamp_of_another_authority_is_refused(server: Server, tmp_path: Path) -> None:
    other = make_authority(tmp_path / "other")
    with pytest.raises(EvidenceIntegrityError, match="another authority"):
        authority_of(server, other).stamp(b"an envelope")


def test_the_answer_to_an_earlier_question_is_refused(server: Server, folder: Path) -> None:
    authority = authority_of(server, folder / "root.pem")
    server.answer = authority.stamp(b"an envelope")  # replayed from now on: another nonce
    with pytest.raises(EvidenceIntegrityError):
        authority.stamp(b"an envelope")


@pytest.mark.parametrize("answer", [b"", b"nonsense", b"0" * 1_000_000])
def test_nonsense_is_refused(server: Server, folder: Path, answer: bytes) -> None:
    server.answer = answer
    with pytest.raises(EvidenceIntegrityError):
        authority_of(server, folder / "root.pem").stamp(b"an envelope")


def test_an_authority_that_fails_or_is_away_is_told(server: Server, folder: Path) -> None:
    server.status, server.answer = 500, b""
    with pytest.raises(EvidenceError, match="did not answer"):
        authority_of(server, folder / "root.pem").stamp(b"an envelope")
    away = HttpAuthority("http://127.0.0.1:1/", read_roots(folder / "root.pem"))
    with pytest.raises(EvidenceError, match="did not answer"):
        away.stamp(b"an envelope")


def test_the_command_stamps_what_has_no_stamp(
    server: Server, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house = ScriptedHouse(tmp_path)
    with house.store().opened() as store:
        house.sink(store).accept(scripted_event())
    house.close()
    (tmp_path / "settings.toml").write_text(
        f'[custody]\ntimestamp_url = "http://127.0.0.1:{server.server_port}/"\n'
        f'timestamp_roots = "{folder / "root.pem"}"\n'
    )
    words = ["evidence", "stamp", str(tmp_path), "--settings", str(tmp_path / "settings.toml")]
    for number in (2, 0):  # the manifest and the head of the chain; nothing new later
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert not ended.value.code
        assert f"{number} signatures stamped" in capsys.readouterr().out


def test_a_file_without_certificates_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Cannot read"):
        read_roots(tmp_path / "none.pem")
    (tmp_path / "none.pem").write_text("a letter")
    with pytest.raises(ConfigError, match="no certificate"):
        read_roots(tmp_path / "none.pem")
