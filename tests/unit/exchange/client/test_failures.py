"""Tests of the client's errors: those that may pass are told from those that stay."""

import grpc

from exchange.client.failures import translated


def failed(code: grpc.StatusCode, detail: str) -> grpc.aio.AioRpcError:
    """Return a failed call without the node's details."""
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), detail)


def test_a_stream_that_ends_during_a_write_may_be_sent_again() -> None:
    error = translated(failed(grpc.StatusCode.INTERNAL, "Internal error from Core"))
    assert (error.status, error.reason, error.passing) == ("UNAVAILABLE", "STREAM_BROKEN", True)


def test_any_other_failure_keeps_its_status_and_detail() -> None:
    error = translated(failed(grpc.StatusCode.INTERNAL, "a message cannot be read"))
    assert (error.status, error.passing) == ("INTERNAL", False)
    assert "a message cannot be read" in str(error)
