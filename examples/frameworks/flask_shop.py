"""A shop with Flask: one client for all threads and forked workers, and the person out of the session."""

import os

from flask import Flask, request, session

from tactful import Tactful
from tactful.wsgi import TactfulMiddleware

sdk = Tactful(os.environ["TACTFUL_URL"], key=os.environ["TACTFUL_KEY"])

app = Flask(__name__)
app.secret_key = os.environ.get("SECRET_KEY", "only for this example")
app.wsgi_app = TactfulMiddleware(app.wsgi_app, person=lambda environ: session.get("user"))


@app.get("/in/<user>")
def sign_in(user: str):
    session["user"] = user
    return {"user": user}


@app.post("/pay")
def pay():
    amount = request.args.get("amount", 38.5, type=float)
    decision = sdk.touchpoint("payment", params={"order": {"amount": amount}})
    if decision.ask:
        return f'<p>Thank you! <a href="{decision.invitation.url}">How was it?</a></p>'
    return "<p>Thank you!</p>"
