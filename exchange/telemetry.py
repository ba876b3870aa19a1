"""OpenTelemetry traces, when an endpoint is configured and the ``telemetry`` extra is installed."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from exchange.settings import Telemetry
from registry.errors import RuleError

_tracer: Any = None


def configure_telemetry(settings: Telemetry) -> None:
    """Send traces to the configured endpoint.

    Raises:
        RuleError: an endpoint is configured but the extra is not installed.
    """
    global _tracer  # noqa: PLW0603  # one process, one tracer, set once before the first call
    if not settings.otlp_endpoint:
        return
    try:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        raise RuleError("telemetry.otlp_endpoint", "needs the extra: pip install 'yici[telemetry]'") from error
    provider = TracerProvider(resource=Resource.create({"service.name": "yici"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.otlp_endpoint, insecure=True)))
    _tracer = provider.get_tracer("yici")


def span(name: str) -> AbstractContextManager[Any]:
    """Return a span of a call; names are method names, and request data are not attached."""
    return nullcontext() if _tracer is None else _tracer.start_as_current_span(name)
