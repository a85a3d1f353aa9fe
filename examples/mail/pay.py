"""What the shop's server does when somebody has paid: `python pay.py ada@example.com`."""

from __future__ import annotations

import os
import sys

from tactful import Tactful


def main(address: str) -> None:
    """Tell of the payment and print what was decided."""
    with Tactful(os.environ.get("TACTFUL_URL", "http://127.0.0.1:8000"), key=os.environ["TACTFUL_KEY"]) as sdk:
        sdk.wait_ready()
        decision = sdk.touchpoint("payment", person=address, reach={"email": address})
    print(decision.reason, decision.not_before or "")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python pay.py ADDRESS")
    main(sys.argv[1])
