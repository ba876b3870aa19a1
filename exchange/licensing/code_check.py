"""Public checks of licenses' QR codes by the node: the code's contents, and the published status.

Nothing else is disclosed, since the code has the contents, and the status list is public. So a check needs no basis
and has no ledger entry.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.x509 import NameOID

from keys.certificates import organization_identifier
from keys.errors import KeysError
from keys.license import Checked, check_license
from keys.qr import Essentials, code_of, essentials_of, parse_qr
from keys.trust import TrustBundle
from registry.errors import RegistryError

StatusOf = Callable[[int], Awaitable[str]]
"""Returns the current publication of a status list of this node, given its number."""
_NUMBER = re.compile("0|[1-9][0-9]{0,9}")


@dataclass(frozen=True, slots=True)
class CheckedCode:
    """The steps of a check and, if the seal is valid, the code's contents and its issuer's name."""

    checked: Checked
    essentials: Essentials | None
    issuer: str


async def check_code(text: str, bundle: TrustBundle, status_uri: str, status_of: StatusOf) -> CheckedCode:
    """Check a code, or a URL with it, as of now; status lists published elsewhere are not fetched.

    Raises:
        MalformedError: the text is not a code.
    """
    code = code_of(text.strip())
    said = essentials_of(parse_qr(code).unverified_claims)
    listed = ""
    number = said.status_uri.removeprefix(status_uri)
    if said.status_uri.startswith(status_uri) and _NUMBER.fullmatch(number):
        try:
            listed = await status_of(int(number))
        except (RegistryError, KeysError):
            listed = ""  # the status step reports it as unknown
    found = await asyncio.to_thread(check_license, code, bundle, datetime.now(UTC), status_list=listed)
    return CheckedCode(found, said, _name_of(said.issuer, bundle)) if found.license else CheckedCode(found, None, "")


def _name_of(agency: str, bundle: TrustBundle) -> str:
    """Return an agency's name from the certificate of one of its seals."""
    names = (
        seal.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        for seal in bundle.seals
        if organization_identifier(seal) == agency
    )
    return next((str(found[0].value) for found in names if found), agency)
