"""What node and client share of the wire: the numbers of enums, and messages made of plain types."""
