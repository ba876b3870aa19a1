import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from yici.registry.v1 import admin_pb2 as _admin_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ProposalState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROPOSAL_STATE_UNSPECIFIED: _ClassVar[ProposalState]
    PROPOSAL_STATE_DRAFT: _ClassVar[ProposalState]
    PROPOSAL_STATE_PROPOSED: _ClassVar[ProposalState]
    PROPOSAL_STATE_APPLIED: _ClassVar[ProposalState]
    PROPOSAL_STATE_REFUSED: _ClassVar[ProposalState]
    PROPOSAL_STATE_WITHDRAWN: _ClassVar[ProposalState]
PROPOSAL_STATE_UNSPECIFIED: ProposalState
PROPOSAL_STATE_DRAFT: ProposalState
PROPOSAL_STATE_PROPOSED: ProposalState
PROPOSAL_STATE_APPLIED: ProposalState
PROPOSAL_STATE_REFUSED: ProposalState
PROPOSAL_STATE_WITHDRAWN: ProposalState

class Proposal(_message.Message):
    __slots__ = ("id", "etag", "state", "create_time", "item", "owner", "agency", "proposed_by", "approvers", "reason", "duties_change")
    ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    PROPOSED_BY_FIELD_NUMBER: _ClassVar[int]
    APPROVERS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DUTIES_CHANGE_FIELD_NUMBER: _ClassVar[int]
    id: str
    etag: str
    state: ProposalState
    create_time: _timestamp_pb2.Timestamp
    item: str
    owner: str
    agency: str
    proposed_by: str
    approvers: _containers.RepeatedScalarFieldContainer[str]
    reason: str
    duties_change: DutiesChange
    def __init__(self, id: _Optional[str] = ..., etag: _Optional[str] = ..., state: _Optional[_Union[ProposalState, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., item: _Optional[str] = ..., owner: _Optional[str] = ..., agency: _Optional[str] = ..., proposed_by: _Optional[str] = ..., approvers: _Optional[_Iterable[str]] = ..., reason: _Optional[str] = ..., duties_change: _Optional[_Union[DutiesChange, _Mapping]] = ...) -> None: ...

class DutiesChange(_message.Message):
    __slots__ = ("person", "duties")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    DUTIES_FIELD_NUMBER: _ClassVar[int]
    person: str
    duties: _containers.RepeatedScalarFieldContainer[_admin_pb2.Duty]
    def __init__(self, person: _Optional[str] = ..., duties: _Optional[_Iterable[_Union[_admin_pb2.Duty, str]]] = ...) -> None: ...

class CreateProposalRequest(_message.Message):
    __slots__ = ("proposal", "reason", "validate_only")
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    proposal: Proposal
    reason: str
    validate_only: bool
    def __init__(self, proposal: _Optional[_Union[Proposal, _Mapping]] = ..., reason: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class CreateProposalResponse(_message.Message):
    __slots__ = ("proposal", "differences")
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    proposal: Proposal
    differences: _containers.RepeatedCompositeFieldContainer[_admin_pb2.Difference]
    def __init__(self, proposal: _Optional[_Union[Proposal, _Mapping]] = ..., differences: _Optional[_Iterable[_Union[_admin_pb2.Difference, _Mapping]]] = ...) -> None: ...

class GetProposalRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetProposalResponse(_message.Message):
    __slots__ = ("proposal",)
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    proposal: Proposal
    def __init__(self, proposal: _Optional[_Union[Proposal, _Mapping]] = ...) -> None: ...

class ListProposalsRequest(_message.Message):
    __slots__ = ("filter", "page_size", "page_token")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    filter: str
    page_size: int
    page_token: str
    def __init__(self, filter: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListProposalsResponse(_message.Message):
    __slots__ = ("proposals", "next_page_token")
    PROPOSALS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    proposals: _containers.RepeatedCompositeFieldContainer[Proposal]
    next_page_token: str
    def __init__(self, proposals: _Optional[_Iterable[_Union[Proposal, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class SubmitProposalRequest(_message.Message):
    __slots__ = ("id", "etag", "reason", "validate_only")
    ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    id: str
    etag: str
    reason: str
    validate_only: bool
    def __init__(self, id: _Optional[str] = ..., etag: _Optional[str] = ..., reason: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class SubmitProposalResponse(_message.Message):
    __slots__ = ("proposal", "differences")
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    proposal: Proposal
    differences: _containers.RepeatedCompositeFieldContainer[_admin_pb2.Difference]
    def __init__(self, proposal: _Optional[_Union[Proposal, _Mapping]] = ..., differences: _Optional[_Iterable[_Union[_admin_pb2.Difference, _Mapping]]] = ...) -> None: ...

class ReturnProposalRequest(_message.Message):
    __slots__ = ("id", "etag", "reason", "validate_only")
    ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    id: str
    etag: str
    reason: str
    validate_only: bool
    def __init__(self, id: _Optional[str] = ..., etag: _Optional[str] = ..., reason: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class ReturnProposalResponse(_message.Message):
    __slots__ = ("proposal", "differences")
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    proposal: Proposal
    differences: _containers.RepeatedCompositeFieldContainer[_admin_pb2.Difference]
    def __init__(self, proposal: _Optional[_Union[Proposal, _Mapping]] = ..., differences: _Optional[_Iterable[_Union[_admin_pb2.Difference, _Mapping]]] = ...) -> None: ...

class ApproveProposalRequest(_message.Message):
    __slots__ = ("id", "etag", "reason", "validate_only")
    ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    id: str
    etag: str
    reason: str
    validate_only: bool
    def __init__(self, id: _Optional[str] = ..., etag: _Optional[str] = ..., reason: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class ApproveProposalResponse(_message.Message):
    __slots__ = ("proposal", "differences")
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    proposal: Proposal
    differences: _containers.RepeatedCompositeFieldContainer[_admin_pb2.Difference]
    def __init__(self, proposal: _Optional[_Union[Proposal, _Mapping]] = ..., differences: _Optional[_Iterable[_Union[_admin_pb2.Difference, _Mapping]]] = ...) -> None: ...

class RefuseProposalRequest(_message.Message):
    __slots__ = ("id", "etag", "reason", "validate_only")
    ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    id: str
    etag: str
    reason: str
    validate_only: bool
    def __init__(self, id: _Optional[str] = ..., etag: _Optional[str] = ..., reason: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class RefuseProposalResponse(_message.Message):
    __slots__ = ("proposal", "differences")
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    proposal: Proposal
    differences: _containers.RepeatedCompositeFieldContainer[_admin_pb2.Difference]
    def __init__(self, proposal: _Optional[_Union[Proposal, _Mapping]] = ..., differences: _Optional[_Iterable[_Union[_admin_pb2.Difference, _Mapping]]] = ...) -> None: ...

class WithdrawProposalRequest(_message.Message):
    __slots__ = ("id", "etag", "reason", "validate_only")
    ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    id: str
    etag: str
    reason: str
    validate_only: bool
    def __init__(self, id: _Optional[str] = ..., etag: _Optional[str] = ..., reason: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class WithdrawProposalResponse(_message.Message):
    __slots__ = ("proposal", "differences")
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    proposal: Proposal
    differences: _containers.RepeatedCompositeFieldContainer[_admin_pb2.Difference]
    def __init__(self, proposal: _Optional[_Union[Proposal, _Mapping]] = ..., differences: _Optional[_Iterable[_Union[_admin_pb2.Difference, _Mapping]]] = ...) -> None: ...
