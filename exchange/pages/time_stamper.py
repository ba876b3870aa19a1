"""The node's time-stamping authority as pyHanko's time-stamper."""

from asn1crypto import cms, tsp
from pyhanko.sign.timestamps import TimeStamper

from keys.timestamp_authority import TimestampAuthority


class PdfTimestamper(TimeStamper):
    """Time-stamps PDFs with the node's authority."""

    def __init__(self, tsa: TimestampAuthority) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # untyped upstream
        self._tsa = tsa

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Return the response to a request."""
        token = self._tsa.stamp_imprint(req["message_imprint"].dump(), req["nonce"].native)
        return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)})
