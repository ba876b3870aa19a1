"""Filling of license drafts from data on record, by the issuer's own grants."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace

from exchange.acts.call import Call
from exchange.acts.refusals import Reason, Refusal, invalid
from exchange.query.judging import judge
from exchange.query.pipeline import Exchange
from exchange.query.question import Question
from keys.sdjwt import SdJwt
from registry.basis import Basis
from registry.catalogue import Mask
from registry.claims import Claim, Operator
from registry.errors import RuleError
from registry.gbk import assigned
from registry.identifiers import SubjectKind, parse_any
from registry.licenses.holders import subject_kinds
from registry.licenses.license import Draft, Fact
from registry.licenses.types import LicenseType
from registry.matters import Mode
from registry.outcomes import Outcome, Unknown
from registry.register import Register


class Filling:
    """Queries sources on the issuer's behalf for fields that a draft leaves open."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def fill(self, call: Call, register: Register, basis: Basis, draft: Draft, digest: str) -> Draft | Refusal:
        """Return the draft with all fields that its type takes from sources, and with their evidence."""
        kind = register.license_types.get(draft.type)
        if kind is None:
            return draft  # its issue is refused with a reason
        kinds = subject_kinds(draft.holders[0].kind) if draft.holders else ()
        fields, facts = dict(draft.fields), []
        for dataset, names in _origins(kind, draft).items():
            if not kinds:
                return Refusal(
                    Reason.FACT_NOT_ON_RECORD, "fields are filled only for holders whose code names a subject"
                )
            try:
                subject, holder = parse_any(_kinds_in(register, dataset, kinds), draft.holders[0].code)
            except RuleError as error:
                return invalid(RuleError("holders[0].code", error.rule))
            question = Question(
                Mode.QUERY, basis_for(register, dataset, basis), dataset, subject, (holder,),
                fields=tuple({*names.values(), *_required(kind, dataset)}), digest=digest,
            )  # fmt: skip
            answered = await self._exchange.ask(call.within(), question)
            if isinstance(answered, Refusal):
                return answered
            if masked := _masked(register, dataset, answered.result.clear, names.values()):
                detail = f"the grant for {dataset} does not give {masked[0]} in clear, and a mask fills no license"
                return Refusal(Reason.FIELD_NOT_GRANTED, detail, "fields")
            given = {field: draft.fields[name] for name, field in names.items() if draft.fields.get(name)}
            given |= _required(kind, dataset)
            said = [Claim(field, Operator.EQ, (value,)) for field, value in given.items()]
            about = register.datasets[dataset]
            found = [
                item
                for item in answered.result.records
                if all(finding.outcome is Outcome.MATCH for finding in judge(said, [item], about))
            ]
            if answered.result.incomplete or any(answered.result.unreadable):
                why = answered.result.incomplete or Unknown.VALUE_UNREADABLE
                return Refusal(Reason.FACT_NOT_ON_RECORD, f"{dataset} cannot tell ({why})", "fields")
            if len(found) != 1:
                what = "nothing" if not found else "more than one record"
                return Refusal(Reason.FACT_NOT_ON_RECORD, f"{dataset} has {what} of the holder that fits", "fields")
            if lacking := next((name for name in names if _lacks(kind, found[0], name, names[name])), ""):
                detail = f"{dataset} has no {names[lacking]} of the holder"
                return Refusal(Reason.FACT_NOT_ON_RECORD, detail, f"fields.{lacking}")
            fields |= {name: assigned(found[0].get(field, "")) for name, field in names.items()}
            answer = SdJwt.parse(answered.answer).jwt_digest
            facts.append(Fact(dataset, subject, holder, dict(found[0]), answer))
        return replace(draft, fields=fields, facts=(*draft.facts, *facts))


def basis_for(register: Register, dataset: str, basis: Basis) -> Basis:
    """Return the basis on which the matter requires a dataset; the given one if it has no other."""
    matter = register.matters.get(basis.matter)
    needs = [item for item in matter.requirements if item.dataset == dataset] if matter else []
    return basis.with_legal_basis(needs[0].legal_basis) if needs else basis


def _kinds_in(register: Register, dataset: str, kinds: Sequence[SubjectKind]) -> Sequence[SubjectKind]:
    """Return the kinds of a holder by which a dataset can be queried; the first kind if unknown."""
    found = register.datasets.get(dataset)
    return [kind for kind in kinds if found and kind in found.keys] or kinds[:1]


def _masked(register: Register, dataset: str, clear: Container[str], fields: Iterable[str]) -> list[str]:
    """Return the fields that an answer would mask, since licenses are not filled with masks."""
    found = register.datasets.get(dataset)
    masked = {field.name for field in found.fields if field.mask is not Mask.NONE} if found else ()
    return sorted(name for name in set(fields) if name in masked and name not in clear)


def _origins(kind: LicenseType, draft: Draft) -> dict[str, dict[str, str]]:
    """Return by dataset with open fields: license field → dataset field; given fields select the record."""
    found: dict[str, dict[str, str]] = {}
    missing = {item.origin.dataset for item in kind.fields if item.origin and not draft.fields.get(item.name)}
    found |= {item.dataset: {} for item in kind.requires}
    missing |= set(found)
    for item in kind.fields:
        if item.origin and item.origin.dataset in missing:
            found.setdefault(item.origin.dataset, {})[item.name] = item.origin.field
    return found


def _lacks(kind: LicenseType, record: Mapping[str, str], name: str, field: str) -> bool:
    """Return whether a record lacks a value that a license of the type requires."""
    return kind.by_name[name].required and not record.get(field)


def _required(kind: LicenseType, dataset: str) -> dict[str, str]:
    return {item.field: item.value for item in kind.requires if item.dataset == dataset}
