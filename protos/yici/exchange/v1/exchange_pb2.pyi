from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SubjectKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUBJECT_KIND_UNSPECIFIED: _ClassVar[SubjectKind]
    SUBJECT_KIND_CITIZEN_ID: _ClassVar[SubjectKind]
    SUBJECT_KIND_USCC: _ClassVar[SubjectKind]
    SUBJECT_KIND_PROPERTY_UNIT: _ClassVar[SubjectKind]
    SUBJECT_KIND_CERTIFICATE_NUMBER: _ClassVar[SubjectKind]
    SUBJECT_KIND_LICENSE_IDENTIFIER: _ClassVar[SubjectKind]
    SUBJECT_KIND_FOREIGNER_CARD: _ClassVar[SubjectKind]
    SUBJECT_KIND_PASSPORT: _ClassVar[SubjectKind]
    SUBJECT_KIND_HONG_KONG_MACAO_PERMIT: _ClassVar[SubjectKind]
    SUBJECT_KIND_TAIWAN_PERMIT: _ClassVar[SubjectKind]
    SUBJECT_KIND_UNCHECKED_CERTIFICATE_NUMBER: _ClassVar[SubjectKind]
    SUBJECT_KIND_IRREGULAR_USCC: _ClassVar[SubjectKind]

class Operator(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPERATOR_UNSPECIFIED: _ClassVar[Operator]
    OPERATOR_EQ: _ClassVar[Operator]
    OPERATOR_NE: _ClassVar[Operator]
    OPERATOR_LT: _ClassVar[Operator]
    OPERATOR_LE: _ClassVar[Operator]
    OPERATOR_GT: _ClassVar[Operator]
    OPERATOR_GE: _ClassVar[Operator]
    OPERATOR_IN: _ClassVar[Operator]
    OPERATOR_EXISTS: _ClassVar[Operator]

class Aggregate(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AGGREGATE_UNSPECIFIED: _ClassVar[Aggregate]
    AGGREGATE_COUNT: _ClassVar[Aggregate]
    AGGREGATE_SUM: _ClassVar[Aggregate]
    AGGREGATE_MONTHS: _ClassVar[Aggregate]

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_MATCH: _ClassVar[Outcome]
    OUTCOME_MISMATCH: _ClassVar[Outcome]
    OUTCOME_UNKNOWN: _ClassVar[Outcome]

class UnknownReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNKNOWN_REASON_UNSPECIFIED: _ClassVar[UnknownReason]
    UNKNOWN_REASON_NO_RECORD: _ClassVar[UnknownReason]
    UNKNOWN_REASON_NO_VALUE: _ClassVar[UnknownReason]
    UNKNOWN_REASON_KEYS_UNREACHABLE: _ClassVar[UnknownReason]
    UNKNOWN_REASON_ROWS_SET_ASIDE: _ClassVar[UnknownReason]
    UNKNOWN_REASON_VALUE_UNREADABLE: _ClassVar[UnknownReason]
    UNKNOWN_REASON_RECORD_MALFORMED: _ClassVar[UnknownReason]

class Resolution(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RESOLUTION_UNSPECIFIED: _ClassVar[Resolution]
    RESOLUTION_PROVEN: _ClassVar[Resolution]
    RESOLUTION_REFUTED: _ClassVar[Resolution]
    RESOLUTION_UNKNOWN: _ClassVar[Resolution]
    RESOLUTION_UNAVAILABLE: _ClassVar[Resolution]
    RESOLUTION_APPLICANT_MUST_SUPPLY: _ClassVar[Resolution]
SUBJECT_KIND_UNSPECIFIED: SubjectKind
SUBJECT_KIND_CITIZEN_ID: SubjectKind
SUBJECT_KIND_USCC: SubjectKind
SUBJECT_KIND_PROPERTY_UNIT: SubjectKind
SUBJECT_KIND_CERTIFICATE_NUMBER: SubjectKind
SUBJECT_KIND_LICENSE_IDENTIFIER: SubjectKind
SUBJECT_KIND_FOREIGNER_CARD: SubjectKind
SUBJECT_KIND_PASSPORT: SubjectKind
SUBJECT_KIND_HONG_KONG_MACAO_PERMIT: SubjectKind
SUBJECT_KIND_TAIWAN_PERMIT: SubjectKind
SUBJECT_KIND_UNCHECKED_CERTIFICATE_NUMBER: SubjectKind
SUBJECT_KIND_IRREGULAR_USCC: SubjectKind
OPERATOR_UNSPECIFIED: Operator
OPERATOR_EQ: Operator
OPERATOR_NE: Operator
OPERATOR_LT: Operator
OPERATOR_LE: Operator
OPERATOR_GT: Operator
OPERATOR_GE: Operator
OPERATOR_IN: Operator
OPERATOR_EXISTS: Operator
AGGREGATE_UNSPECIFIED: Aggregate
AGGREGATE_COUNT: Aggregate
AGGREGATE_SUM: Aggregate
AGGREGATE_MONTHS: Aggregate
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_MATCH: Outcome
OUTCOME_MISMATCH: Outcome
OUTCOME_UNKNOWN: Outcome
UNKNOWN_REASON_UNSPECIFIED: UnknownReason
UNKNOWN_REASON_NO_RECORD: UnknownReason
UNKNOWN_REASON_NO_VALUE: UnknownReason
UNKNOWN_REASON_KEYS_UNREACHABLE: UnknownReason
UNKNOWN_REASON_ROWS_SET_ASIDE: UnknownReason
UNKNOWN_REASON_VALUE_UNREADABLE: UnknownReason
UNKNOWN_REASON_RECORD_MALFORMED: UnknownReason
RESOLUTION_UNSPECIFIED: Resolution
RESOLUTION_PROVEN: Resolution
RESOLUTION_REFUTED: Resolution
RESOLUTION_UNKNOWN: Resolution
RESOLUTION_UNAVAILABLE: Resolution
RESOLUTION_APPLICANT_MUST_SUPPLY: Resolution

class Basis(_message.Message):
    __slots__ = ("matter", "case_number", "legal_basis", "officer")
    MATTER_FIELD_NUMBER: _ClassVar[int]
    CASE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    OFFICER_FIELD_NUMBER: _ClassVar[int]
    matter: str
    case_number: str
    legal_basis: str
    officer: str
    def __init__(self, matter: _Optional[str] = ..., case_number: _Optional[str] = ..., legal_basis: _Optional[str] = ..., officer: _Optional[str] = ...) -> None: ...

class Subject(_message.Message):
    __slots__ = ("kind", "identifier")
    KIND_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    kind: SubjectKind
    identifier: str
    def __init__(self, kind: _Optional[_Union[SubjectKind, str]] = ..., identifier: _Optional[str] = ...) -> None: ...

class Condition(_message.Message):
    __slots__ = ("field", "operator", "values")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    field: str
    operator: Operator
    values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, field: _Optional[str] = ..., operator: _Optional[_Union[Operator, str]] = ..., values: _Optional[_Iterable[str]] = ...) -> None: ...

class Claim(_message.Message):
    __slots__ = ("field", "operator", "values", "aggregate", "where", "last_months")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    AGGREGATE_FIELD_NUMBER: _ClassVar[int]
    WHERE_FIELD_NUMBER: _ClassVar[int]
    LAST_MONTHS_FIELD_NUMBER: _ClassVar[int]
    field: str
    operator: Operator
    values: _containers.RepeatedScalarFieldContainer[str]
    aggregate: Aggregate
    where: _containers.RepeatedCompositeFieldContainer[Condition]
    last_months: int
    def __init__(self, field: _Optional[str] = ..., operator: _Optional[_Union[Operator, str]] = ..., values: _Optional[_Iterable[str]] = ..., aggregate: _Optional[_Union[Aggregate, str]] = ..., where: _Optional[_Iterable[_Union[Condition, _Mapping]]] = ..., last_months: _Optional[int] = ...) -> None: ...

class Answered(_message.Message):
    __slots__ = ("answer", "receipt")
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    answer: str
    receipt: str
    def __init__(self, answer: _Optional[str] = ..., receipt: _Optional[str] = ...) -> None: ...

class VerifyRequest(_message.Message):
    __slots__ = ("basis", "dataset", "subject", "claims", "nonce")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    DATASET_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    CLAIMS_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    basis: Basis
    dataset: str
    subject: Subject
    claims: _containers.RepeatedCompositeFieldContainer[Claim]
    nonce: bytes
    def __init__(self, basis: _Optional[_Union[Basis, _Mapping]] = ..., dataset: _Optional[str] = ..., subject: _Optional[_Union[Subject, _Mapping]] = ..., claims: _Optional[_Iterable[_Union[Claim, _Mapping]]] = ..., nonce: _Optional[bytes] = ...) -> None: ...

class VerifyResponse(_message.Message):
    __slots__ = ("answered", "outcomes", "unknown_reasons")
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_REASONS_FIELD_NUMBER: _ClassVar[int]
    answered: Answered
    outcomes: _containers.RepeatedScalarFieldContainer[Outcome]
    unknown_reasons: _containers.RepeatedScalarFieldContainer[UnknownReason]
    def __init__(self, answered: _Optional[_Union[Answered, _Mapping]] = ..., outcomes: _Optional[_Iterable[_Union[Outcome, str]]] = ..., unknown_reasons: _Optional[_Iterable[_Union[UnknownReason, str]]] = ...) -> None: ...

class QueryRequest(_message.Message):
    __slots__ = ("basis", "dataset", "subject", "fields", "nonce")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    DATASET_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    basis: Basis
    dataset: str
    subject: Subject
    fields: _containers.RepeatedScalarFieldContainer[str]
    nonce: bytes
    def __init__(self, basis: _Optional[_Union[Basis, _Mapping]] = ..., dataset: _Optional[str] = ..., subject: _Optional[_Union[Subject, _Mapping]] = ..., fields: _Optional[_Iterable[str]] = ..., nonce: _Optional[bytes] = ...) -> None: ...

class QueryResponse(_message.Message):
    __slots__ = ("answered", "records", "incomplete_reason")
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    INCOMPLETE_REASON_FIELD_NUMBER: _ClassVar[int]
    answered: Answered
    records: _containers.RepeatedCompositeFieldContainer[Record]
    incomplete_reason: UnknownReason
    def __init__(self, answered: _Optional[_Union[Answered, _Mapping]] = ..., records: _Optional[_Iterable[_Union[Record, _Mapping]]] = ..., incomplete_reason: _Optional[_Union[UnknownReason, str]] = ...) -> None: ...

class Record(_message.Message):
    __slots__ = ("fields", "unreadable_fields")
    class FieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    UNREADABLE_FIELDS_FIELD_NUMBER: _ClassVar[int]
    fields: _containers.ScalarMap[str, str]
    unreadable_fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, fields: _Optional[_Mapping[str, str]] = ..., unreadable_fields: _Optional[_Iterable[str]] = ...) -> None: ...

class VerifyBatchRequest(_message.Message):
    __slots__ = ("chunk_id", "basis", "dataset", "claims", "subject_kind", "items", "nonce")
    CHUNK_ID_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    DATASET_FIELD_NUMBER: _ClassVar[int]
    CLAIMS_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_KIND_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    chunk_id: str
    basis: Basis
    dataset: str
    claims: _containers.RepeatedCompositeFieldContainer[Claim]
    subject_kind: SubjectKind
    items: _containers.RepeatedCompositeFieldContainer[BatchItem]
    nonce: bytes
    def __init__(self, chunk_id: _Optional[str] = ..., basis: _Optional[_Union[Basis, _Mapping]] = ..., dataset: _Optional[str] = ..., claims: _Optional[_Iterable[_Union[Claim, _Mapping]]] = ..., subject_kind: _Optional[_Union[SubjectKind, str]] = ..., items: _Optional[_Iterable[_Union[BatchItem, _Mapping]]] = ..., nonce: _Optional[bytes] = ...) -> None: ...

class BatchItem(_message.Message):
    __slots__ = ("identifier", "values")
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    identifier: str
    values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, identifier: _Optional[str] = ..., values: _Optional[_Iterable[str]] = ...) -> None: ...

