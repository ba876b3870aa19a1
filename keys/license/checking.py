"""The steps of an offline check of an e-license, with a trust bundle.

1. format        the text is an envelope or a QR code with the required claims
2. seal          the issuer's seal signed it, and every disclosure belongs to it
3. certificate   the seal's certificate led to a trusted root and was in force and unrevoked at the time of issue
4. record        the ledger has it (only if a receipt is given)
5. period        it has begun and has not ended
6. status        the status list says that it is valid, and the list has not expired

Without a current status list, the seal may be right but the status is unknown: never "valid".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest
from typing import Any

from keys.certificates import Use, organization_identifier
from keys.chain import ever_revoked, verify_chain
from keys.errors import InvalidError, KeysError, UndecidedError, UnsupportedError
from keys.evidence import Judged, Step, Verdict
from keys.leaf.facts import ActFacts
from keys.leaf.reading import read_leaf
from keys.license.presented import Claims, Code, Envelope, is_envelope, time_of
from keys.receipt import Receipt
from keys.statuslist import ExpiredError, Status, StatusList
from keys.trust import TrustBundle

ISSUED = "ISSUED"
"""The reason of the ledger's entry of an issue; entries with other reasons prove no issue."""
_CLOCKS_SECONDS = 300
_FATAL = ("format", "seal", "certificate", "record")


@dataclass(frozen=True, slots=True)
class Checked(Judged):
    """The steps and, only if the seal is valid, the license's claims."""

    license: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""
    status: Status | None = None
    status_as_of: datetime | None = None


def check_license(
    text: str, bundle: TrustBundle, at: datetime, *, receipt: str = "", status_list: str | bytes | StatusList = ""
) -> Checked:
    """Run every step; never raises, whatever the texts are.

    Args:
        text: the envelope (an SD-JWT VC) or the text of a QR code.
        bundle: the trust bundle.
        at: the time for which the license is checked, aware.
        receipt: a tlog-proof, if any.
        status_list: a status list (JWT or CWT), if any; or one that is already opened, to check many licenses.
    """
    check = Envelope(text) if is_envelope(text) else Code(text)
    return _Check(check, bundle, at, receipt, status_list).run()


class _Check:
    def __init__(
        self, item: Envelope | Code, bundle: TrustBundle, at: datetime, receipt: str, listed: str | bytes | StatusList
    ) -> None:
        self._item, self._bundle, self._at = item, bundle, at
        self._receipt, self._listed = receipt, listed
        self._said: Claims | None = None
        self._list: StatusList | None = None

    def run(self) -> Checked:
        plan: list[tuple[str, Callable[[], str]]] = [
            ("format", lambda: self._item.parse(self._bundle)),
            ("seal", self._seal),
            ("certificate", self._certificate),
            *([("record", lambda: _record(self._known, self._receipt, self._bundle))] if self._receipt else []),
            ("period", lambda: _period(self._known, self._at)),
            ("status", self._status),
        ]
        steps: list[Step] = []
        for name, step in plan:
            try:
                steps.append(Step(name, Verdict.VALID, step()))
            except (UndecidedError, UnsupportedError) as error:
                steps.append(Step(name, Verdict.UNDECIDED, str(error)))
                if name == "format":  # no later step is possible
                    return Checked(tuple(steps))
            except KeysError as error:
                steps.append(Step(name, Verdict.INVALID, str(error)))
                if name in _FATAL:
                    return Checked(tuple(steps))
            except Exception as error:  # noqa: BLE001  # untrusted input must not cause exceptions
                steps.append(Step(name, Verdict.INVALID, f"cannot be read ({type(error).__name__})"))
                return Checked(tuple(steps))
        value = self._list.status(self._known.status_index) if self._list else None
        as_of = self._list.issued_at if self._list else None
        return Checked(tuple(steps), self._known.claims, self._known.digest, value, as_of)

    @property
    def _known(self) -> Claims:
        if self._said is None:
            raise AssertionError("the seal is checked first")
        return self._said

    def _seal(self) -> str:
        said = self._item.verify()
        if organization_identifier(self._item.chain[0]) != said.issuer:
            raise InvalidError("the seal belongs to another agency than the license names")
        self._said = said
        return f"by the seal of {said.issuer}"

    def _certificate(self) -> str:
        verify_chain(self._item.chain, Use.SEAL, time_of(self._known.issued_at), self._bundle)
        if not self._receipt and ever_revoked(self._item.chain, self._bundle):
            # The issuer states the time of issue; only the ledger proves that it was before the revocation.
            raise UndecidedError("the seal was revoked since; without a receipt it cannot be said when it sealed this")
        return "valid and not revoked when the license was issued"

    def _status(self) -> str:
        if not self._listed:
            raise UndecidedError("seal valid, status unknown: no status list at hand; --status names the file of one")
        try:
            found = (
                self._listed if isinstance(self._listed, StatusList) else StatusList.open(self._listed, self._bundle)
            )
            found.require(self._known.status_uri, self._at)
        except ExpiredError as error:
            raise UndecidedError(f"seal valid, status unknown: {error}") from error
        if found.issuer != self._known.issuer:
            raise InvalidError("status list: it is another agency's")
        value = found.status(self._known.status_index)
        self._list = found
        minutes = max(int((self._at - found.issued_at).total_seconds()) // 60, 0)
        if value is not Status.VALID:
            raise InvalidError(f"{value.name.lower()}, by a list published {minutes} minutes ago")
        return f"valid, by a list published {minutes} minutes ago"


def _period(said: Claims, at: datetime) -> str:
    now = at.timestamp()
    if now < said.begins_at:
        raise InvalidError(f"begins at {time_of(said.begins_at):%Y-%m-%d}")
    if said.expires_at and now >= said.expires_at:
        raise InvalidError(f"past its end, {time_of(said.expires_at):%Y-%m-%d %H:%M} UTC")
    return f"until {time_of(said.expires_at):%Y-%m-%d %H:%M} UTC" if said.expires_at else "without end"


def _record(said: Claims, text: str, bundle: TrustBundle) -> str:
    receipt = Receipt.parse(text)
    checkpoint = receipt.verify(bundle.ledger_keys)
    leaf = read_leaf(receipt.leaf)
    facts = leaf.facts
    if not isinstance(facts, ActFacts) or not compare_digest(facts.answer, said.digest):
        raise InvalidError("the receipt is for another license")
    if abs(leaf.at.timestamp() - said.issued_at) > _CLOCKS_SECONDS:
        raise InvalidError("the license was not sealed when the ledger recorded it")
    if (facts.decision, facts.reason, facts.source) != ("permit", ISSUED, said.issuer):
        raise InvalidError("the ledger does not say that this issuer issued it")
    return f"entry {receipt.index} of {checkpoint.size} in {checkpoint.origin}"
