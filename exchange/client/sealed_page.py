"""Checks of sealed PDFs from a node, before the client returns them."""

import asyncio
from importlib.util import find_spec

from exchange.client.connection import Connection
from exchange.errors import ExchangeError
from keys.errors import InvalidError, KeysError, UndecidedError
from keys.evidence import Step, Verdict
from keys.ses.checking import CheckedSeal
from keys.trust import TrustBundle


def require_pdf_support() -> None:
    """Refuse a call that returns a sealed PDF if the PDF could not be checked.

    Raises:
        ExchangeError: pyHanko is not installed.
    """
    if find_spec("pyhanko") is None:
        detail = "a sealed PDF is checked with pyHanko: pip install 'yici[pdf]'"
        raise ExchangeError("FAILED_PRECONDITION", "PDF_SUPPORT_MISSING", detail)


async def require_sealed_page(connection: Connection, sealed: bytes, plain: bytes, agency: str) -> None:
    """Check that a PDF is the plain one, followed by a seal of this agency (USCC) and nothing else.

    Raises:
        ExchangeError: it is not.
    """
    if not sealed.startswith(plain):
        raise ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", "another PDF came back")
    checked = await asyncio.to_thread(connection.judged, lambda trust: _check(sealed, trust, agency))
    if checked.verdict is Verdict.INVALID:
        raise ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", f"page: {checked.steps[0].detail}")


def _check(sealed: bytes, trust: TrustBundle, agency: str) -> CheckedSeal:
    # Imported on first use, since it takes a second that other calls do not need.
    from exchange.pages.checking import check_last_seal  # noqa: PLC0415

    try:
        seal = check_last_seal(sealed, trust)
        if seal.agency != agency:
            raise InvalidError("sealed by another agency")
    except UndecidedError as error:
        return CheckedSeal((Step("page", Verdict.UNDECIDED, str(error)),))
    except KeysError as error:
        return CheckedSeal((Step("page", Verdict.INVALID, str(error)),))
    return CheckedSeal((Step("page", Verdict.VALID, f"sealed at {seal.at:%Y-%m-%d %H:%M:%S} UTC"),))
