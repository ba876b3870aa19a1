"""Calls of every method of every service, from the services' descriptors."""

import inspect
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass

from exchange.client.failures import error_in, translated
from exchange.demo.city import City
from exchange.errors import ExchangeError
from exchange.node.http import ACTIONS
from exchange.services import admin
from exchange.services.admin.servicer import AdminServicer
from exchange.services.asking import ExchangeServicer
from exchange.services.auditing import AuditServicer
from exchange.services.cataloguing import CatalogueServicer
from exchange.services.documents import DocumentServicer
from exchange.services.issuing import IssuingServicer
from exchange.services.reviewing import ReviewingServicer
from exchange.services.sealing import SealServicer
from exchange.services.servicer import ActServicer, snake_case
from exchange.services.showing import ShowingServicer

ADMIN = [
    kind
    for module in iter_modules(admin.__path__)
    for kind in vars(import_module(f"{admin.__name__}.{module.name}")).values()
    if isinstance(kind, type) and issubclass(kind, AdminServicer) and kind is not AdminServicer
]
"""The services of administration."""
SERVICES: list[type[ActServicer]] = [
    ExchangeServicer, AuditServicer, CatalogueServicer, DocumentServicer, IssuingServicer, ReviewingServicer, SealServicer,
    ShowingServicer, *sorted({*ADMIN}, key=lambda kind: kind.__name__),
]  # fmt: skip
METHODS: dict[str, MethodDescriptor] = {
    f"{service.name}.{method.name}": method
    for service in {kind.service.full_name: kind.service for kind in SERVICES}.values()
    for method in service.methods
}


def actions_of(name: str) -> set[str]:
    """Return the declared Cedar actions of a method or route."""
    if name in ACTIONS:
        return {ACTIONS[name]}
    python = snake_case(name.partition(".")[2])
    own = [service for service in SERVICES if service.service.name == name.partition(".")[0]]
    [found] = {method.actions for service in own for key, method in inspect.getmembers(service) if key == python}
    return set(found)


def channel(city: City, system: str) -> grpc.Channel:
    """Open a system's connection."""
    chain, key = city.credentials(system)
    trusted = grpc.ssl_channel_credentials((city.trust / "root.pem").read_bytes(), key, chain)
    return grpc.secure_channel(city.address, trusted, [("grpc.enable_http_proxy", 0)])


def message_of(method: MethodDescriptor, **parts: Any) -> bytes:
    """Return a request with those of the parts that its type has."""
    shape = GetMessageClass(method.input_type)
    known = {item.name for item in method.input_type.fields}
    return bytes(shape(**{name: value for name, value in parts.items() if name in known}).SerializeToString())


def refusals(channel: grpc.Channel, method: MethodDescriptor, request: bytes, seconds: float) -> list[ExchangeError]:
    """Make one call; return why it, or one message of its stream, was refused."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    try:
        if method.client_streaming:
            answers = [
                GetMessageClass(method.output_type).FromString(data)
                for data in channel.stream_stream(path)(iter([request]), timeout=seconds)
            ]
            return [error_in(answer.error) for answer in answers if answer.error]
        if method.server_streaming:
            next(channel.unary_stream(path)(request, timeout=seconds))
        else:
            channel.unary_unary(path)(request, timeout=seconds)
    except grpc.RpcError as error:
        return [translated(error)]  # type: ignore[arg-type]  # it has the methods of an AioRpcError
    return []
