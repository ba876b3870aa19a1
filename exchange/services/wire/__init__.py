"""Parts of the wire format that node and client share: enum numbers, and messages of plain types."""