class VerifyBatchResponse(_message.Message):
    __slots__ = ("chunk_id", "answered", "error")
    CHUNK_ID_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    chunk_id: str
    answered: BatchAnswered
    error: bytes
    def __init__(self, chunk_id: _Optional[str] = ..., answered: _Optional[_Union[BatchAnswered, _Mapping]] = ..., error: _Optional[bytes] = ...) -> None: ...

class BatchAnswered(_message.Message):
    __slots__ = ("answered", "outcomes", "unknown_reasons")
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_REASONS_FIELD_NUMBER: _ClassVar[int]
    answered: Answered
    outcomes: _containers.RepeatedScalarFieldContainer[Outcome]
    unknown_reasons: _containers.RepeatedScalarFieldContainer[UnknownReason]
    def __init__(self, answered: _Optional[_Union[Answered, _Mapping]] = ..., outcomes: _Optional[_Iterable[_Union[Outcome, str]]] = ..., unknown_reasons: _Optional[_Iterable[_Union[UnknownReason, str]]] = ...) -> None: ...

class ResolveRequest(_message.Message):
    __slots__ = ("basis", "subjects", "facts", "nonce")
    class SubjectsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: Subject
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Subject, _Mapping]] = ...) -> None: ...
    class FactsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    BASIS_FIELD_NUMBER: _ClassVar[int]
    SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    basis: Basis
    subjects: _containers.MessageMap[str, Subject]
    facts: _containers.ScalarMap[str, str]
    nonce: bytes
    def __init__(self, basis: _Optional[_Union[Basis, _Mapping]] = ..., subjects: _Optional[_Mapping[str, Subject]] = ..., facts: _Optional[_Mapping[str, str]] = ..., nonce: _Optional[bytes] = ...) -> None: ...

