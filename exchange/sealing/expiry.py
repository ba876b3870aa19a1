"""Recording of expired seals, an act of the node itself; no seal is used after its end even before."""

from exchange.acts.call import Call
from exchange.acts.perform import perform
from exchange.acts.permit import Permit
from exchange.acts.plain_act import PlainAct
from exchange.acts.refusals import Refusal
from exchange.acts.requester import Node
from exchange.acts.road import Road
from exchange.sealing.store import SealStore
from keys.leaf.facts import ActFacts
from registry.ledger.leaf import Entry, Opening
from registry.seals.seal import Seal

EXPIRE = PlainAct("seal", "expire", ends_with_caller=False)


async def record_expired(road: Road, call: Call, store: SealStore) -> int | Refusal:
    """Record every seal past its end as expired, in one transaction; return how many."""

    async def work(_: Permit[PlainAct]) -> int:
        return await store.expire(_entry)

    return await perform(road, call, EXPIRE, work)


def _entry(seal: Seal) -> Entry:
    facts = ActFacts(EXPIRE.action, "permit", "EXPIRE", source=seal.agency, object=seal.id, operator=Node().known_by)
    return Entry(facts, Opening(request=seal.why))
