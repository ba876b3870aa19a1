"""Offline checks of an e-license, as an envelope (SD-JWT VC) or QR code, with a trust bundle."""

from keys.license.checking import ISSUED, Checked, check_license
from keys.license.presented import MEDIA_TYPE, status_uri_of

__all__ = ["ISSUED", "MEDIA_TYPE", "Checked", "check_license", "status_uri_of"]
