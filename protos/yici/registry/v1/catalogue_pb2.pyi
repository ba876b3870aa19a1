from yici.exchange.v1 import exchange_pb2 as _exchange_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SharingCategory(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SHARING_CATEGORY_UNSPECIFIED: _ClassVar[SharingCategory]
    SHARING_CATEGORY_UNCONDITIONAL: _ClassVar[SharingCategory]
    SHARING_CATEGORY_CONDITIONAL: _ClassVar[SharingCategory]
    SHARING_CATEGORY_WITHHELD: _ClassVar[SharingCategory]

class FieldType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FIELD_TYPE_UNSPECIFIED: _ClassVar[FieldType]
    FIELD_TYPE_TEXT: _ClassVar[FieldType]
    FIELD_TYPE_INTEGER: _ClassVar[FieldType]
    FIELD_TYPE_DECIMAL: _ClassVar[FieldType]
    FIELD_TYPE_DATE: _ClassVar[FieldType]
    FIELD_TYPE_MONTH: _ClassVar[FieldType]
    FIELD_TYPE_CODE: _ClassVar[FieldType]

class Sensitivity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SENSITIVITY_UNSPECIFIED: _ClassVar[Sensitivity]
    SENSITIVITY_PUBLIC: _ClassVar[Sensitivity]
    SENSITIVITY_PERSONAL: _ClassVar[Sensitivity]
    SENSITIVITY_SENSITIVE: _ClassVar[Sensitivity]

class Mask(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MASK_UNSPECIFIED: _ClassVar[Mask]
    MASK_NONE: _ClassVar[Mask]
    MASK_NAME: _ClassVar[Mask]
    MASK_TAIL: _ClassVar[Mask]
    MASK_YEAR: _ClassVar[Mask]
    MASK_HIDDEN: _ClassVar[Mask]
SHARING_CATEGORY_UNSPECIFIED: SharingCategory
SHARING_CATEGORY_UNCONDITIONAL: SharingCategory
SHARING_CATEGORY_CONDITIONAL: SharingCategory
SHARING_CATEGORY_WITHHELD: SharingCategory
FIELD_TYPE_UNSPECIFIED: FieldType
FIELD_TYPE_TEXT: FieldType
FIELD_TYPE_INTEGER: FieldType
FIELD_TYPE_DECIMAL: FieldType
FIELD_TYPE_DATE: FieldType
FIELD_TYPE_MONTH: FieldType
FIELD_TYPE_CODE: FieldType
SENSITIVITY_UNSPECIFIED: Sensitivity
SENSITIVITY_PUBLIC: Sensitivity
SENSITIVITY_PERSONAL: Sensitivity
SENSITIVITY_SENSITIVE: Sensitivity
MASK_UNSPECIFIED: Mask
MASK_NONE: Mask
MASK_NAME: Mask
MASK_TAIL: Mask
MASK_YEAR: Mask
MASK_HIDDEN: Mask

class Dataset(_message.Message):
    __slots__ = ("id", "version", "title", "title_en", "source_agency", "sharing_category", "subject_kinds", "update_cycle", "fields")
    ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    TITLE_EN_FIELD_NUMBER: _ClassVar[int]
    SOURCE_AGENCY_FIELD_NUMBER: _ClassVar[int]
    SHARING_CATEGORY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_KINDS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_CYCLE_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    id: str
    version: int
    title: str
    title_en: str
    source_agency: str
    sharing_category: SharingCategory
    subject_kinds: _containers.RepeatedScalarFieldContainer[_exchange_pb2.SubjectKind]
    update_cycle: str
    fields: _containers.RepeatedCompositeFieldContainer[Field]
    def __init__(self, id: _Optional[str] = ..., version: _Optional[int] = ..., title: _Optional[str] = ..., title_en: _Optional[str] = ..., source_agency: _Optional[str] = ..., sharing_category: _Optional[_Union[SharingCategory, str]] = ..., subject_kinds: _Optional[_Iterable[_Union[_exchange_pb2.SubjectKind, str]]] = ..., update_cycle: _Optional[str] = ..., fields: _Optional[_Iterable[_Union[Field, _Mapping]]] = ...) -> None: ...

class Field(_message.Message):
    __slots__ = ("name", "title", "title_en", "type", "sensitivity", "mask", "codes")
    class CodesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    TITLE_EN_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SENSITIVITY_FIELD_NUMBER: _ClassVar[int]
    MASK_FIELD_NUMBER: _ClassVar[int]
    CODES_FIELD_NUMBER: _ClassVar[int]
    name: str
    title: str
    title_en: str
    type: FieldType
    sensitivity: Sensitivity
    mask: Mask
    codes: _containers.ScalarMap[str, str]
    def __init__(self, name: _Optional[str] = ..., title: _Optional[str] = ..., title_en: _Optional[str] = ..., type: _Optional[_Union[FieldType, str]] = ..., sensitivity: _Optional[_Union[Sensitivity, str]] = ..., mask: _Optional[_Union[Mask, str]] = ..., codes: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Matter(_message.Message):
    __slots__ = ("id", "version", "name", "name_en", "agency", "proofs")
    ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAME_EN_FIELD_NUMBER: _ClassVar[int]
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    PROOFS_FIELD_NUMBER: _ClassVar[int]
    id: str
    version: int
    name: str
    name_en: str
    agency: str
    proofs: _containers.RepeatedCompositeFieldContainer[Proof]
    def __init__(self, id: _Optional[str] = ..., version: _Optional[int] = ..., name: _Optional[str] = ..., name_en: _Optional[str] = ..., agency: _Optional[str] = ..., proofs: _Optional[_Iterable[_Union[Proof, _Mapping]]] = ...) -> None: ...

class Proof(_message.Message):
    __slots__ = ("id", "name", "name_en", "legal_basis", "demanded_by", "issued_by", "dataset", "subject_role", "how_to_obtain", "alternative_datasets", "how_to_obtain_en")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAME_EN_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    DEMANDED_BY_FIELD_NUMBER: _ClassVar[int]
    ISSUED_BY_FIELD_NUMBER: _ClassVar[int]
    DATASET_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_ROLE_FIELD_NUMBER: _ClassVar[int]
    HOW_TO_OBTAIN_FIELD_NUMBER: _ClassVar[int]
    ALTERNATIVE_DATASETS_FIELD_NUMBER: _ClassVar[int]
    HOW_TO_OBTAIN_EN_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    name_en: str
    legal_basis: str
    demanded_by: str
    issued_by: str
    dataset: str
    subject_role: str
    how_to_obtain: str
    alternative_datasets: _containers.RepeatedScalarFieldContainer[str]
    how_to_obtain_en: str
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., name_en: _Optional[str] = ..., legal_basis: _Optional[str] = ..., demanded_by: _Optional[str] = ..., issued_by: _Optional[str] = ..., dataset: _Optional[str] = ..., subject_role: _Optional[str] = ..., how_to_obtain: _Optional[str] = ..., alternative_datasets: _Optional[_Iterable[str]] = ..., how_to_obtain_en: _Optional[str] = ...) -> None: ...

class GetDatasetRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetDatasetResponse(_message.Message):
    __slots__ = ("dataset",)
    DATASET_FIELD_NUMBER: _ClassVar[int]
    dataset: Dataset
    def __init__(self, dataset: _Optional[_Union[Dataset, _Mapping]] = ...) -> None: ...

class ListDatasetsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDatasetsResponse(_message.Message):
    __slots__ = ("datasets", "next_page_token")
    DATASETS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    datasets: _containers.RepeatedCompositeFieldContainer[Dataset]
    next_page_token: str
    def __init__(self, datasets: _Optional[_Iterable[_Union[Dataset, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetMatterRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetMatterResponse(_message.Message):
    __slots__ = ("matter",)
    MATTER_FIELD_NUMBER: _ClassVar[int]
    matter: Matter
    def __init__(self, matter: _Optional[_Union[Matter, _Mapping]] = ...) -> None: ...

class ListMattersRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListMattersResponse(_message.Message):
    __slots__ = ("matters", "next_page_token")
    MATTERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    matters: _containers.RepeatedCompositeFieldContainer[Matter]
    next_page_token: str
    def __init__(self, matters: _Optional[_Iterable[_Union[Matter, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
