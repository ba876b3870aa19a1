"""Licenses and the data they rest on: filled from what is on record, verified by facts, reviewed when it changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from adapters.licenses import record_of
from exchange.acts import Act
from exchange.clerk import RefusedError
from exchange.licensing.desk import Desk
from exchange.licensing.office import Office
from exchange.minimize import Outcome, judge
from exchange.query import Answered
from exchange.question import Basis, Question
from exchange.refusal import Reason, Refusal
from exchange.requester import Requester
from keys.sdjwt import SdJwt
from registry.catalogue import Mask
from registry.china import CHINA
from registry.claims import Claim, Operator, check_claims
from registry.licenses import records
from registry.licenses.license import Draft, Fact, License
from registry.licenses.life import Change, LicenseState, Role
from registry.licenses.types import SUBJECT_KINDS, LicenseType, OnSourceChange
from registry.matters import Mode
from registry.transitions import ConflictError, IllegalTransitionError

_ENOUGH = 2
_KNOWN_TO_ALL = {"identifier", "number", "issuer", "state", "issued_on", "valid_from", "valid_to"}
_PAGE = 200
_LONGEST = 128


class FactsAnswer(StrEnum):
    """What comes of stated facts, in the words in use in the field."""

    CORRECT_AND_VALID = "correct_and_valid"
    CORRECT_AND_NOT_ACTIVATED = "correct_and_not_activated"
    CORRECT_AND_SUSPENDED = "correct_and_suspended"
    CORRECT_AND_LAPSED = "correct_and_lapsed"
    PARTLY_WRONG = "partly_wrong"
    TOO_LITTLE = "too_little"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class FactsFound:
    """The answer; which fact is wrong only for those with a grant. ``receipt`` is the use's."""

    answer: FactsAnswer
    outcomes: Mapping[str, Outcome]
    receipt: str


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a review came to: identifiers of licenses suspended, flagged, and not decided because a source was away."""

    looked_at: int
    suspended: tuple[str, ...]
    flagged: tuple[str, ...]
    undecided: tuple[str, ...]


class Facts:
    """Asks the exchange on the issuer's behalf, under the issuer's own grants."""

    def __init__(self, desk: Desk, office: Office) -> None:
        self._desk = desk
        self._office = office

    async def fill(
        self, certificate: bytes, basis: Basis, draft: Draft, digest: str, seconds: float
    ) -> Draft | Refusal:
        """The draft with every field that its type says is on record elsewhere, and with the evidence that said so."""
        kind = self._desk.types.get(draft.type)
        if kind is None:
            return draft  # refused by its name when it is issued
        subject = SUBJECT_KINDS.get(draft.holders[0].kind) if draft.holders else None
        fields, facts = dict(draft.fields), []
        for dataset, names in _origins(kind, draft).items():
            if subject is None:
                return Refusal(Reason.FACT_NOT_ON_RECORD, "fields are filled only for holders known by id or USCC")
            question = Question(
                Mode.QUERY, replace(basis, legal_basis=self._legal_basis(dataset, basis)), dataset, subject,
                (draft.holders[0].code,), fields=tuple({*names.values(), *_required(kind, dataset)}), digest=digest,
            )  # fmt: skip
            answered = await self._desk.exchange.ask(certificate, question, seconds)
            if isinstance(answered, Refusal):
                return answered
            if masked := self._masked(certificate, dataset, basis, names.values()):
                detail = f"the grant for {dataset} does not give {masked[0]} in clear, and a mask fills no license"
                return Refusal(Reason.FIELD_NOT_GRANTED, detail, "fields")
            given = {field: draft.fields[name] for name, field in names.items() if draft.fields.get(name)}
            given |= _required(kind, dataset)
            found = [item for item in answered.result.records if given.items() <= item.items()]
            if len(found) != 1:
                what = "nothing" if not found else "more than one record"
                return Refusal(Reason.FACT_NOT_ON_RECORD, f"{dataset} has {what} of the holder that fits", "fields")
            fields |= {name: found[0].get(field, "") for name, field in names.items()}
            answer = SdJwt.parse(answered.answer).jwt_digest
            facts.append(Fact(dataset, subject, draft.holders[0].code, dict(found[0]), answer))
        return replace(draft, fields=fields, facts=(*draft.facts, *facts))

    async def verify(
        self, certificate: bytes, act: Act, identifier: str, stated: Mapping[str, str]
    ) -> FactsFound | Refusal:
        """Whether stated facts are those of a license."""

        async def work(requester: Requester) -> FactsFound:
            kind = self._desk.types.get(act.type)
            if kind is None:
                raise RefusedError(Refusal(Reason.LICENSE_TYPE_UNKNOWN, "no such license type on record", "type"))
            claims = tuple(Claim(name, Operator.EQ, (value,)) for name, value in stated.items())
            check_claims(claims, kind.dataset())
            async with self._desk.pool.acquire() as connection:
                found = await records.by_identifiers(connection, kind.id, [identifier.strip().upper()[:_LONGEST]])
            answer, outcomes = _compare(found, claims, kind)
            [receipt] = await self._desk.record(requester, act, found, answer.name)
            own = bool(found) and found[0].issuer == requester.agency.uscc
            return FactsFound(answer, outcomes if own or self._granted(requester, act, kind, stated) else {}, receipt)

        return await self._desk.act(certificate, act, work)

    async def review(self, certificate: bytes, act: Act, digest: str, seconds: float) -> Reviewed | Refusal:
        """Ask anew for the facts that an issuer's valid licenses of a type rest on; suspend or flag what lost them."""

        async def work(requester: Requester) -> Reviewed:
            kind = self._desk.types.get(act.type)
            if kind is None or requester.agency.uscc not in kind.issuers:
                raise RefusedError(Refusal(Reason.NOT_THE_ISSUER, "only an issuer reviews its licenses", "type"))
            found: dict[str, list[str]] = {"suspended": [], "flagged": [], "undecided": []}
            after, count = "", 0
            while True:
                async with self._desk.pool.acquire() as connection:
                    page = await records.resting_on(connection, requester.agency.uscc, kind.id, after, _PAGE)
                if not page:
                    break
                after, count = page[-1].identifier, count + len(page)
                for item in page:
                    if outcome := await self._reviewed(certificate, requester, act, item, kind, digest, seconds):
                        found[outcome].append(item.identifier)
            return Reviewed(count, *(tuple(found[name]) for name in ("suspended", "flagged", "undecided")))

        return await self._desk.act(certificate, act, work)

    async def _reviewed(
        self, certificate: bytes, requester: Requester, act: Act, item: License, kind: LicenseType, *how: Any
    ) -> str:
        """One license's review; what changed or ended meanwhile is left for the next."""
        try:
            return await self._review(certificate, requester, act, item, kind, *how)
        except (ConflictError, IllegalTransitionError):
            return "undecided"

    async def _review(
        self,
        certificate: bytes,
        requester: Requester,
        act: Act,
        item: License,
        kind: LicenseType,
        digest: str,
        seconds: float,
    ) -> str:
        """What becomes of a license: suspended, flagged, undecided, or nothing; a flag without ground is taken away."""
        undecided = False
        for fact in item.facts:
            answered = await self._ask_again(certificate, act, fact, digest, seconds)
            if isinstance(answered, Refusal):
                undecided = True
                continue
            outcomes = set(answered.result.outcomes[0])
            if Outcome.MISMATCH in outcomes or outcomes == {Outcome.UNKNOWN}:  # says otherwise, or nothing at all
                evidence = SdJwt.parse(answered.answer).jwt_digest
                told = replace(
                    act, reason=f"{fact.dataset} no longer says what this license rests on; evidence {evidence}"
                )
                return await self._lost(requester, told, item, kind)
            undecided |= Outcome.UNKNOWN in outcomes
        if undecided:
            return "undecided"
        if item.flag:
            await self._office.flag(requester, replace(act, reason=""), item)
        return ""

    async def _lost(self, requester: Requester, told: Act, item: License, kind: LicenseType) -> str:
        if kind.on_source_change is OnSourceChange.SUSPEND:
            await self._office.change(requester, told, item, Change.SUSPEND, Role.REGISTRY)
            return "suspended"
        if not item.flag:
            await self._office.flag(requester, told, item)
        return "flagged"

    async def _ask_again(
        self, certificate: bytes, act: Act, fact: Fact, digest: str, seconds: float
    ) -> Answered | Refusal:
        claims = tuple(Claim(name, Operator.EQ, (value,)) for name, value in fact.values.items())
        basis = replace(act.basis, legal_basis=self._legal_basis(fact.dataset, act.basis))
        question = Question(
            Mode.VERIFY, basis, fact.dataset, fact.subject_kind, (fact.subject,), claims=claims, digest=digest
        )
        return await self._desk.exchange.ask(certificate, question, seconds)

    def _masked(self, certificate: bytes, dataset: str, basis: Basis, fields: Iterable[str]) -> list[str]:
        """Which of these fields the requester sees only masked: no license is filled with a mask."""
        requester = self._desk.exchange.requester(certificate)
        found = self._desk.register.datasets.get(dataset)
        if isinstance(requester, Refusal) or found is None:
            return []
        clear = {
            name
            for grant in self._desk.register.grants.get(dataset, ())
            if grant.agency == requester.agency.uscc and basis.matter in grant.matters
            for name in grant.clear_fields
        }
        masked = {field.name for field in found.fields if field.mask is not Mask.NONE}
        return sorted(set(fields) & masked - clear)

    def _legal_basis(self, dataset: str, basis: Basis) -> str:
        """The legal basis on which the matter needs a dataset; the request's own where the matter does not say."""
        matter = self._desk.standing.register.matters.get(basis.matter)
        needs = [item for item in matter.requirements if item.dataset == dataset] if matter else []
        return needs[0].legal_basis if needs else basis.legal_basis

    def _granted(self, requester: Requester, act: Act, kind: LicenseType, stated: Mapping[str, str]) -> bool:
        grants = self._desk.standing.register.grants.get(kind.dataset_id, ())
        own = [grant for grant in grants if grant.agency == requester.agency.uscc and act.basis.matter in grant.matters]
        now = datetime.now(CHINA)
        return any(set(stated) <= set(grant.fields) and grant.valid_from <= now < grant.valid_to for grant in own)


