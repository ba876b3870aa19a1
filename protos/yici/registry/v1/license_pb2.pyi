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

class LicenseState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LICENSE_STATE_UNSPECIFIED: _ClassVar[LicenseState]
    LICENSE_STATE_NOT_ACTIVATED: _ClassVar[LicenseState]
    LICENSE_STATE_VALID: _ClassVar[LicenseState]
    LICENSE_STATE_SUSPENDED: _ClassVar[LicenseState]
    LICENSE_STATE_EXPIRED: _ClassVar[LicenseState]
    LICENSE_STATE_CANCELLED: _ClassVar[LicenseState]
    LICENSE_STATE_REVOKED: _ClassVar[LicenseState]
    LICENSE_STATE_SUPERSEDED: _ClassVar[LicenseState]

class LicenseChange(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LICENSE_CHANGE_UNSPECIFIED: _ClassVar[LicenseChange]
    LICENSE_CHANGE_ACTIVATE: _ClassVar[LicenseChange]
    LICENSE_CHANGE_SUSPEND: _ClassVar[LicenseChange]
    LICENSE_CHANGE_RESUME: _ClassVar[LicenseChange]
    LICENSE_CHANGE_CANCEL: _ClassVar[LicenseChange]
    LICENSE_CHANGE_REVOKE: _ClassVar[LicenseChange]

class FactsAnswer(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FACTS_ANSWER_UNSPECIFIED: _ClassVar[FactsAnswer]
    FACTS_ANSWER_CORRECT_AND_VALID: _ClassVar[FactsAnswer]
    FACTS_ANSWER_CORRECT_AND_NOT_ACTIVATED: _ClassVar[FactsAnswer]
    FACTS_ANSWER_CORRECT_AND_SUSPENDED: _ClassVar[FactsAnswer]
    FACTS_ANSWER_CORRECT_AND_LAPSED: _ClassVar[FactsAnswer]
    FACTS_ANSWER_PARTLY_WRONG: _ClassVar[FactsAnswer]
    FACTS_ANSWER_TOO_LITTLE: _ClassVar[FactsAnswer]
    FACTS_ANSWER_NONE: _ClassVar[FactsAnswer]
LICENSE_STATE_UNSPECIFIED: LicenseState
LICENSE_STATE_NOT_ACTIVATED: LicenseState
LICENSE_STATE_VALID: LicenseState
LICENSE_STATE_SUSPENDED: LicenseState
LICENSE_STATE_EXPIRED: LicenseState
LICENSE_STATE_CANCELLED: LicenseState
LICENSE_STATE_REVOKED: LicenseState
LICENSE_STATE_SUPERSEDED: LicenseState
LICENSE_CHANGE_UNSPECIFIED: LicenseChange
LICENSE_CHANGE_ACTIVATE: LicenseChange
LICENSE_CHANGE_SUSPEND: LicenseChange
LICENSE_CHANGE_RESUME: LicenseChange
LICENSE_CHANGE_CANCEL: LicenseChange
LICENSE_CHANGE_REVOKE: LicenseChange
FACTS_ANSWER_UNSPECIFIED: FactsAnswer
FACTS_ANSWER_CORRECT_AND_VALID: FactsAnswer
FACTS_ANSWER_CORRECT_AND_NOT_ACTIVATED: FactsAnswer
FACTS_ANSWER_CORRECT_AND_SUSPENDED: FactsAnswer
FACTS_ANSWER_CORRECT_AND_LAPSED: FactsAnswer
FACTS_ANSWER_PARTLY_WRONG: FactsAnswer
FACTS_ANSWER_TOO_LITTLE: FactsAnswer
FACTS_ANSWER_NONE: FactsAnswer

class Holder(_message.Message):
    __slots__ = ("kind", "code", "name")
    KIND_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    kind: str
    code: str
    name: str
    def __init__(self, kind: _Optional[str] = ..., code: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class LicenseDraft(_message.Message):
    __slots__ = ("request_id", "number", "holders", "fields", "valid_from", "valid_to", "photo", "holder_key", "fill", "metadata")
    class FieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    HOLDERS_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_TO_FIELD_NUMBER: _ClassVar[int]
    PHOTO_FIELD_NUMBER: _ClassVar[int]
    HOLDER_KEY_FIELD_NUMBER: _ClassVar[int]
    FILL_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    number: str
    holders: _containers.RepeatedCompositeFieldContainer[Holder]
    fields: _containers.ScalarMap[str, str]
    valid_from: str
    valid_to: str
    photo: bytes
    holder_key: str
    fill: bool
    metadata: bytes
    def __init__(self, request_id: _Optional[str] = ..., number: _Optional[str] = ..., holders: _Optional[_Iterable[_Union[Holder, _Mapping]]] = ..., fields: _Optional[_Mapping[str, str]] = ..., valid_from: _Optional[str] = ..., valid_to: _Optional[str] = ..., photo: _Optional[bytes] = ..., holder_key: _Optional[str] = ..., fill: _Optional[bool] = ..., metadata: _Optional[bytes] = ...) -> None: ...

class License(_message.Message):
    __slots__ = ("identifier", "type", "number", "issuer", "state", "revision", "envelope", "receipt", "qr", "holders", "fields", "valid_from", "valid_to", "flag_reason", "annotation")
    class FieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    QR_FIELD_NUMBER: _ClassVar[int]
    HOLDERS_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_TO_FIELD_NUMBER: _ClassVar[int]
    FLAG_REASON_FIELD_NUMBER: _ClassVar[int]
    ANNOTATION_FIELD_NUMBER: _ClassVar[int]
    identifier: str
    type: str
    number: str
    issuer: str
    state: LicenseState
    revision: int
    envelope: str
    receipt: str
    qr: str
    holders: _containers.RepeatedCompositeFieldContainer[Holder]
    fields: _containers.ScalarMap[str, str]
    valid_from: str
    valid_to: str
    flag_reason: str
    annotation: Annotation
    def __init__(self, identifier: _Optional[str] = ..., type: _Optional[str] = ..., number: _Optional[str] = ..., issuer: _Optional[str] = ..., state: _Optional[_Union[LicenseState, str]] = ..., revision: _Optional[int] = ..., envelope: _Optional[str] = ..., receipt: _Optional[str] = ..., qr: _Optional[str] = ..., holders: _Optional[_Iterable[_Union[Holder, _Mapping]]] = ..., fields: _Optional[_Mapping[str, str]] = ..., valid_from: _Optional[str] = ..., valid_to: _Optional[str] = ..., flag_reason: _Optional[str] = ..., annotation: _Optional[_Union[Annotation, _Mapping]] = ...) -> None: ...

class Annotation(_message.Message):
    __slots__ = ("create_time", "author", "reason", "until_date")
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    UNTIL_DATE_FIELD_NUMBER: _ClassVar[int]
    create_time: _timestamp_pb2.Timestamp
    author: str
    reason: str
    until_date: str
    def __init__(self, create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., author: _Optional[str] = ..., reason: _Optional[str] = ..., until_date: _Optional[str] = ...) -> None: ...

class IssueLicenseRequest(_message.Message):
    __slots__ = ("basis", "type", "draft")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DRAFT_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    type: str
    draft: LicenseDraft
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., type: _Optional[str] = ..., draft: _Optional[_Union[LicenseDraft, _Mapping]] = ...) -> None: ...

class IssueLicenseResponse(_message.Message):
    __slots__ = ("license",)
    LICENSE_FIELD_NUMBER: _ClassVar[int]
    license: License
    def __init__(self, license: _Optional[_Union[License, _Mapping]] = ...) -> None: ...

class IssueBatchRequest(_message.Message):
    __slots__ = ("batch_id", "basis", "type", "drafts")
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DRAFTS_FIELD_NUMBER: _ClassVar[int]
    batch_id: str
    basis: _exchange_pb2.Basis
    type: str
    drafts: _containers.RepeatedCompositeFieldContainer[LicenseDraft]
    def __init__(self, batch_id: _Optional[str] = ..., basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., type: _Optional[str] = ..., drafts: _Optional[_Iterable[_Union[LicenseDraft, _Mapping]]] = ...) -> None: ...

class IssueBatchResponse(_message.Message):
    __slots__ = ("batch_id", "outcomes", "error")
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    batch_id: str
    outcomes: _containers.RepeatedCompositeFieldContainer[IssueOutcome]
    error: bytes
    def __init__(self, batch_id: _Optional[str] = ..., outcomes: _Optional[_Iterable[_Union[IssueOutcome, _Mapping]]] = ..., error: _Optional[bytes] = ...) -> None: ...

class IssueOutcome(_message.Message):
    __slots__ = ("license", "error")
    LICENSE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    license: License
    error: bytes
    def __init__(self, license: _Optional[_Union[License, _Mapping]] = ..., error: _Optional[bytes] = ...) -> None: ...

class SupersedeLicenseRequest(_message.Message):
    __slots__ = ("basis", "type", "identifier", "revision", "reason", "draft")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DRAFT_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    type: str
    identifier: str
    revision: int
    reason: str
    draft: LicenseDraft
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., type: _Optional[str] = ..., identifier: _Optional[str] = ..., revision: _Optional[int] = ..., reason: _Optional[str] = ..., draft: _Optional[_Union[LicenseDraft, _Mapping]] = ...) -> None: ...

class SupersedeLicenseResponse(_message.Message):
    __slots__ = ("license",)
    LICENSE_FIELD_NUMBER: _ClassVar[int]
    license: License
    def __init__(self, license: _Optional[_Union[License, _Mapping]] = ...) -> None: ...

class ChangeLicenseRequest(_message.Message):
    __slots__ = ("basis", "identifier", "revision", "change", "reason")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    identifier: str
    revision: int
    change: LicenseChange
    reason: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., identifier: _Optional[str] = ..., revision: _Optional[int] = ..., change: _Optional[_Union[LicenseChange, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class ChangeLicenseResponse(_message.Message):
    __slots__ = ("license",)
    LICENSE_FIELD_NUMBER: _ClassVar[int]
    license: License
    def __init__(self, license: _Optional[_Union[License, _Mapping]] = ...) -> None: ...

class AnnotateLicenseRequest(_message.Message):
    __slots__ = ("basis", "identifier", "revision", "reason", "until")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    identifier: str
    revision: int
    reason: str
    until: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., identifier: _Optional[str] = ..., revision: _Optional[int] = ..., reason: _Optional[str] = ..., until: _Optional[str] = ...) -> None: ...

class AnnotateLicenseResponse(_message.Message):
    __slots__ = ("license",)
    LICENSE_FIELD_NUMBER: _ClassVar[int]
    license: License
    def __init__(self, license: _Optional[_Union[License, _Mapping]] = ...) -> None: ...

class GetLicenseRequest(_message.Message):
    __slots__ = ("basis", "identifier", "reason")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    identifier: str
    reason: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., identifier: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class GetLicenseResponse(_message.Message):
    __slots__ = ("license",)
    LICENSE_FIELD_NUMBER: _ClassVar[int]
    license: License
    def __init__(self, license: _Optional[_Union[License, _Mapping]] = ...) -> None: ...

class GetLicensePdfRequest(_message.Message):
    __slots__ = ("basis", "identifier", "reason")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    identifier: str
    reason: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., identifier: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class GetLicensePdfResponse(_message.Message):
    __slots__ = ("pdf",)
    PDF_FIELD_NUMBER: _ClassVar[int]
    pdf: bytes
    def __init__(self, pdf: _Optional[bytes] = ...) -> None: ...

class FindLicensesRequest(_message.Message):
    __slots__ = ("basis", "type", "subject", "fields", "nonce")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    type: str
    subject: _exchange_pb2.Subject
    fields: _containers.RepeatedScalarFieldContainer[str]
    nonce: bytes
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., type: _Optional[str] = ..., subject: _Optional[_Union[_exchange_pb2.Subject, _Mapping]] = ..., fields: _Optional[_Iterable[str]] = ..., nonce: _Optional[bytes] = ...) -> None: ...

class FindLicensesResponse(_message.Message):
    __slots__ = ("answered", "licenses")
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    LICENSES_FIELD_NUMBER: _ClassVar[int]
    answered: _exchange_pb2.Answered
    licenses: _containers.RepeatedCompositeFieldContainer[License]
    def __init__(self, answered: _Optional[_Union[_exchange_pb2.Answered, _Mapping]] = ..., licenses: _Optional[_Iterable[_Union[License, _Mapping]]] = ...) -> None: ...

class BundleLicensesRequest(_message.Message):
    __slots__ = ("basis", "subjects", "nonce")
    class SubjectsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _exchange_pb2.Subject
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_exchange_pb2.Subject, _Mapping]] = ...) -> None: ...
    BASIS_FIELD_NUMBER: _ClassVar[int]
    SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    subjects: _containers.MessageMap[str, _exchange_pb2.Subject]
    nonce: bytes
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., subjects: _Optional[_Mapping[str, _exchange_pb2.Subject]] = ..., nonce: _Optional[bytes] = ...) -> None: ...

