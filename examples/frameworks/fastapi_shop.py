"""A shop with FastAPI: one client on the application's loop, and the person out of the session."""

import os
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.middleware.sessions import SessionMiddleware

from tactful import AsyncTactful
from tactful.asgi import TactfulMiddleware

sdk = AsyncTactful(os.environ["TACTFUL_URL"], key=os.environ["TACTFUL_KEY"])


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with sdk:  # connects before the first person comes, and sends what it counted at the end
        yield


app = FastAPI(lifespan=lifespan)
app.add_middleware(TactfulMiddleware, person=lambda scope: scope["session"].get("user"))
app.add_middleware(SessionMiddleware, secret_key=os.environ.get("SECRET_KEY", "only for this example"))


@app.get("/in/{user}")
async def sign_in(request: Request, user: str):
    request.session["user"] = user
    return {"user": user}


@app.post("/pay", response_class=HTMLResponse)
async def pay(amount: float = 38.5):
    decision = await sdk.touchpoint("payment", params={"order": {"amount": amount}})
    if decision.ask:
        return f'<p>Thank you! <a href="{decision.invitation.url}">How was it?</a></p>'
    return "<p>Thank you!</p>"
