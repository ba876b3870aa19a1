"""Verification of time-stamp tokens (RFC 3161) with a trust bundle.

A token is CMS SignedData (RFC 5652) of a TSTInfo, which names the stamped bytes by digest. It proves only that these
bytes existed at its time.
"""

from datetime import UTC, datetime
from hashlib import sha1, sha256, sha384, sha512
from hmac import compare_digest

from cryptography import x509

from keys import der
from keys.certificates import Use, read_certificate, spki_of
from keys.certificates import der as bytes_of
from keys.chain import ever_revoked, verify_chain
from keys.errors import InvalidError, MalformedError, UndecidedError
from keys.sm3 import sm3
from keys.suites import signature_holds
from keys.trust import TrustBundle

SIGNED_DATA, TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_1 = "1.2.840.113549.1.9.16.2.47", "1.2.840.113549.1.9.16.2.12"
SHA256 = "2.16.840.1.101.3.4.2.1"
_DIGESTS = {
    SHA256: lambda data: sha256(data).digest(),
    "2.16.840.1.101.3.4.2.2": lambda data: sha384(data).digest(),
    "2.16.840.1.101.3.4.2.3": lambda data: sha512(data).digest(),
    "1.2.156.10197.1.401": sm3,
}
_SHA1 = "1.3.14.3.2.26"
_SET, _SIGNED_ATTRIBUTES, _CERTIFICATES, _LISTS, _KEY = 0x31, 0xA0, 0xA0, 0xA1, 0x80
_SERIAL_BITS, _MAX_TOKEN, _MAX_CERTIFICATES, _TIME_DIGITS = 120, 64 * 1024, 8, 14


def check_token(token: bytes, data: bytes, bundle: TrustBundle) -> datetime:
    """Return the time at which ``data`` existed, by a token of a then trusted time-stamper.

    Raises:
        MalformedError: the bytes are not a token.
        InvalidError: the token is for other bytes, or its signature is wrong.
        UndecidedError: an algorithm is not supported, the chain is not trusted, or revocation is not covered.
    """
    if len(token) > _MAX_TOKEN:
        raise MalformedError(f"timestamp: at most {_MAX_TOKEN} bytes")
    content, certificates, signer = _signed_data(token)
    at, algorithm, imprint = _stamped(content)
    if not compare_digest(_digest(algorithm, data), imprint):
        raise InvalidError("timestamp: it is for other bytes")
    chain = _check_signer(signer, content, certificates)
    try:
        verify_chain(chain, Use.TSA, at, bundle)
    except InvalidError as error:  # the stamped bytes may be right nevertheless
        raise UndecidedError(f"timestamp: not by a time stamper that is trusted here; {error}") from error
    if ever_revoked(chain, bundle):  # the holder of a compromised key can state any time
        raise UndecidedError("timestamp: its time stamper was revoked since, so that its word proves nothing")
    return at


def _signed_data(token: bytes) -> tuple[bytes, list[x509.Certificate], der.Fields]:
    outer = der.Fields(der.read(token, "timestamp"), "timestamp")
    if outer.oid("contentType") != SIGNED_DATA:
        raise MalformedError("timestamp.contentType: must be signed data")
    explicit = der.Fields(outer.take("content", der.EXPLICIT), "timestamp.content", der.EXPLICIT)
    fields = der.Fields(explicit.take("signedData", der.SEQUENCE), "timestamp.signedData")
    fields.integer("version")
    fields.take("digestAlgorithms", _SET)
    encapsulated = der.Fields(fields.take("encapContentInfo", der.SEQUENCE), "timestamp.encapContentInfo")
    if encapsulated.oid("eContentType") != TST_INFO:
        raise MalformedError("timestamp.eContentType: must be a TSTInfo")
    within = der.Fields(encapsulated.take("eContent", der.EXPLICIT), "timestamp.eContent", der.EXPLICIT)
    content = within.octets("content", _MAX_TOKEN)
    held = fields.optional(_CERTIFICATES)
    items = der.items(held, "timestamp.certificates", _CERTIFICATES)[:_MAX_CERTIFICATES] if held else []
    certificates = [read_certificate(item.raw) for item in items]
    fields.optional(_LISTS)
    signers = der.items(fields.take("signerInfos", _SET), "timestamp.signerInfos", _SET)
    if len(signers) != 1:
        raise MalformedError("timestamp.signerInfos: one is expected")
    return content, certificates, der.Fields(signers[0], "timestamp.signerInfo")