class BundleLicensesResponse(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[BundleItem]
    def __init__(self, items: _Optional[_Iterable[_Union[BundleItem, _Mapping]]] = ...) -> None: ...

class BundleItem(_message.Message):
    __slots__ = ("requirement", "type", "found", "error")
    REQUIREMENT_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    FOUND_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    requirement: str
    type: str
    found: FindLicensesResponse
    error: bytes
    def __init__(self, requirement: _Optional[str] = ..., type: _Optional[str] = ..., found: _Optional[_Union[FindLicensesResponse, _Mapping]] = ..., error: _Optional[bytes] = ...) -> None: ...

class CheckLicenseRequest(_message.Message):
    __slots__ = ("basis", "identifier", "digest", "reason")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    identifier: str
    digest: str
    reason: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., identifier: _Optional[str] = ..., digest: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class CheckLicenseResponse(_message.Message):
    __slots__ = ("state", "identifier", "type", "digest", "receipt")
    STATE_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    state: LicenseState
    identifier: str
    type: str
    digest: str
    receipt: str
    def __init__(self, state: _Optional[_Union[LicenseState, str]] = ..., identifier: _Optional[str] = ..., type: _Optional[str] = ..., digest: _Optional[str] = ..., receipt: _Optional[str] = ...) -> None: ...

class VerifyFactsRequest(_message.Message):
    __slots__ = ("basis", "type", "identifier", "facts", "reason")
    class FactsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    BASIS_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    type: str
    identifier: str
    facts: _containers.ScalarMap[str, str]
    reason: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., type: _Optional[str] = ..., identifier: _Optional[str] = ..., facts: _Optional[_Mapping[str, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class VerifyFactsResponse(_message.Message):
    __slots__ = ("answer", "outcomes", "receipt")
    class OutcomesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _exchange_pb2.Outcome
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_exchange_pb2.Outcome, str]] = ...) -> None: ...
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    answer: FactsAnswer
    outcomes: _containers.ScalarMap[str, _exchange_pb2.Outcome]
    receipt: str
    def __init__(self, answer: _Optional[_Union[FactsAnswer, str]] = ..., outcomes: _Optional[_Mapping[str, _exchange_pb2.Outcome]] = ..., receipt: _Optional[str] = ...) -> None: ...