class Requirement(_message.Message):
    __slots__ = ("id", "proof", "resolution", "reason", "dataset", "answered", "outcomes", "proof_en", "reason_en", "unknown_reasons")
    ID_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DATASET_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    PROOF_EN_FIELD_NUMBER: _ClassVar[int]
    REASON_EN_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_REASONS_FIELD_NUMBER: _ClassVar[int]
    id: str
    proof: str
    resolution: Resolution
    reason: str
    dataset: str
    answered: Answered
    outcomes: _containers.RepeatedScalarFieldContainer[Outcome]
    proof_en: str
    reason_en: str
    unknown_reasons: _containers.RepeatedScalarFieldContainer[UnknownReason]
    def __init__(self, id: _Optional[str] = ..., proof: _Optional[str] = ..., resolution: _Optional[_Union[Resolution, str]] = ..., reason: _Optional[str] = ..., dataset: _Optional[str] = ..., answered: _Optional[_Union[Answered, _Mapping]] = ..., outcomes: _Optional[_Iterable[_Union[Outcome, str]]] = ..., proof_en: _Optional[str] = ..., reason_en: _Optional[str] = ..., unknown_reasons: _Optional[_Iterable[_Union[UnknownReason, str]]] = ...) -> None: ...

class ResolveResponse(_message.Message):
    __slots__ = ("requirements",)
    REQUIREMENTS_FIELD_NUMBER: _ClassVar[int]
    requirements: _containers.RepeatedCompositeFieldContainer[Requirement]
    def __init__(self, requirements: _Optional[_Iterable[_Union[Requirement, _Mapping]]] = ...) -> None: ...
