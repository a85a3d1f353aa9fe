"""What a message says where the channel has no template: our words in the person's language, the link, the opt-out."""

from __future__ import annotations

from msgspec.structs import replace

from tactful_gateway.channels.base import Message
from tactful_gateway.channels.templates.template import holds
from tactful_gateway.words.messages import MessageWords, message_words


def titled(message: Message) -> Message:
    """Give the message with words of ours for a title it lacks."""
    return message if message.title.strip() else replace(message, title=words_of(message).survey)


def words_of(message: Message) -> MessageWords:
    """Give our words in the message's language."""
    return message_words(message.locale)[1]


def default_subject(message: Message) -> str:
    """Give the template of a subject or title; a reminder says that it is one."""
    return words_of(message).reminder.replace("{}", "{{title}}") if message.reminder else "{{title}}"


def default_text(message: Message) -> str:
    """Give the template of a whole text."""
    words = words_of(message)
    return (
        f"{words.again if message.reminder else words.lead}\n\n{words.button}: {{{{url}}}}\n\n{opt_out_line(message)}"
    )


def with_opt_out(template: str, message: Message) -> str:
    """Give the template of a text with our opt-out below, unless it has one."""
    return template if holds(template, "opt_out_url") else f"{template.rstrip()}\n\n{opt_out_line(message)}"


def opt_out_line(message: Message) -> str:
    """Give the template of the line that says how to get no more."""
    return f"{words_of(message).opt_out}: {{{{opt_out_url}}}}"