class PresentLicensesRequest(_message.Message):
    __slots__ = ("basis", "identifiers", "holder_code", "purpose")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIERS_FIELD_NUMBER: _ClassVar[int]
    HOLDER_CODE_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    identifiers: _containers.RepeatedScalarFieldContainer[str]
    holder_code: str
    purpose: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., identifiers: _Optional[_Iterable[str]] = ..., holder_code: _Optional[str] = ..., purpose: _Optional[str] = ...) -> None: ...

class PresentLicensesResponse(_message.Message):
    __slots__ = ("code",)
    CODE_FIELD_NUMBER: _ClassVar[int]
    code: str
    def __init__(self, code: _Optional[str] = ...) -> None: ...

class RedeemPresentationRequest(_message.Message):
    __slots__ = ("basis", "code")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    code: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., code: _Optional[str] = ...) -> None: ...

class RedeemPresentationResponse(_message.Message):
    __slots__ = ("licenses",)
    LICENSES_FIELD_NUMBER: _ClassVar[int]
    licenses: _containers.RepeatedCompositeFieldContainer[License]
    def __init__(self, licenses: _Optional[_Iterable[_Union[License, _Mapping]]] = ...) -> None: ...

class LinkLicenseRequest(_message.Message):
    __slots__ = ("basis", "identifier", "purpose")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    identifier: str
    purpose: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., identifier: _Optional[str] = ..., purpose: _Optional[str] = ...) -> None: ...

