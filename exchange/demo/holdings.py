"""The data that each department has about a person, in catalogue fields.

These are the true values: the stores are written from them in each department's columns, codes and spellings
(``exchange/demo/stores.py``), and answers are compared with them (``exchange/demo/truth.py``).
"""

from collections.abc import Iterator, Mapping

from exchange.demo.person import Enterprise, Person

Held = Mapping[str, str]
"""Catalogue field → value, in the canonical text of the field's type."""

_STATUS = {"0": "normal", "1": "deceased", "2": "moved"}
_HOME_STATUS = {"1": "current", "2": "historic", "3": "sealed"}
_COMPANY_STATUS = {"1": "active", "2": "revoked", "3": "cancelled"}


def holdings(person: Person) -> Iterator[tuple[str, Held]]:
    """Yield every record about a person, with its dataset."""
    yield "identity.person", _identity(person)
    for month in person.months:
        yield (
            "social_insurance.participation",
            {
                "month": _month(month.month), "kind": "pension", "base": str(month.base),
                "status": "paid" if month.paid else "owed", "employer": person.employer,
            },
        )  # fmt: skip
    if person.months:
        yield "housing_fund.account", _account(person)
    for home in person.homes:
        yield (
            "property.registration",
            {
                "unit": home.unit, "certificate": home.certificate, "owner": person.known_as(home.registered),
                "location": home.location, "area": home.area, "share": home.share,
                "registered": home.registered.isoformat(), "status": _HOME_STATUS[home.status],
            },
        )  # fmt: skip
    for month in person.months[person.late :]:
        if month.paid:
            yield (
                "tax.payment",
                {
                    "name": person.name, "month": _month(month.month), "kind": "income", "amount": month.tax,
                    "voucher": f"3320{person.id[12:17]}{month.month}",
                },
            )  # fmt: skip
    if person.arrears:
        yield "tax.arrears", {"month": "2025-12", "amount": person.arrears}
    yield from _education(person)
    if person.qualification:
        yield (
            "qualification.professional",
            {
                "name": person.name, "title": person.qualification, "number": f"GL{person.id[6:17]}",
                "approved": person.degrees[-1].awarded.isoformat(),
            },
        )  # fmt: skip


def registration(enterprise: Enterprise) -> Held:
    """Return the business register's record of an enterprise."""
    return {
        "name": enterprise.name,
        "legal_representative": enterprise.representative,
        "registered_capital": enterprise.capital,
        "established": enterprise.established.isoformat(),
        "status": _COMPANY_STATUS[enterprise.status],
    }


def _identity(person: Person) -> Held:
    return {
        "name": person.name,
        **({"former_name": person.former_name} if person.former_name else {}),
        "sex": "male" if person.sex == "1" else "female",
        "ethnic_group": person.ethnic_group,
        "birth_date": person.born.isoformat(),
        "region": person.region,
        "status": _STATUS[person.status],
    }


def _account(person: Person) -> Held:
    newest = person.months[0]
    return {
        "name": person.mistyped or person.name,
        "account": f"8{person.id[6:17]}",
        "status": "normal" if person.status == "0" else "sealed",
        "balance": str(len(person.months) * newest.base // 5),
        "paid_to": _month(newest.month),
    }


def _education(person: Person) -> Iterator[tuple[str, Held]]:
    for degree in person.degrees:
        known = {"name": person.known_as(degree.awarded), "level": degree.level}
        yield (
            "education.degree",
            {
                **known, "number": degree.degree_number, "institution": degree.institution, "subject": degree.subject,
                "awarded": degree.awarded.isoformat(),
            },
        )  # fmt: skip
        yield (
            "education.diploma",
            {
                **known, "number": degree.diploma_number, "school": degree.institution, "major": degree.subject,
                "graduated": degree.awarded.isoformat(),
            },
        )  # fmt: skip


def _month(compact: str) -> str:
    return f"{compact[:4]}-{compact[4:]}"
