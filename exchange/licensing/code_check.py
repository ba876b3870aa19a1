"""Checks the QR code of a license for anyone, on the node: it tells what the code says, and its public status.

Nothing else is disclosed: the essentials are in the code, the status is in a list that is published. So a check needs
no basis and leaves no entry.
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
"""The present publication of a status list of this node, by its number."""
_NUMBER = re.compile("0|[1-9][0-9]{0,9}")


@dataclass(frozen=True, slots=True)
class CheckedCode:
    """The steps of a check, and what the code says, and its issuer's name, if its seal holds."""

    checked: Checked
    essentials: Essentials | None
    issuer: str


async def check_code(text: str, bundle: TrustBundle, status_uri: str, status_of: StatusOf) -> CheckedCode:
    """Check a code, or a URL with it, as of now; a list that is published elsewhere is not fetched.

    Raises:
        MalformedError: it is no code.
    """
    code = code_of(text.strip())
    said = essentials_of(parse_qr(code).unverified_claims)
    listed = ""
    number = said.status_uri.removeprefix(status_uri)
    if said.status_uri.startswith(status_uri) and _NUMBER.fullmatch(number):
        try:
            listed = await status_of(int(number))
        except (RegistryError, KeysError):
            listed = ""  # the status step says that it is unknown
    found = await asyncio.to_thread(check_license, code, bundle, datetime.now(UTC), status_list=listed)
    return CheckedCode(found, said, _name_of(said.issuer, bundle)) if found.license else CheckedCode(found, None, "")


def _name_of(agency: str, bundle: TrustBundle) -> str:
    """An agency's name in the certificate of one of its seals."""
    names = (
        seal.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        for seal in bundle.seals
        if organization_identifier(seal) == agency
    )
    return next((str(found[0].value) for found in names if found), agency)
