"""What is asked in these runs, and words that fit into it."""

from pathlib import Path

ORIGIN = "https://shop.example"
SURVEY = Path(__file__).with_name("survey.yaml")
INVITATIONS = 60
WORDS = (
    "payment",
    "menu-page",
    "web",
    "sms",
    "score",
    "why",
    "order.kind",
    "combo",
    "asked",
    "u-1",
    "nps",
    "csat",
    "id",
    "beginning",
)
NEVER_TAKEN = {
    "GET /w/{hash}/renderer.js",  # nobody guesses the hash
    "DELETE /v1/sinks/{sink}",  # only one that the survey folder has no more goes, and that takes a while
    "POST /i/{token}",  # what a browser makes of a form, which is not described
}
