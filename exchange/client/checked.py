"""Calls of ``ExchangeService``, and the check of each answer's evidence."""

from yici.exchange.v1 import exchange_pb2 as pb

from exchange.client.connection import Connection
from exchange.client.proven import EvidenceError, Proof
from keys.evidence import check_evidence

SERVICE = "/yici.exchange.v1.ExchangeService/"


class CheckedConnection(Connection):
    """A connection to a node that checks the evidence of its answers."""

    def check(self, answered: pb.Answered, digest: str) -> Proof:
        """Check the evidence of an answer to the request with that digest.

        Raises:
            EvidenceError: the evidence is not valid.
        """
        checked = self.judged(
            lambda trust: check_evidence(answered.answer, answered.receipt, trust, digest, whole=True)
        )
        if checked.failure:
            raise EvidenceError(checked)
        return Proof(answered.answer, answered.receipt, checked)
