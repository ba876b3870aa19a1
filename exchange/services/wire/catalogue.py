"""Enum numbers of ``CatalogueService``."""

from yici.registry.v1 import catalogue_pb2 as pb

from exchange.services.wire.tables import EnumTable
from registry.catalogue import FieldType, Mask, Sensitivity, Sharing

CATEGORIES = EnumTable.of(pb.SharingCategory, "SHARING_CATEGORY", Sharing)
TYPES = EnumTable.of(pb.FieldType, "FIELD_TYPE", FieldType)
SENSITIVITIES = EnumTable.of(pb.Sensitivity, "SENSITIVITY", Sensitivity)
MASKS = EnumTable.of(pb.Mask, "MASK", Mask)
