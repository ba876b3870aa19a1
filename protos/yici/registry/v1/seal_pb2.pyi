import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from yici.exchange.v1 import exchange_pb2 as _exchange_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SealKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEAL_KIND_UNSPECIFIED: _ClassVar[SealKind]
    SEAL_KIND_OFFICIAL: _ClassVar[SealKind]
    SEAL_KIND_CONTRACT: _ClassVar[SealKind]
    SEAL_KIND_INVOICE: _ClassVar[SealKind]
    SEAL_KIND_APPROVAL: _ClassVar[SealKind]
    SEAL_KIND_ARCHIVE: _ClassVar[SealKind]
    SEAL_KIND_REPRESENTATIVE: _ClassVar[SealKind]
    SEAL_KIND_LICENSE: _ClassVar[SealKind]
    SEAL_KIND_EXCHANGE: _ClassVar[SealKind]

class SealState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEAL_STATE_UNSPECIFIED: _ClassVar[SealState]
    SEAL_STATE_APPLIED: _ClassVar[SealState]
    SEAL_STATE_REFUSED: _ClassVar[SealState]
    SEAL_STATE_APPROVED: _ClassVar[SealState]
    SEAL_STATE_ACTIVE: _ClassVar[SealState]
    SEAL_STATE_SUSPENDED: _ClassVar[SealState]
    SEAL_STATE_DESTROYED: _ClassVar[SealState]
    SEAL_STATE_EXPIRED: _ClassVar[SealState]

class SealChange(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEAL_CHANGE_UNSPECIFIED: _ClassVar[SealChange]
    SEAL_CHANGE_APPROVE: _ClassVar[SealChange]
    SEAL_CHANGE_REFUSE: _ClassVar[SealChange]
    SEAL_CHANGE_SUSPEND: _ClassVar[SealChange]
    SEAL_CHANGE_RESUME: _ClassVar[SealChange]
    SEAL_CHANGE_DESTROY: _ClassVar[SealChange]

class TargetKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TARGET_KIND_UNSPECIFIED: _ClassVar[TargetKind]
    TARGET_KIND_FILE: _ClassVar[TargetKind]
    TARGET_KIND_PDF: _ClassVar[TargetKind]
    TARGET_KIND_OFFICIAL_DOCUMENT: _ClassVar[TargetKind]

class SealVerdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEAL_VERDICT_UNSPECIFIED: _ClassVar[SealVerdict]
    SEAL_VERDICT_VALID: _ClassVar[SealVerdict]
    SEAL_VERDICT_INVALID: _ClassVar[SealVerdict]
    SEAL_VERDICT_UNDECIDED: _ClassVar[SealVerdict]
SEAL_KIND_UNSPECIFIED: SealKind
SEAL_KIND_OFFICIAL: SealKind
SEAL_KIND_CONTRACT: SealKind
SEAL_KIND_INVOICE: SealKind
SEAL_KIND_APPROVAL: SealKind
SEAL_KIND_ARCHIVE: SealKind
SEAL_KIND_REPRESENTATIVE: SealKind
SEAL_KIND_LICENSE: SealKind
SEAL_KIND_EXCHANGE: SealKind
SEAL_STATE_UNSPECIFIED: SealState
SEAL_STATE_APPLIED: SealState
SEAL_STATE_REFUSED: SealState
SEAL_STATE_APPROVED: SealState
SEAL_STATE_ACTIVE: SealState
SEAL_STATE_SUSPENDED: SealState
SEAL_STATE_DESTROYED: SealState
SEAL_STATE_EXPIRED: SealState
SEAL_CHANGE_UNSPECIFIED: SealChange
SEAL_CHANGE_APPROVE: SealChange
SEAL_CHANGE_REFUSE: SealChange
SEAL_CHANGE_SUSPEND: SealChange
SEAL_CHANGE_RESUME: SealChange
SEAL_CHANGE_DESTROY: SealChange
TARGET_KIND_UNSPECIFIED: TargetKind
TARGET_KIND_FILE: TargetKind
TARGET_KIND_PDF: TargetKind
TARGET_KIND_OFFICIAL_DOCUMENT: TargetKind
SEAL_VERDICT_UNSPECIFIED: SealVerdict
SEAL_VERDICT_VALID: SealVerdict
SEAL_VERDICT_INVALID: SealVerdict
SEAL_VERDICT_UNDECIDED: SealVerdict

class ElectronicSeal(_message.Message):
    __slots__ = ("id", "agency", "kind", "name", "state", "revision", "holder", "valid_from_time", "valid_to_time", "eseal", "picture", "reason", "custodian")
    ID_FIELD_NUMBER: _ClassVar[int]
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    VALID_TO_TIME_FIELD_NUMBER: _ClassVar[int]
    ESEAL_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CUSTODIAN_FIELD_NUMBER: _ClassVar[int]
    id: str
    agency: str
    kind: SealKind
    name: str
    state: SealState
    revision: int
    holder: str
    valid_from_time: _timestamp_pb2.Timestamp
    valid_to_time: _timestamp_pb2.Timestamp
    eseal: bytes
    picture: bytes
    reason: str
    custodian: str
    def __init__(self, id: _Optional[str] = ..., agency: _Optional[str] = ..., kind: _Optional[_Union[SealKind, str]] = ..., name: _Optional[str] = ..., state: _Optional[_Union[SealState, str]] = ..., revision: _Optional[int] = ..., holder: _Optional[str] = ..., valid_from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_to_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., eseal: _Optional[bytes] = ..., picture: _Optional[bytes] = ..., reason: _Optional[str] = ..., custodian: _Optional[str] = ...) -> None: ...

class ApplySealRequest(_message.Message):
    __slots__ = ("basis", "kind", "name", "holder", "years", "custodian")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    YEARS_FIELD_NUMBER: _ClassVar[int]
    CUSTODIAN_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    kind: SealKind
    name: str
    holder: str
    years: int
    custodian: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., kind: _Optional[_Union[SealKind, str]] = ..., name: _Optional[str] = ..., holder: _Optional[str] = ..., years: _Optional[int] = ..., custodian: _Optional[str] = ...) -> None: ...

