"""A mail server for trying things out: it takes every mail, prints its plain part, and passes none on."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from email import message_from_bytes, policy

ADDRESS = "127.0.0.1"
ANSWERS = {b"QUIT": b"221 Bye", b"DATA": b"354 Go on", b"EHLO": b"250 Catcher", b"HELO": b"250 Catcher"}


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Speak as much of SMTP as a sender needs."""
    writer.write(b"220 Catcher\r\n")
    while line := await reader.readline():
        verb = line[:4].upper()
        writer.write(ANSWERS.get(verb, b"250 OK") + b"\r\n")
        if verb == b"QUIT":
            break
        if verb == b"DATA":
            show(await reader.readuntil(b"\r\n.\r\n"))
            writer.write(b"250 Caught\r\n")
    writer.close()


def show(raw: bytes) -> None:
    """Print a mail as its reader would see it."""
    mail = message_from_bytes(raw.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n."), policy=policy.default)
    body = mail.get_body(("plain",))
    print(f"To: {mail['to']}\nSubject: {mail['subject']}\n\n{'' if body is None else body.get_content()}", flush=True)


async def main(port: int) -> None:
    """Listen until stopped."""
    server = await asyncio.start_server(talk, ADDRESS, port, limit=2**20)
    print(f"catching mail on smtp://{ADDRESS}:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2525))