def _origins(kind: LicenseType, draft: Draft) -> dict[str, dict[str, str]]:
    """By dataset, where a field of it is missing: license field → dataset field. Given ones tell which record it is."""
    found: dict[str, dict[str, str]] = {}
    missing = {item.origin.dataset for item in kind.fields if item.origin and not draft.fields.get(item.name)}
    found |= {item.dataset: {} for item in kind.requires}
    missing |= set(found)
    for item in kind.fields:
        if item.origin and item.origin.dataset in missing:
            found.setdefault(item.origin.dataset, {})[item.name] = item.origin.field
    return found


def _required(kind: LicenseType, dataset: str) -> dict[str, str]:
    return {item.field: item.value for item in kind.requires if item.dataset == dataset}


def _compare(
    found: Sequence[License], claims: tuple[Claim, ...], kind: LicenseType
) -> tuple[FactsAnswer, dict[str, Outcome]]:
    if not found:
        return FactsAnswer.NONE, {}
    if len({claim.field for claim in claims} - _KNOWN_TO_ALL) < _ENOUGH:
        return FactsAnswer.TOO_LITTLE, {}
    today = datetime.now(CHINA).date()
    dataset = kind.dataset()
    record = record_of(found[0], [item.name for item in dataset.fields], today)
    outcomes = dict(zip([claim.field for claim in claims], judge(claims, [record], dataset), strict=True))
    if any(outcome is not Outcome.MATCH for outcome in outcomes.values()):
        return FactsAnswer.PARTLY_WRONG, outcomes
    match found[0].state_on(today):
        case LicenseState.VALID:
            return FactsAnswer.CORRECT_AND_VALID, outcomes
        case LicenseState.NOT_ACTIVATED:
            return FactsAnswer.CORRECT_AND_NOT_ACTIVATED, outcomes
        case LicenseState.SUSPENDED:
            return FactsAnswer.CORRECT_AND_SUSPENDED, outcomes
        case _:
            return FactsAnswer.CORRECT_AND_LAPSED, outcomes
