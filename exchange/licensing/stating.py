"""Verification of stated facts: whether they are right, and whether the license is in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.licenses import record_of
from exchange.acts.call import Call
from exchange.acts.perform import perform
from exchange.acts.permit import Permit
from exchange.acts.refusals import Refusal
from exchange.acts.register_act import RegisterAct
from exchange.licensing.access import over_license, over_type
from exchange.licensing.service import LicenseService
from exchange.query.judging import judge
from registry.china import CHINA
from registry.claim_checks import MAX_CLAIMS, check_claims
from registry.claims import Claim, Operator
from registry.errors import DepartedError, RuleError
from registry.licenses import records
from registry.licenses.facts import FactsAnswer
from registry.licenses.license import License
from registry.licenses.states import LicenseState
from registry.licenses.types import LicenseType
from registry.outcomes import Outcome

_ENOUGH = 2
_KNOWN_TO_ALL = {"identifier", "number", "issuer", "state", "issued_on", "valid_from", "valid_to"}
_LONGEST = 128


@dataclass(frozen=True, slots=True)
class FactsFound:
    """The answer; wrong facts are named only to agencies with a grant. ``receipt`` is the use's."""

    answer: FactsAnswer
    outcomes: Mapping[str, Outcome]
    receipt: str


class StatedFacts:
    """Compares stated facts with the record."""

    def __init__(self, service: LicenseService) -> None:
        self._service = service

    async def verify(
        self, call: Call, act: RegisterAct, identifier: str, stated: Mapping[str, str]
    ) -> FactsFound | Refusal:
        """Return whether stated facts are those of a license."""

        async def work(permit: Permit[RegisterAct]) -> FactsFound | Refusal:
            over = over_type(permit, act.type)
            if isinstance(over, Refusal):
                return over
            kind = permit.state.register.license_types[act.type]
            claims = _claims(stated, kind)
            async with self._service.pool.acquire() as connection:
                pairs = await records.by_identifiers(connection, kind.id, [identifier.strip().upper()[:_LONGEST]])
            found = [item for _, item in pairs if item]
            if len(found) < len(pairs):
                raise DepartedError("license")
            answer, outcomes = _compare(found, claims, kind)
            comparable = all(
                isinstance(over_license(permit, item, lambda _: stated, "compare"), Permit) for item in found
            )
            [receipt] = await self._service.record(permit.requester, act, found, answer.name)
            return FactsFound(answer, outcomes if comparable else {}, receipt)

        return await perform(self._service.road, call, act, work)


def _claims(stated: Mapping[str, str], kind: LicenseType) -> tuple[Claim, ...]:
    """Return stated facts as claims about the type's fields.

    Raises:
        RuleError: names the fact and the rule.
    """
    if not 0 < len(stated) <= MAX_CLAIMS:
        raise RuleError("facts", f"1 to {MAX_CLAIMS} are required")
    claims = []
    for name, value in stated.items():
        claims.append(Claim(name, Operator.EQ, (value,)))
        try:
            check_claims((claims[-1],), kind.dataset())
        except RuleError as error:
            raise RuleError(f"facts.{name}", error.rule) from error
    return tuple(claims)


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
    judged = judge(claims, [record], dataset)
    outcomes = {claim.field: finding.outcome for claim, finding in zip(claims, judged, strict=True)}
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
