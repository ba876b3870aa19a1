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

class Urgency(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    URGENCY_UNSPECIFIED: _ClassVar[Urgency]
    URGENCY_NORMAL: _ClassVar[Urgency]
    URGENCY_URGENT: _ClassVar[Urgency]
    URGENCY_EXTRA_URGENT: _ClassVar[Urgency]

class DocumentState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DOCUMENT_STATE_UNSPECIFIED: _ClassVar[DocumentState]
    DOCUMENT_STATE_DRAFT: _ClassVar[DocumentState]
    DOCUMENT_STATE_SEALED: _ClassVar[DocumentState]
    DOCUMENT_STATE_SENT: _ClassVar[DocumentState]
    DOCUMENT_STATE_WITHDRAWN: _ClassVar[DocumentState]
URGENCY_UNSPECIFIED: Urgency
URGENCY_NORMAL: Urgency
URGENCY_URGENT: Urgency
URGENCY_EXTRA_URGENT: Urgency
DOCUMENT_STATE_UNSPECIFIED: DocumentState
DOCUMENT_STATE_DRAFT: DocumentState
DOCUMENT_STATE_SEALED: DocumentState
DOCUMENT_STATE_SENT: DocumentState
DOCUMENT_STATE_WITHDRAWN: DocumentState

class DocumentFile(_message.Message):
    __slots__ = ("name", "media_type", "data")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    name: str
    media_type: str
    data: bytes
    def __init__(self, name: _Optional[str] = ..., media_type: _Optional[str] = ..., data: _Optional[bytes] = ...) -> None: ...

class DocumentDraft(_message.Message):
    __slots__ = ("number", "title", "urgency", "issue_date", "recipients", "text", "pdf", "attachments", "copies")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    URGENCY_FIELD_NUMBER: _ClassVar[int]
    ISSUE_DATE_FIELD_NUMBER: _ClassVar[int]
    RECIPIENTS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PDF_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENTS_FIELD_NUMBER: _ClassVar[int]
    COPIES_FIELD_NUMBER: _ClassVar[int]
    number: str
    title: str
    urgency: Urgency
    issue_date: str
    recipients: _containers.RepeatedScalarFieldContainer[str]
    text: str
    pdf: bytes
    attachments: _containers.RepeatedCompositeFieldContainer[DocumentFile]
    copies: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, number: _Optional[str] = ..., title: _Optional[str] = ..., urgency: _Optional[_Union[Urgency, str]] = ..., issue_date: _Optional[str] = ..., recipients: _Optional[_Iterable[str]] = ..., text: _Optional[str] = ..., pdf: _Optional[bytes] = ..., attachments: _Optional[_Iterable[_Union[DocumentFile, _Mapping]]] = ..., copies: _Optional[_Iterable[str]] = ...) -> None: ...

class Delivery(_message.Message):
    __slots__ = ("recipient", "send_time", "receive_time", "acknowledge_time", "remark")
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    SEND_TIME_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGE_TIME_FIELD_NUMBER: _ClassVar[int]
    REMARK_FIELD_NUMBER: _ClassVar[int]
    recipient: str
    send_time: _timestamp_pb2.Timestamp
    receive_time: _timestamp_pb2.Timestamp
    acknowledge_time: _timestamp_pb2.Timestamp
    remark: str
    def __init__(self, recipient: _Optional[str] = ..., send_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., receive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., acknowledge_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., remark: _Optional[str] = ...) -> None: ...

