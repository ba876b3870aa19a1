"""Acts on e-documents: draft, seal, send, receive."""
