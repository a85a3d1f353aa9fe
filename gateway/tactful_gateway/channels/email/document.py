"""The HTML part where the channel has no template: one clear button, the opt-out, and nothing that loads or counts.

Tables and inline styles, since that is what mail programs know. Colours hold in light and dark; a program that
turns colours round by itself finds a button with text and background of its own.
"""

from __future__ import annotations

from html import escape

from tactful_gateway.channels.base import Message
from tactful_gateway.channels.templates.defaults import words_of
from tactful_gateway.channels.templates.escapes import in_html
from tactful_gateway.channels.templates.template import holds, render
from tactful_gateway.words.messages import message_words
from tactful_gateway.words.screens import is_rtl

_CSS = (
    ":root{color-scheme:light dark;supported-color-schemes:light dark}"
    "@media (prefers-color-scheme:dark){"
    ".page{background:#12141a!important}.card{background:#1c1f28!important}"
    ".strong{color:#f1f3f8!important}.text{color:#d5d9e3!important}.quiet,.quiet a{color:#aab2c3!important}"
    ".text a{color:#9aa2ff!important}"
    ".button{background:#9aa2ff!important}.button a{color:#12141c!important}}"
)
_FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif"


def default_html(message: Message) -> str:
    """Build our own HTML part of a message that has a title."""
    words = words_of(message)
    lead = escape(words.again if message.reminder else words.lead)
    url = in_html(message.url)
    body = (
        f'<h1 class="strong" style="margin:0 0 12px;font-size:20px;line-height:28px;font-weight:600;color:#1a2030">'
        f"{in_html(message.title)}</h1>"
        f'<p class="text" style="margin:0 0 24px;font-size:16px;line-height:24px;color:#3c4456">{lead}</p>'
        '<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 24px"><tr>'
        '<td class="button" bgcolor="#4b53d6" style="border-radius:10px;background:#4b53d6">'
        f'<a href="{url}" style="display:inline-block;padding:13px 28px;border-radius:10px;font-size:16px;'
        f'line-height:22px;font-weight:600;color:#ffffff;text-decoration:none">{escape(words.button)}</a>'
        "</td></tr></table>"
        f'<p class="quiet" style="margin:0;font-size:13px;line-height:20px;color:#596275">{escape(words.link)}<br>'
        f'<a href="{url}" dir="ltr" style="color:#596275;word-break:break-all">{url}</a></p>'
    )
    return _frame(message, body, opt_out_link(message))


def html_of_text(template: str, message: Message) -> str:
    """Build the HTML part of a channel that has a template for the text alone: the same words, with links to click."""

    def linked(value: str) -> str:
        written = in_html(value)
        link = f'<a href="{written}" style="color:#4b53d6;word-break:break-all">{written}</a>'
        return link if value in {message.url, message.opt_out_url} else written

    filled = render(escape(template), message, linked)
    style = "margin:0;font-size:16px;line-height:24px;color:#3c4456;white-space:pre-line"
    footer = "" if holds(template, "opt_out_url") else opt_out_link(message)
    return _frame(message, f'<div class="text" style="{style}">{filled}</div>', footer)


def with_opt_out_link(template: str, message: Message) -> str:
    """Fill in a template of one's own; without an opt-out of its own, ours comes at its end."""
    filled = render(template, message, in_html)
    if holds(template, "opt_out_url"):
        return filled
    paragraph = f'<p style="margin:24px 0;text-align:center;font-size:13px">{opt_out_link(message)}</p>'
    at = filled.lower().rfind("</body")
    return filled + paragraph if at < 0 else filled[:at] + paragraph + filled[at:]


def opt_out_link(message: Message) -> str:
    """Build the link that says how to get no more."""
    return f'<a href="{in_html(message.opt_out_url)}" style="color:#596275">{escape(words_of(message).opt_out)}</a>'


def _frame(message: Message, body: str, footer: str) -> str:
    language = message_words(message.locale)[0]
    direction = "rtl" if is_rtl(language) else "ltr"
    start = "right" if direction == "rtl" else "left"
    below = (
        f'<p class="quiet" style="margin:20px 0 0;font-size:13px;line-height:20px;color:#596275;text-align:center">'
        f"{footer}</p>"
        if footer
        else ""
    )
    return (
        f'<!doctype html><html lang="{language}" dir="{direction}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
        f"<title>{in_html(message.title)}</title><style>{_CSS}</style></head>"
        f'<body class="page" style="margin:0;padding:0;background:#f4f5f9;{_FONT}">'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="page"'
        ' bgcolor="#f4f5f9" style="background:#f4f5f9"><tr><td align="center" style="padding:32px 16px">'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'
        ' style="max-width:520px"><tr>'
        f'<td class="card" bgcolor="#ffffff" align="{start}" dir="{direction}"'
        f' style="padding:32px;border-radius:16px;background:#ffffff;{_FONT}">'
        f'{body}</td></tr><tr><td dir="{direction}" style="{_FONT}">{below}</td></tr></table>'
        "</td></tr></table></body></html>"
    )