class ApplySealResponse(_message.Message):
    __slots__ = ("seal",)
    SEAL_FIELD_NUMBER: _ClassVar[int]
    seal: ElectronicSeal
    def __init__(self, seal: _Optional[_Union[ElectronicSeal, _Mapping]] = ...) -> None: ...

class ChangeSealRequest(_message.Message):
    __slots__ = ("basis", "seal", "revision", "change", "reason")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    seal: str
    revision: int
    change: SealChange
    reason: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., seal: _Optional[str] = ..., revision: _Optional[int] = ..., change: _Optional[_Union[SealChange, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class ChangeSealResponse(_message.Message):
    __slots__ = ("seal",)
    SEAL_FIELD_NUMBER: _ClassVar[int]
    seal: ElectronicSeal
    def __init__(self, seal: _Optional[_Union[ElectronicSeal, _Mapping]] = ...) -> None: ...

class HandOverSealRequest(_message.Message):
    __slots__ = ("basis", "seal", "revision", "custodian", "reason")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CUSTODIAN_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    seal: str
    revision: int
    custodian: str
    reason: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., seal: _Optional[str] = ..., revision: _Optional[int] = ..., custodian: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class HandOverSealResponse(_message.Message):
    __slots__ = ("seal",)
    SEAL_FIELD_NUMBER: _ClassVar[int]
    seal: ElectronicSeal
    def __init__(self, seal: _Optional[_Union[ElectronicSeal, _Mapping]] = ...) -> None: ...

class MakeSealRequest(_message.Message):
    __slots__ = ("basis", "seal", "revision")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    seal: str
    revision: int
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., seal: _Optional[str] = ..., revision: _Optional[int] = ...) -> None: ...

class MakeSealResponse(_message.Message):
    __slots__ = ("seal",)
    SEAL_FIELD_NUMBER: _ClassVar[int]
    seal: ElectronicSeal
    def __init__(self, seal: _Optional[_Union[ElectronicSeal, _Mapping]] = ...) -> None: ...

class GetSealRequest(_message.Message):
    __slots__ = ("basis", "seal")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    seal: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., seal: _Optional[str] = ...) -> None: ...

class GetSealResponse(_message.Message):
    __slots__ = ("seal",)
    SEAL_FIELD_NUMBER: _ClassVar[int]
    seal: ElectronicSeal
    def __init__(self, seal: _Optional[_Union[ElectronicSeal, _Mapping]] = ...) -> None: ...