def _stamped(content: bytes) -> tuple[datetime, str, bytes]:
    fields = der.Fields(der.read(content, "timestamp.tstInfo"), "timestamp.tstInfo")
    fields.integer("version", 1, 1)
    fields.oid("policy")
    imprint = der.Fields(fields.take("messageImprint", der.SEQUENCE), "timestamp.messageImprint")
    algorithm = der.Fields(imprint.take("hashAlgorithm", der.SEQUENCE), "timestamp.hashAlgorithm").oid("algorithm")
    digest = imprint.octets("hashedMessage", 64)
    fields.take("serialNumber", der.INTEGER)
    text = fields.take("genTime", der.TIME).contents
    try:  # fractions of a second are allowed, and ignored
        at = datetime.strptime(text[:_TIME_DIGITS].decode("ascii"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise MalformedError("timestamp.genTime: not a time") from error
    if not text.endswith(b"Z"):
        raise MalformedError("timestamp.genTime: must be in UTC")
    return at, algorithm, digest


def _check_signer(signer: der.Fields, content: bytes, certificates: list[x509.Certificate]) -> list[x509.Certificate]:
    """Verify the signature over the content, and return the chain, own certificate first."""
    signer.integer("version")
    sid = signer.take("sid", der.SEQUENCE, _KEY)
    algorithm = der.Fields(signer.take("digestAlgorithm", der.SEQUENCE), "timestamp.digestAlgorithm").oid("algorithm")
    attributes = signer.take("signedAttrs", _SIGNED_ATTRIBUTES)
    values = {}
    for item in der.items(attributes, "timestamp.signedAttrs", _SIGNED_ATTRIBUTES):
        fields = der.Fields(item, "timestamp.signedAttrs")
        name = fields.oid("type")
        if name in values:
            raise MalformedError("timestamp.signedAttrs: one attribute twice")
        values[name] = fields.take("values", _SET).contents
    wanted = der.write(der.OCTET_STRING, _digest(algorithm, content))
    if not compare_digest(values.get(MESSAGE_DIGEST, b""), wanted) or values.get(CONTENT_TYPE) != der.oid(TST_INFO):
        raise InvalidError("timestamp: its signature is over something else")
    own = next((item for item in certificates if _identified(item, sid)), None)
    if own is None:
        raise UndecidedError("timestamp: its signer's certificate is not in it")
    _check_named(own, values)
    identifier, signature = signer.take("signatureAlgorithm", der.SEQUENCE).raw, signer.octets("signature", 1024)
    signed = der.write(_SET, attributes.contents)
    try:
        good = signature_holds(identifier, spki_of(own), signature, signed, algorithm)
    except MalformedError as error:
        raise UndecidedError("timestamp: signed by an algorithm that is not known here") from error
    if not good:
        raise InvalidError("timestamp: not signed by its certificate")
    chain = [own]
    while above := next(
        (item for item in certificates if item.subject == chain[-1].issuer and item not in chain), None
    ):
        chain.append(above)
    return chain


def _check_named(own: x509.Certificate, values: dict[str, bytes]) -> None:
    """Check that the signed attributes name the signer's certificate by digest (RFC 5035)."""
    what = "timestamp.signingCertificate"
    held = values.get(SIGNING_CERTIFICATE) or values.get(SIGNING_CERTIFICATE_1)
    if not held:
        raise InvalidError("timestamp: its signature does not name its certificate")
    certificates = der.sequence_of(held, what)[:1]
    first = der.sequence_of(certificates[0].raw, what)[:1] if certificates else []
    named = der.sequence_of(first[0].raw, what) if first else []
    algorithm = SHA256 if SIGNING_CERTIFICATE in values else _SHA1
    if named and named[0].tag == der.SEQUENCE:  # the digest's algorithm, if it is not the default
        algorithm, named = der.Fields(named[0], what).oid("hashAlgorithm"), named[1:]
    whole = bytes_of(own)
    # SHA-1 identifies a certificate in older tokens (RFC 2634), and signs nothing.
    digest = sha1(whole, usedforsecurity=False).digest() if algorithm == _SHA1 else _digest(algorithm, whole)
    if not named or not compare_digest(digest, named[0].contents):
        raise InvalidError("timestamp: its signature names another certificate")


def _identified(certificate: x509.Certificate, identifier: der.Element) -> bool:
    if identifier.tag == der.SEQUENCE:
        named = der.sequence(certificate.issuer.public_bytes(), der.integer(certificate.serial_number))
        return named == identifier.raw
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return False
    return found.digest == identifier.contents


def _digest(algorithm: str, data: bytes) -> bytes:
    if algorithm not in _DIGESTS:
        raise UndecidedError("timestamp: a digest that is not known here")
    return _DIGESTS[algorithm](data)
