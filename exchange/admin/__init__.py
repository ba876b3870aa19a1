"""Administration online: people, applications, grants, the catalogue, and what is decided about them."""
