"""gRPC handlers from a service's description, all of which are behind the gate."""

from collections.abc import Callable, Sequence
from hashlib import sha256

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from exchange.acts.policies import is_action
from exchange.services.calls import Received
from exchange.services.gate import Gate
from exchange.services.servicer import snake_case


def handlers(service: ServiceDescriptor, gate: Gate, longest: int, *implementations: object) -> grpc.GenericRpcHandler:
    """Return the handlers of a service; a method is implemented under its name in snake_case.

    ``longest`` is the size limit of a request in bytes.

    Raises:
        LookupError: a method names no Cedar action, or one that the schema does not have.
    """
    made = {}
    for method in service.methods:
        name = snake_case(method.name)
        [work] = [getattr(one, name) for one in implementations if hasattr(one, name)]
        _require_actions(f"{service.full_name}.{method.name}", getattr(work, "actions", ()))
        read = _reader(method, longest)
        # Single requests are handled as streams, so that the gate has the call before its message arrives.
        if method.server_streaming:
            guarded = gate.stream(method.name, work, one=not method.client_streaming)
            make = grpc.stream_stream_rpc_method_handler
        else:
            guarded = gate.unary(method.name, work)
            make = grpc.stream_unary_rpc_method_handler
        made[method.name] = make(guarded, request_deserializer=read, response_serializer=_write)
    return grpc.method_handlers_generic_handler(service.full_name, made)


def _require_actions(method: str, actions: Sequence[str]) -> None:
    if not actions:
        raise LookupError(f"{method}: names no Cedar action")
    for action in actions:
        if not is_action(action):
            raise LookupError(f"{method}: the schema has no action {action}")


def _reader(method: MethodDescriptor, longest: int) -> Callable[[bytes], Received]:
    name, shape = method.name, GetMessageClass(method.input_type)

    def read(data: bytes) -> Received:
        if len(data) > longest:
            return Received(name, None, "", f"is longer than {longest} bytes")
        try:
            return Received(name, shape.FromString(data), sha256(data).hexdigest())
        except DecodeError:
            return Received(name, None, "", "is no message that this method takes")

    return read


def _write(message: Message) -> bytes:
    return message.SerializeToString()
