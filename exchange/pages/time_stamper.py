"""The node's own time stamper, as pyHanko asks for one."""

from asn1crypto import cms, tsp
from pyhanko.sign.timestamps import TimeStamper

from keys.clock import Clock


class PdfClock(TimeStamper):
    """Stamps PDFs with the node's clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # untyped upstream
        self._clock = clock

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """The answer to a request."""
        token = self._clock.stamp_imprint(req["message_imprint"].dump(), req["nonce"].native)
        return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)})