class ListSealsRequest(_message.Message):
    __slots__ = ("basis", "page_size", "page_token")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    page_size: int
    page_token: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSealsResponse(_message.Message):
    __slots__ = ("seals", "next_page_token")
    SEALS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    seals: _containers.RepeatedCompositeFieldContainer[ElectronicSeal]
    next_page_token: str
    def __init__(self, seals: _Optional[_Iterable[_Union[ElectronicSeal, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class SealItem(_message.Message):
    __slots__ = ("document", "digest", "property_info")
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_INFO_FIELD_NUMBER: _ClassVar[int]
    document: bytes
    digest: bytes
    property_info: str
    def __init__(self, document: _Optional[bytes] = ..., digest: _Optional[bytes] = ..., property_info: _Optional[str] = ...) -> None: ...

class Sealed(_message.Message):
    __slots__ = ("signature", "receipt")
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    signature: bytes
    receipt: str
    def __init__(self, signature: _Optional[bytes] = ..., receipt: _Optional[str] = ...) -> None: ...

class SealRequest(_message.Message):
    __slots__ = ("basis", "seal", "item", "target_kind")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    TARGET_KIND_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    seal: str
    item: SealItem
    target_kind: TargetKind
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., seal: _Optional[str] = ..., item: _Optional[_Union[SealItem, _Mapping]] = ..., target_kind: _Optional[_Union[TargetKind, str]] = ...) -> None: ...

class SealResponse(_message.Message):
    __slots__ = ("sealed",)
    SEALED_FIELD_NUMBER: _ClassVar[int]
    sealed: Sealed
    def __init__(self, sealed: _Optional[_Union[Sealed, _Mapping]] = ...) -> None: ...

class SealBatchRequest(_message.Message):
    __slots__ = ("batch_id", "basis", "seal", "items")
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    batch_id: str
    basis: _exchange_pb2.Basis
    seal: str
    items: _containers.RepeatedCompositeFieldContainer[SealItem]
    def __init__(self, batch_id: _Optional[str] = ..., basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., seal: _Optional[str] = ..., items: _Optional[_Iterable[_Union[SealItem, _Mapping]]] = ...) -> None: ...

class SealBatchResponse(_message.Message):
    __slots__ = ("batch_id", "sealed", "error")
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    batch_id: str
    sealed: _containers.RepeatedCompositeFieldContainer[Sealed]
    error: bytes
    def __init__(self, batch_id: _Optional[str] = ..., sealed: _Optional[_Iterable[_Union[Sealed, _Mapping]]] = ..., error: _Optional[bytes] = ...) -> None: ...

class SealPdfRequest(_message.Message):
    __slots__ = ("basis", "seal", "pdf", "page_number", "x_mm", "y_mm")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    PDF_FIELD_NUMBER: _ClassVar[int]
    PAGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    X_MM_FIELD_NUMBER: _ClassVar[int]
    Y_MM_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    seal: str
    pdf: bytes
    page_number: int
    x_mm: float
    y_mm: float
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., seal: _Optional[str] = ..., pdf: _Optional[bytes] = ..., page_number: _Optional[int] = ..., x_mm: _Optional[float] = ..., y_mm: _Optional[float] = ...) -> None: ...

class SealPdfResponse(_message.Message):
    __slots__ = ("pdf", "receipt", "signature")
    PDF_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    pdf: bytes
    receipt: str
    signature: bytes
    def __init__(self, pdf: _Optional[bytes] = ..., receipt: _Optional[str] = ..., signature: _Optional[bytes] = ...) -> None: ...

class VerifySealedRequest(_message.Message):
    __slots__ = ("basis", "sealed", "document", "digest", "receipt", "property_info")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_INFO_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    sealed: bytes
    document: bytes
    digest: bytes
    receipt: str
    property_info: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., sealed: _Optional[bytes] = ..., document: _Optional[bytes] = ..., digest: _Optional[bytes] = ..., receipt: _Optional[str] = ..., property_info: _Optional[str] = ...) -> None: ...

class SealStep(_message.Message):
    __slots__ = ("name", "verdict", "detail")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    name: str
    verdict: SealVerdict
    detail: str
    def __init__(self, name: _Optional[str] = ..., verdict: _Optional[_Union[SealVerdict, str]] = ..., detail: _Optional[str] = ...) -> None: ...

class VerifySealedResponse(_message.Message):
    __slots__ = ("verdict", "steps", "seal", "name", "signed_by", "proof_time", "state", "receipt")
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SIGNED_BY_FIELD_NUMBER: _ClassVar[int]
    PROOF_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    verdict: SealVerdict
    steps: _containers.RepeatedCompositeFieldContainer[SealStep]
    seal: str
    name: str
    signed_by: str
    proof_time: _timestamp_pb2.Timestamp
    state: SealState
    receipt: str
    def __init__(self, verdict: _Optional[_Union[SealVerdict, str]] = ..., steps: _Optional[_Iterable[_Union[SealStep, _Mapping]]] = ..., seal: _Optional[str] = ..., name: _Optional[str] = ..., signed_by: _Optional[str] = ..., proof_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[SealState, str]] = ..., receipt: _Optional[str] = ...) -> None: ...