class Document(_message.Message):
    __slots__ = ("id", "agency", "number", "title", "urgency", "issue_date", "recipients", "state", "revision", "manifest", "signature", "receipt", "sealed_pdf", "files", "deliveries", "reason", "copies")
    ID_FIELD_NUMBER: _ClassVar[int]
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    URGENCY_FIELD_NUMBER: _ClassVar[int]
    ISSUE_DATE_FIELD_NUMBER: _ClassVar[int]
    RECIPIENTS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    SEALED_PDF_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    COPIES_FIELD_NUMBER: _ClassVar[int]
    id: str
    agency: str
    number: str
    title: str
    urgency: Urgency
    issue_date: str
    recipients: _containers.RepeatedScalarFieldContainer[str]
    state: DocumentState
    revision: int
    manifest: bytes
    signature: bytes
    receipt: str
    sealed_pdf: bytes
    files: _containers.RepeatedCompositeFieldContainer[DocumentFile]
    deliveries: _containers.RepeatedCompositeFieldContainer[Delivery]
    reason: str
    copies: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, id: _Optional[str] = ..., agency: _Optional[str] = ..., number: _Optional[str] = ..., title: _Optional[str] = ..., urgency: _Optional[_Union[Urgency, str]] = ..., issue_date: _Optional[str] = ..., recipients: _Optional[_Iterable[str]] = ..., state: _Optional[_Union[DocumentState, str]] = ..., revision: _Optional[int] = ..., manifest: _Optional[bytes] = ..., signature: _Optional[bytes] = ..., receipt: _Optional[str] = ..., sealed_pdf: _Optional[bytes] = ..., files: _Optional[_Iterable[_Union[DocumentFile, _Mapping]]] = ..., deliveries: _Optional[_Iterable[_Union[Delivery, _Mapping]]] = ..., reason: _Optional[str] = ..., copies: _Optional[_Iterable[str]] = ...) -> None: ...

class DraftDocumentRequest(_message.Message):
    __slots__ = ("basis", "draft")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    DRAFT_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    draft: DocumentDraft
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., draft: _Optional[_Union[DocumentDraft, _Mapping]] = ...) -> None: ...

class DraftDocumentResponse(_message.Message):
    __slots__ = ("document",)
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    document: Document
    def __init__(self, document: _Optional[_Union[Document, _Mapping]] = ...) -> None: ...

class SealDocumentRequest(_message.Message):
    __slots__ = ("basis", "document", "revision", "seal")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    document: str
    revision: int
    seal: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., document: _Optional[str] = ..., revision: _Optional[int] = ..., seal: _Optional[str] = ...) -> None: ...

class SealDocumentResponse(_message.Message):
    __slots__ = ("document",)
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    document: Document
    def __init__(self, document: _Optional[_Union[Document, _Mapping]] = ...) -> None: ...

class SendDocumentRequest(_message.Message):
    __slots__ = ("basis", "document", "revision")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    document: str
    revision: int
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., document: _Optional[str] = ..., revision: _Optional[int] = ...) -> None: ...

class SendDocumentResponse(_message.Message):
    __slots__ = ("document",)
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    document: Document
    def __init__(self, document: _Optional[_Union[Document, _Mapping]] = ...) -> None: ...

class WithdrawDocumentRequest(_message.Message):
    __slots__ = ("basis", "document", "revision", "reason")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    document: str
    revision: int
    reason: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., document: _Optional[str] = ..., revision: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

class WithdrawDocumentResponse(_message.Message):
    __slots__ = ("document",)
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    document: Document
    def __init__(self, document: _Optional[_Union[Document, _Mapping]] = ...) -> None: ...

class ListDocumentsRequest(_message.Message):
    __slots__ = ("basis", "received", "page_size", "page_token")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    received: bool
    page_size: int
    page_token: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., received: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDocumentsResponse(_message.Message):
    __slots__ = ("documents", "next_page_token")
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    documents: _containers.RepeatedCompositeFieldContainer[Document]
    next_page_token: str
    def __init__(self, documents: _Optional[_Iterable[_Union[Document, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetDocumentRequest(_message.Message):
    __slots__ = ("basis", "document")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    document: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., document: _Optional[str] = ...) -> None: ...

class GetDocumentResponse(_message.Message):
    __slots__ = ("document",)
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    document: Document
    def __init__(self, document: _Optional[_Union[Document, _Mapping]] = ...) -> None: ...

class AcknowledgeDocumentRequest(_message.Message):
    __slots__ = ("basis", "document", "remark")
    BASIS_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    REMARK_FIELD_NUMBER: _ClassVar[int]
    basis: _exchange_pb2.Basis
    document: str
    remark: str
    def __init__(self, basis: _Optional[_Union[_exchange_pb2.Basis, _Mapping]] = ..., document: _Optional[str] = ..., remark: _Optional[str] = ...) -> None: ...

class AcknowledgeDocumentResponse(_message.Message):
    __slots__ = ("document",)
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    document: Document
    def __init__(self, document: _Optional[_Union[Document, _Mapping]] = ...) -> None: ...
