"""A webhook's other end: keeps each event once, whatever is sent twice, and answers only when it is kept."""

import os
import sqlite3

from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

webhook = Webhook(os.environ["RECEIVER_SECRET"])  # whsec_..., the one in the sink
database = os.environ.get("RECEIVER_DB", "received.db")


async def receive(request: Request) -> Response:
    body = await request.body()  # the bytes as they came: they are what was signed
    try:
        webhook.verify(body, dict(request.headers))
    except WebhookVerificationError:
        return Response(status_code=401)  # with a 4xx the event goes to the dead letters, with a 5xx it comes again
    with sqlite3.connect(database) as db:
        db.execute("CREATE TABLE IF NOT EXISTS event (id TEXT PRIMARY KEY, body TEXT NOT NULL)")
        db.execute("INSERT OR IGNORE INTO event VALUES (?, ?)", (request.headers["webhook-id"], body.decode()))
    db.close()
    return Response(status_code=204)


app = Starlette(routes=[Route("/tactful", receive, methods=["POST"])])
