"""What Tactful says in a message that is sent, where the survey folder brings no words of its own."""

from __future__ import annotations

from msgspec import Struct

from tactful_gateway.words.screens import words_for


class MessageWords(Struct, frozen=True):
    """One language's words: `{}` in `reminder` is the title, `opt_out` and `survey` are the hosted page's."""

    lead: str
    again: str
    button: str
    link: str
    reminder: str
    survey: str
    opt_out: str


_MESSAGES = {
    "en": "We would like to hear what you think.|"
    "You have not answered yet, and we would still like to hear what you think.|"
    "Answer now|Or open this link:|Reminder: {}",
    "zh-CN": "我们想听听您的想法。|您还没有回答，我们仍然很想听听您的想法。|立即回答|或打开此链接：|提醒：{}",
    "zh-TW": "我們想聽聽您的想法。|您還沒有回答，我們仍然很想聽聽您的想法。|立即回答|或開啟此連結：|提醒：{}",
    "ja": "ご意見をお聞かせください。|まだご回答をいただいていません。ぜひご意見をお聞かせください。|"
    "回答する|または次のリンクを開いてください。|再度のお願い: {}",
    "ko": "고객님의 의견을 듣고 싶습니다.|아직 답변하지 않으셨습니다. 고객님의 의견을 꼭 듣고 싶습니다.|"
    "지금 답변하기|또는 이 링크를 열어 주세요.|다시 알림: {}",
    "es": "Nos gustaría conocer su opinión.|Aún no ha respondido y nos sigue interesando su opinión.|"
    "Responder ahora|O abra este enlace:|Recordatorio: {}",
    "fr": "Nous aimerions connaître votre avis.|"
    "Vous n’avez pas encore répondu et votre avis nous intéresse toujours.|"
    "Répondre maintenant|Ou ouvrez ce lien :|Rappel : {}",
    "de": "Wir möchten gern wissen, was Sie denken.|"
    "Sie haben noch nicht geantwortet, und wir möchten weiterhin gern wissen, was Sie denken.|"
    "Jetzt antworten|Oder öffnen Sie diesen Link:|Erinnerung: {}",
    "pt-BR": "Gostaríamos de saber o que você pensa.|"
    "Você ainda não respondeu, e continuamos querendo saber o que você pensa.|"
    "Responder agora|Ou abra este link:|Lembrete: {}",
    "ar": "نود أن نعرف رأيك.|لم تُجب بعد، وما زلنا نود أن نعرف رأيك.|أجب الآن|أو افتح هذا الرابط:|تذكير: {}",
}


def message_words(locale: str) -> tuple[str, MessageWords]:
    """Give the language used and what a message says in it; English where we do not speak the locale's."""
    used, page = words_for(locale)
    return used, MessageWords(*[*_MESSAGES[used].split("|"), page.survey, page.opt_out])
