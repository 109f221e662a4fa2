"""The certificate of a fake camera: signed by itself, for no host, as cameras have them."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from litterwatch.detector.protocols import Clock


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """A certificate with its key.

    Attributes:
        file: both, in PEM.
        fingerprint: SHA-256, 64 hexadecimal digits.
    """

    file: Path
    fingerprint: str


def own_certificate(folder: Path, clock: Clock) -> OwnCertificate:
    """A new one in a folder; another one each time.

    Args:
        folder: that nobody else reads.
        clock: the host's.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "camera")])
    now = clock.now()
    own = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    file = folder / "camera.pem"
    plain = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(own.public_bytes(serialization.Encoding.PEM) + plain)
    return OwnCertificate(file, own.fingerprint(hashes.SHA256()).hex())
