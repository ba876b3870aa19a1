"""The environment variables of a node that libraries read when they are imported or first used."""

import os
import shutil
import sys
from pathlib import Path

# The node's key is an ECDSA key, so a TLS 1.2 handshake limited to RSA suites cannot succeed: only TLS 1.3 can. gRPC's
# Python API has no other setting of a minimum version, and reads this one once.
_TLS_1_3_ONLY = {"GRPC_SSL_CIPHER_SUITES": "ECDHE-RSA-AES128-GCM-SHA256"}


def prepare_environment(data: Path) -> None:
    """Limit gRPC to TLS 1.3, and make an empty folder for the metrics of all processes.

    gRPC and modules with metrics are imported after this.

    Raises:
        RuntimeError: gRPC is imported already, without that limit.
    """
    if "grpc" in sys.modules and not _TLS_1_3_ONLY.items() <= os.environ.items():
        raise RuntimeError("gRPC is imported before it is limited to TLS 1.3")
    metrics = data / "run" / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir(parents=True)
    os.environ.update(_TLS_1_3_ONLY, PROMETHEUS_MULTIPROC_DIR=str(metrics))
