"""The address that a gateway listens on: one that can't be is one clear sentence."""

from __future__ import annotations

import pytest

from tactful_gateway.serving.server import PortError, listen


def test_a_port_beyond_the_last_one_is_named() -> None:
    with pytest.raises(PortError, match=r"can't listen on 127\.0\.0\.1:99999: ports go from 0 to 65535"):
        listen("127.0.0.1", 99_999)


def test_a_port_in_use_is_named() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(PortError, match=f"can't listen on 127.0.0.1:{port}: Address already in use$"):
            listen("127.0.0.1", port)
