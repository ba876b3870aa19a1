"""Streams of license events."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import grpc
from yici.registry.v1 import license_pb2 as pb

from exchange.client.failures import translated
from exchange.client.licenses.base import SERVICE, CheckingClient
from exchange.client.messages import known, serialize, time_in, understood
from exchange.services.wire.asking import basis_message
from exchange.services.wire.licenses import STATES
from registry.basis import Basis
from registry.licenses.states import LicenseState


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a license; ``resume_token`` resumes after it."""

    resume_token: str
    identifier: str
    type: str
    issuer: str
    event: str
    state: LicenseState
    revision: int
    at: datetime | None


class WatchingClient(CheckingClient):
    """Receives events of licenses."""

    async def watch(
        self, basis: Basis, types: Sequence[str] = (), holders: Sequence[str] = (), resume_token: str = ""
    ) -> AsyncIterator[Event]:
        """Yield events after a token for as long as the caller listens.

        Raises:
            ExchangeError: as ``issue``.
        """
        request = pb.WatchLicensesRequest(
            basis=basis_message(basis), types=types, holder_codes=holders, resume_token=resume_token
        )
        call: Any = self.channel.unary_stream(
            f"{SERVICE}WatchLicenses",
            request_serializer=serialize,
            response_deserializer=pb.WatchLicensesResponse.FromString,
        )(request)
        try:
            async for item in call:
                understood(item)
                yield Event(
                    item.resume_token, item.identifier, item.type, item.issuer, item.event,
                    known(STATES.members, item.state, "state"), item.revision, time_in(item, "event_time"),
                )  # fmt: skip
        except grpc.aio.AioRpcError as error:
            raise translated(error) from error
        finally:
            call.cancel()
