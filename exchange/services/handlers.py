"""From a service's description to gRPC's handlers: every method behind the gate, its requests read by us."""

from collections.abc import Callable
from hashlib import sha256

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from exchange.services.calls import Received
from exchange.services.gate import Gate


def handlers(service: ServiceDescriptor, gate: Gate, longest: int, *implementations: object) -> grpc.GenericRpcHandler:
    """The handlers of a service: each method is the method of the same name, in snake_case, of an implementation.

    ``longest`` is how many bytes a request may have.
    """
    found = {}
    for method in service.methods:
        name = "".join(f"_{c.lower()}" if c.isupper() else c for c in method.name).lstrip("_")
        [work] = [getattr(one, name) for one in implementations if hasattr(one, name)]
        guard = gate.stream if method.server_streaming else gate.unary
        read = _reader(GetMessageClass(method.input_type), longest)
        make = _MAKERS[method.client_streaming, method.server_streaming]
        found[method.name] = make(guard(method.name, work), request_deserializer=read, response_serializer=_write)
    return grpc.method_handlers_generic_handler(service.full_name, found)


_MAKERS = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}


def _reader(shape: type[Message], longest: int) -> Callable[[bytes], Received]:
    def read(data: bytes) -> Received:
        if len(data) > longest:
            return Received(None, "", f"is longer than {longest} bytes")
        try:
            return Received(shape.FromString(data), sha256(data).hexdigest())
        except DecodeError:
            return Received(None, "", "is no message that this method takes")

    return read


def _write(message: Message) -> bytes:
    return message.SerializeToString()
