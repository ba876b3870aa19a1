"""The Python client for the systems of departments: ``pip install yici``.

It queries a node and verifies the answers: seal, certificate chain, revocation, receipt, and that the answer is to this
request. The node's dependencies (``yici[node]``) are neither imported nor installed.
"""

from exchange.client.client import Client
from exchange.client.documents import DocumentClient, DocumentView
from exchange.client.licenses import LicenseClient, LicenseView
from exchange.client.proven import Chunk, ChunkVerified, EvidenceError, Proof, Queried, Requirement, Subject, Verified
from exchange.client.seals import SealClient, SealedItem, SealView
from exchange.client.sync import SyncClient
from exchange.errors import ExchangeError
from keys.errors import KeysError
from keys.trust import TrustBundle
from registry.basis import Basis
from registry.claims import Aggregate, Claim, Condition, Operator
from registry.documents.document import DocumentDraft, DocumentState, File, Urgency
from registry.identifiers import SubjectKind
from registry.licenses.facts import FactsAnswer
from registry.licenses.holders import Holder, HolderKind
from registry.licenses.license import Draft
from registry.licenses.states import Change, LicenseState
from registry.outcomes import Finding, Outcome, Resolution, Unknown
from registry.seals.kinds import SealKind, TargetKind
from registry.seals.states import SealChange, SealState

__all__ = [
    "Aggregate",
    "Basis",
    "Change",
    "Chunk",
    "ChunkVerified",
    "Claim",
    "Client",
    "Condition",
    "DocumentClient",
    "DocumentDraft",
    "DocumentState",
    "DocumentView",
    "Draft",
    "EvidenceError",
    "ExchangeError",
    "FactsAnswer",
    "File",
    "Finding",
    "Holder",
    "HolderKind",
    "KeysError",
    "LicenseClient",
    "LicenseState",
    "LicenseView",
    "Operator",
    "Outcome",
    "Proof",
    "Queried",
    "Requirement",
    "Resolution",
    "SealChange",
    "SealClient",
    "SealKind",
    "SealState",
    "SealView",
    "SealedItem",
    "Subject",
    "SubjectKind",
    "SyncClient",
    "TargetKind",
    "TrustBundle",
    "Unknown",
    "Urgency",
    "Verified",
]
