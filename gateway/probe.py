"""Ask a gateway of this machine whether it is alive: `python -m gateway.probe`, for images.

Uses the standard library alone, so that it starts at once and needs no shell tool.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException

DEADLINE_S = 2.0


def alive(environ: Mapping[str, str]) -> bool:
    """Whether `/livez` answers 200 on the admin port that the environment names."""
    port = int(environ.get("STOPLOG_SERVER__ADMIN_PORT") or 9090)
    connection = HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if alive(os.environ) else 1)
