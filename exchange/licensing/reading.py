"""Reading and checks of presented licenses: envelopes, QR codes as text or picture, sealed PDFs."""

import io
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from exchange.pages.checking import attachments_of, check_pdf
from exchange.pages.formats import is_pdf
from exchange.pages.license import ENVELOPE_NAME, RECEIPT_NAME
from keys.errors import InvalidError, KeysError, MalformedError, UndecidedError
from keys.evidence import Step, Verdict
from keys.license import Checked, check_license, status_uri_of
from keys.statuslist import MAX_BYTES
from keys.trust import TrustBundle

_MAX_FILE = 20 * 1024 * 1024
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM")
_FETCH_SECONDS = 10.0
_MAX_PIXELS = 50_000_000


@dataclass(frozen=True, slots=True)
class PresentedLicense:
    """A presented license: its text (envelope or QR text), and its receipt and PDF, if any."""

    text: str
    receipt: str = ""
    pdf: bytes = b""


def read_presented(data: bytes) -> PresentedLicense:
    """Read a file's contents, or a text.

    Raises:
        MalformedError: the data are none of the forms of a license.
    """
    if len(data) > _MAX_FILE:
        raise MalformedError(f"license: at most {_MAX_FILE} bytes")
    if is_pdf(data):
        return _from_pdf(data)
    if data.startswith(_PICTURES):
        return PresentedLicense(_from_picture(data))
    try:
        return PresentedLicense(data.decode("ascii").strip("\r\n"))
    except UnicodeDecodeError as error:
        raise MalformedError("license: neither an envelope, nor a QR code, nor a PDF, nor a picture") from error


def check_presented(
    presented: PresentedLicense, bundle: TrustBundle, at: datetime, status_list: str | bytes = ""
) -> Checked:
    """Check a presented license, its PDF's seal first; not within an event loop, as pyHanko runs its own."""
    found = check_license(presented.text, bundle, at, receipt=presented.receipt, status_list=status_list)
    if not presented.pdf:
        return found
    try:
        page = Step("page", Verdict.VALID, _check_page(presented.pdf, bundle, str(found.license.get("iss", ""))))
    except UndecidedError as error:
        page = Step("page", Verdict.UNDECIDED, str(error))
    except KeysError as error:
        return Checked((Step("page", Verdict.INVALID, str(error)), *found.steps))
    return Checked((page, *found.steps), found.license, found.digest, found.status, found.status_as_of)


def fetch_status_list(text: str) -> str:
    """Fetch the status list that a license names, over HTTP.

    Raises:
        UndecidedError: it is not available.
    """
    uri = status_uri_of(text)
    try:
        with httpx.stream(
            "GET", uri, timeout=_FETCH_SECONDS, headers={"accept": "application/statuslist+jwt"}, follow_redirects=False
        ) as response:
            response.raise_for_status()
            data, end = bytearray(), time.monotonic() + _FETCH_SECONDS
            for part in response.iter_bytes():
                data += part
                if len(data) > MAX_BYTES or time.monotonic() > end:
                    raise UndecidedError("status list: larger than any list, or too slow")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UndecidedError(f"status list: cannot be fetched ({type(error).__name__})") from error
    return data.decode("ascii", errors="replace")


def _from_picture(data: bytes) -> str:
    import zxingcpp  # noqa: PLC0415  # only pictures need it
    from PIL import Image  # noqa: PLC0415

    try:
        with Image.open(io.BytesIO(data)) as picture:
            if picture.width * picture.height > _MAX_PIXELS:
                raise MalformedError(f"picture: at most {_MAX_PIXELS} pixels")
            found = zxingcpp.read_barcodes(picture.convert("L"))
    except MalformedError:
        raise
    except Exception as error:  # untrusted input: decoders raise many types
        raise MalformedError("picture: cannot be read") from error
    texts = [item.text for item in found if item.format == zxingcpp.BarcodeFormat.QRCode]
    if len(texts) != 1:
        raise MalformedError(f"picture: {'no QR code' if not texts else 'more than one QR code'} in it")
    return str(texts[0])


def _from_pdf(data: bytes) -> PresentedLicense:
    files = attachments_of(data, (ENVELOPE_NAME, RECEIPT_NAME))
    try:
        return PresentedLicense(files[ENVELOPE_NAME].decode("ascii"), files[RECEIPT_NAME].decode("utf-8"), data)
    except (KeyError, UnicodeDecodeError) as error:
        raise MalformedError("PDF: no license is attached to it") from error


def _check_page(data: bytes, bundle: TrustBundle, issuer: str) -> str:
    """Check that the PDF's own seal is the issuer's, and covers the whole file."""
    found = check_pdf(data, bundle)
    if len(found) != 1:
        raise InvalidError("PDF: one seal is expected")
    if found[0].agency != issuer:
        raise InvalidError("PDF: sealed by another agency than the license's issuer")
    return f"sealed at {found[0].at:%Y-%m-%d %H:%M:%S} UTC, unchanged since"


def read_argument(argument: str) -> bytes:
    """Return the contents of the file that an argument names, or the argument itself.

    Raises:
        MalformedError: the file is too large or cannot be read.
    """
    path = Path(argument)
    try:
        if "\n" in argument or len(argument) > 255 or not path.is_file():  # noqa: PLR2004  # longer than any file's name
            return argument.encode("utf-8", "surrogateescape")  # the shell's bytes
        if path.stat().st_size > _MAX_FILE:
            raise MalformedError(f"{path.name}: at most {_MAX_FILE} bytes")
        return path.read_bytes()
    except OSError as error:
        raise MalformedError(f"{path.name}: cannot be read") from error
