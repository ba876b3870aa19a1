"""What of a request is on record, and so may be named in a leaf."""

from dataclasses import dataclass

from registry.catalogue import Dataset
from registry.register import Register


@dataclass(frozen=True, slots=True)
class OnRecord:
    """The names on record; none while the registers are in doubt, when ``register`` is None."""

    register: Register | None

    def dataset(self, name: str) -> Dataset | None:
        """Return a dataset on record."""
        return self.register.datasets.get(name) if self.register else None

    def matter(self, name: str) -> str:
        """Return a matter's id, or nothing."""
        return name if self.register and name in self.register.matters else ""

    def license_type(self, name: str) -> str:
        """Return a license type's id, or nothing."""
        return name if self.register and name in self.register.license_types else ""

    def seal(self, name: str) -> str:
        """Return a seal's id, or nothing."""
        return name if self.register and name in self.register.seals else ""
