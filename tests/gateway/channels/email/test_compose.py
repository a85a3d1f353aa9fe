"""The mail itself: its headers, its parts, and that no value gets out of its place."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tactful_gateway.channels.base import Message
from tactful_gateway.channels.email.compose import compose
from tactful_gateway.channels.email.config import EmailConfig
from tactful_gateway.channels.email.mailbox import read_mailbox, read_sender
from tactful_gateway.contracts.channel import NASTY
from tactful_gateway.words.messages import message_words
from tests.gateway.channels.samples import MESSAGE, NOW

CONFIG = EmailConfig(url="smtp://mail", from_="Café <shop@example.com>")
HEADERS = {
    "from", "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post", "auto-submitted",
    "content-language", "content-type", "mime-version",
}  # fmt: skip


def raw(message: Message = MESSAGE, config: EmailConfig = CONFIG) -> bytes:
    sender, to = read_sender(config.from_), read_mailbox(message.address)
    assert sender is not None
    assert to is not None
    return compose(config, sender, to, message, NOW)


def mail(message: Message = MESSAGE, config: EmailConfig = CONFIG) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(raw(message, config), policy=default))


def part(read: EmailMessage, kind: str) -> str:
    body = read.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_the_headers_say_who_what_and_how_to_get_no_more() -> None:
    read = mail()
    assert {name.lower() for name in read} == HEADERS
    assert read["from"] == "Café <shop@example.com>"
    assert read["to"] == "ann@example.com"
    assert read["subject"] == "How was it?"
    assert read["date"] == "Sun, 22 Nov 2026 09:33:20 +0000"
    assert read["list-unsubscribe"] == f"<{MESSAGE.opt_out_url}>"
    assert read["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert read["auto-submitted"] == "auto-generated"
    assert read["content-language"] == "en"
    assert read.get_content_type() == "multipart/alternative"
    assert [piece.get_content_type() for piece in read.iter_parts()] == ["text/plain", "text/html"]


def test_the_id_is_that_of_the_message_at_each_attempt_and_another_for_a_reminder() -> None:
    ids = [mail(one)["message-id"] for one in (MESSAGE, MESSAGE, replace(MESSAGE, id=MESSAGE.id[:-1] + "1"))]
    assert ids[0] == ids[1] == "<018fcb2a-0000-7000-8000-000000000000.0@example.com>"
    assert ids[2] == "<018fcb2a-0000-7000-8000-000000000000.1@example.com>"


def test_the_unsubscribe_link_stays_whole_however_long_it_is() -> None:
    long = replace(MESSAGE, opt_out_url="https://survey.example.com/" + "deep/" * 60 + "opt-out")
    (line,) = re.findall(rb"^List-Unsubscribe: .*$", raw(long), re.MULTILINE)
    assert line.strip() == f"List-Unsubscribe: <{long.opt_out_url}>".encode()


@pytest.mark.parametrize("field", ["title", "person", "params"])
def test_a_value_with_line_breaks_adds_no_header_and_no_part(field: str) -> None:
    value = "x\r\nBcc: eve@example.com\r\n\r\n<b>hi</b>\u2028\x85\x0b\x00"
    message = replace(MESSAGE, **{field: {"a": value} if field == "params" else value})
    template = "{{title}} {{person}} {{params.a}}"
    read = mail(message, EmailConfig(url="", from_="a@example.com", subject=template, text=template, html=template))
    assert {name.lower() for name in read} == HEADERS
    assert "Bcc: eve@example.com" in read["subject"]
    assert len(list(read.iter_parts())) == 2
    assert "<b>" not in part(read, "html")


@given(st.text(max_size=300))
def test_any_title_leaves_a_mail_of_short_ascii_lines_with_the_same_headers(title: str) -> None:
    written = raw(replace(MESSAGE, title=title))
    assert written.isascii()
    assert max(len(line) for line in written.split(b"\r\n")) <= 998
    assert b"\n" not in written.replace(b"\r\n", b"")
    assert {name.lower() for name in mail(replace(MESSAGE, title=title))} == HEADERS


def test_a_subject_in_any_script_arrives() -> None:
    title = "您对本次支付体验满意吗? 🍜 " * 8
    assert mail(replace(MESSAGE, title=title))["subject"] == title.strip()


@pytest.mark.parametrize("locale", ["en", "zh-CN", "zh-TW", "ja", "ko", "es", "fr", "de-AT", "pt-BR", "ar", "tlh"])
def test_without_templates_the_mail_speaks_the_persons_language(locale: str) -> None:
    read = mail(replace(MESSAGE, locale=locale, title=""))
    used, words = message_words(locale)
    assert read["subject"] == words.survey
    assert words.lead in part(read, "plain")
    assert words.button in part(read, "html")
    assert f'lang="{used}" dir="{"rtl" if used == "ar" else "ltr"}"' in part(read, "html")
    again = mail(replace(MESSAGE, locale=locale, reminder=1))
    assert again["subject"] == words.reminder.replace("{}", "How was it?")
    assert words.again in part(again, "plain")
    assert words.again in part(again, "html")


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.sources: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        found = dict(attrs)
        if tag == "a":
            self.links.append(found["href"] or "")
        self.sources += [str(found[name]) for name in ("src", "background", "srcset") if name in found]


def test_the_html_part_loads_nothing_and_leads_to_the_page_and_the_opt_out_alone() -> None:
    text = part(mail(replace(MESSAGE, title=NASTY)), "html")
    page = Page(text)
    assert page.tags <= {"html", "head", "meta", "title", "style", "body", "table", "tr", "td", "h1", "p", "br", "a"}
    assert page.sources == []
    assert "url(" not in text
    assert "@import" not in text
    assert page.links == [MESSAGE.url, MESSAGE.url, MESSAGE.opt_out_url]


def test_a_template_without_an_opt_out_gets_ours_and_one_with_it_stays_as_it_is() -> None:
    config = EmailConfig(
        url="", from_="a@example.com", text="Hi: {{url}}", html="<BODY><a href='{{url}}'>x</a></BODY >"
    )
    read = mail(config=config)
    assert part(read, "plain").split() == ["Hi:", MESSAGE.url, "No", "more", "surveys:", MESSAGE.opt_out_url]
    assert Page(part(read, "html")).links == [MESSAGE.url, MESSAGE.opt_out_url]
    assert part(read, "html").strip().endswith("</p></BODY >")
    own = EmailConfig(url="", from_="a@example.com", text="{{ opt_out_url }}", html="<a href='{{opt_out_url}}'>no</a>")
    assert part(mail(config=own), "plain").strip() == MESSAGE.opt_out_url
    assert part(mail(config=own), "html").strip() == f"<a href='{MESSAGE.opt_out_url}'>no</a>"


def test_a_text_of_ones_own_is_the_html_part_too_with_links_to_click() -> None:
    config = EmailConfig(url="", from_="a@example.com", text="Dear <{{person}}>,\n{{url}}")
    text = part(mail(replace(MESSAGE, person="<i>u"), config), "html")
    assert "Dear &lt;&lt;i&gt;u&gt;,\r\n" in text
    assert Page(text).links == [MESSAGE.url, MESSAGE.opt_out_url]
