"""The node's own time stamper, as pyHanko asks for one."""

from asn1crypto import cms, tsp
from pyhanko.sign.timestamps import TimeStamper

from keys.timestamp_authority import TimestampAuthority


class PdfTimestamper(TimeStamper):
    """Stamps PDFs with the node's timestamp authority."""

    def __init__(self, tsa: TimestampAuthority) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # untyped upstream
        self._tsa = tsa

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """The answer to a request."""
        token = self._tsa.stamp_imprint(req["message_imprint"].dump(), req["nonce"].native)
        return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)})