class LinkLicenseResponse(_message.Message):
    __slots__ = ("path",)
    PATH_FIELD_NUMBER: _ClassVar[int]
    path: str
    def __init__(self, path: _Optional[str] = ...) -> None: ...

class ReviewLicensesRequest(_message.Message):
    __slots__ = ("basis", "type")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    type: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., type: _Optional[str] = ...) -> None: ...

class ReviewLicensesResponse(_message.Message):
    __slots__ = ("reviewed_count", "suspended", "flagged", "undecided")
    REVIEWED_COUNT_FIELD_NUMBER: _ClassVar[int]
    SUSPENDED_FIELD_NUMBER: _ClassVar[int]
    FLAGGED_FIELD_NUMBER: _ClassVar[int]
    UNDECIDED_FIELD_NUMBER: _ClassVar[int]
    reviewed_count: int
    suspended: _containers.RepeatedScalarFieldContainer[str]
    flagged: _containers.RepeatedScalarFieldContainer[str]
    undecided: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, reviewed_count: _Optional[int] = ..., suspended: _Optional[_Iterable[str]] = ..., flagged: _Optional[_Iterable[str]] = ..., undecided: _Optional[_Iterable[str]] = ...) -> None: ...

class WatchLicensesRequest(_message.Message):
    __slots__ = ("basis", "types", "region_prefixes", "holder_codes", "resume_token")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    REGION_PREFIXES_FIELD_NUMBER: _ClassVar[int]
    HOLDER_CODES_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    types: _containers.RepeatedScalarFieldContainer[str]
    region_prefixes: _containers.RepeatedScalarFieldContainer[str]
    holder_codes: _containers.RepeatedScalarFieldContainer[str]
    resume_token: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., types: _Optional[_Iterable[str]] = ..., region_prefixes: _Optional[_Iterable[str]] = ..., holder_codes: _Optional[_Iterable[str]] = ..., resume_token: _Optional[str] = ...) -> None: ...

class WatchLicensesResponse(_message.Message):
    __slots__ = ("resume_token", "identifier", "type", "issuer", "event", "state", "revision", "event_time")
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    resume_token: str
    identifier: str
    type: str
    issuer: str
    event: str
    state: LicenseState
    revision: int
    event_time: _timestamp_pb2.Timestamp
    def __init__(self, resume_token: _Optional[str] = ..., identifier: _Optional[str] = ..., type: _Optional[str] = ..., issuer: _Optional[str] = ..., event: _Optional[str] = ..., state: _Optional[_Union[LicenseState, str]] = ..., revision: _Optional[int] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
