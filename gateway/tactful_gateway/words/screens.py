"""Our own words in ten languages, for the hosted page and for the widget, which gets its few with each invitation.

So no browser loads nine languages that it does not need. The questionnaire's texts are the survey folder's own.
"""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

_RTL = frozenset({"ar", "arc", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"})
_TRADITIONAL = ("zh-hant", "zh-hk", "zh-mo")


class WidgetWords(Struct, frozen=True):
    """Everything the widget says by itself, in one language; `{}` is the number of options to choose."""

    next: str
    back: str
    send: str
    close: str
    required: str
    choose: str
    at_least: str
    at_most: str
    thanks: str
    waiting: str
    closed: str


class Words(WidgetWords, frozen=True):
    """Everything we say by ourselves, in one language: the widget's words, then what only the hosted page says.

    `{}` in `opt_out_channel` is the channel.
    """

    survey: str
    specify: str
    applies: str
    check: str
    expired: str
    unknown: str
    unavailable: str
    opt_out: str
    opt_out_question: str
    opt_out_yes: str
    opted_out: str
    opt_out_all: str
    opt_out_channel: str
    opted_out_channel: str


_WIDGET = {
    "en": "Next|Back|Send|Close|Please answer this question.|Please choose {}.|Please choose at least {}.|"
    "Please choose at most {}.|Thank you!|You are offline. Your answers will be sent later.|This survey has closed.",
    "zh-CN": "下一题|上一题|提交|关闭|请回答此问题。|请选择 {} 项。|请至少选择 {} 项。|请最多选择 {} 项。|谢谢您！|"
    "网络已断开，稍后会自动提交。|问卷已结束。",
    "zh-TW": "下一題|上一題|送出|關閉|請回答此問題。|請選擇 {} 項。|請至少選擇 {} 項。|請最多選擇 {} 項。|謝謝您！|"
    "網路已中斷，稍後會自動送出。|問卷已結束。",
    "ja": "次へ|戻る|送信|閉じる|この質問にお答えください。|{} 個選んでください。|{} 個以上選んでください。|"
    "{} 個以内で選んでください。|ありがとうございました。|オフラインです。回答は後で送信されます。|"
    "このアンケートは終了しました。",
    "ko": "다음|이전|보내기|닫기|이 질문에 답해 주세요.|{}개를 선택해 주세요.|{}개 이상 선택해 주세요.|"
    "{}개까지 선택할 수 있습니다.|감사합니다!|오프라인입니다. 답변은 나중에 전송됩니다.|종료된 설문입니다.",
    "es": "Siguiente|Atrás|Enviar|Cerrar|Responda a esta pregunta.|Elija {}.|Elija al menos {}.|Elija {} como máximo.|"
    "¡Gracias!|No hay conexión. Sus respuestas se enviarán más tarde.|Esta encuesta ya se ha cerrado.",
    "fr": "Suivant|Retour|Envoyer|Fermer|Veuillez répondre à cette question.|Veuillez en choisir {}.|"
    "Veuillez en choisir au moins {}.|Veuillez en choisir au plus {}.|Merci !|"
    "Vous êtes hors ligne. Vos réponses seront envoyées plus tard.|Ce questionnaire est terminé.",
    "de": "Weiter|Zurück|Senden|Schließen|Bitte beantworten Sie diese Frage.|Bitte wählen Sie {} aus.|"
    "Bitte wählen Sie mindestens {} aus.|Bitte wählen Sie höchstens {} aus.|Vielen Dank!|"
    "Sie sind offline. Ihre Antworten werden später gesendet.|Diese Umfrage ist beendet.",
    "pt-BR": "Avançar|Voltar|Enviar|Fechar|Responda a esta pergunta.|Escolha {}.|Escolha pelo menos {}.|"
    "Escolha no máximo {}.|Obrigado!|Você está offline. Suas respostas serão enviadas mais tarde.|"
    "Esta pesquisa foi encerrada.",
    "ar": "التالي|السابق|إرسال|إغلاق|يرجى الإجابة عن هذا السؤال.|يرجى اختيار {}.|يرجى اختيار {} على الأقل.|"
    "يرجى اختيار {} على الأكثر.|شكرًا لك!|أنت غير متصل بالإنترنت. ستُرسل إجاباتك لاحقًا.|انتهى هذا الاستبيان.",
}
_PAGE = {
    "en": "Your opinion|Please specify|If it applies to you|Please check this answer.|This survey has expired.|"
    "There is no survey here. Is the link complete?|"
    "Something went wrong on our side. Please try again in a moment.|No more surveys|"
    "Do you want no more surveys from us?|Yes, no more surveys|We will not ask you again.|"
    "Stop on every channel|Stop on this channel only ({})|We will not ask you on this channel again.",
    "zh-CN": "您的意见|请说明|如适用，请回答|请检查此回答。|问卷已过期。|这里没有问卷，请检查链接是否完整。|"
    "我们这边出了点问题，请稍后再试。|不再接收问卷|您不想再收到我们的问卷吗？|是的，不再接收|我们不会再打扰您。|"
    "任何渠道都不再接收|仅不再通过此渠道（{}）接收|我们不会再通过此渠道打扰您。",
    "zh-TW": "您的意見|請說明|如適用，請回答|請檢查此回答。|問卷已過期。|這裡沒有問卷，請檢查連結是否完整。|"
    "我們這邊出了點問題，請稍後再試。|不再接收問卷|您不想再收到我們的問卷嗎？|是的，不再接收|我們不會再打擾您。|"
    "任何管道都不再接收|僅不再透過此管道（{}）接收|我們不會再透過此管道打擾您。",
    "ja": "ご意見|具体的にお書きください|該当する場合のみ|この回答をご確認ください。|このアンケートは期限切れです。|"
    "アンケートが見つかりません。リンクをご確認ください。|"
    "問題が発生しました。しばらくしてからもう一度お試しください。|今後アンケートを受け取らない|"
    "今後アンケートを受け取らないようにしますか?|はい、受け取りません|今後お尋ねすることはありません。|"
    "すべての連絡方法で受け取らない|この連絡方法（{}）でのみ受け取らない|今後この方法でお尋ねすることはありません。",
    "ko": "고객님의 의견|직접 입력해 주세요|해당하는 경우에만|이 답변을 확인해 주세요.|기한이 지난 설문입니다.|"
    "설문을 찾을 수 없습니다. 링크를 확인해 주세요.|문제가 발생했습니다. 잠시 후 다시 시도해 주세요.|"
    "설문 그만 받기|앞으로 설문을 받지 않으시겠습니까?|네, 받지 않겠습니다|다시 묻지 않겠습니다.|"
    "모든 채널에서 받지 않기|이 채널({})에서만 받지 않기|이 채널로는 다시 묻지 않겠습니다.",
    "es": "Su opinión|Especifique|Si procede|Revise esta respuesta.|Esta encuesta ha caducado.|"
    "Aquí no hay ninguna encuesta. ¿Está completo el enlace?|"
    "Algo ha fallado por nuestra parte. Inténtelo de nuevo en un momento.|No más encuestas|"
    "¿No quiere recibir más encuestas nuestras?|Sí, no más encuestas|No volveremos a preguntarle.|"
    "Por ningún canal|Solo por este canal no ({})|No volveremos a preguntarle por este canal.",
    "fr": "Votre avis|Précisez|Si cela vous concerne|Veuillez vérifier cette réponse.|Ce questionnaire a expiré.|"
    "Aucun questionnaire ici. Le lien est-il complet ?|"
    "Un problème est survenu de notre côté. Réessayez dans un instant.|Ne plus être sollicité|"
    "Ne plus recevoir de questionnaires de notre part ?|Oui, plus de questionnaires|"
    "Nous ne vous solliciterons plus.|"
    "Sur aucun canal|Seulement plus sur ce canal ({})|Nous ne vous solliciterons plus sur ce canal.",
    "de": "Ihre Meinung|Bitte angeben|Falls zutreffend|Bitte prüfen Sie diese Antwort.|Diese Umfrage ist abgelaufen.|"
    "Hier ist keine Umfrage. Ist der Link vollständig?|"
    "Bei uns ist etwas schiefgegangen. Bitte versuchen Sie es gleich noch einmal.|Keine Umfragen mehr|"
    "Möchten Sie keine Umfragen mehr von uns?|Ja, keine Umfragen mehr|Wir fragen Sie nicht mehr.|"
    "Auf keinem Weg|Nur auf diesem Weg nicht ({})|Wir fragen Sie auf diesem Weg nicht mehr.",
    "pt-BR": "Sua opinião|Especifique|Se for o caso|Verifique esta resposta.|Esta pesquisa expirou.|"
    "Não há pesquisa aqui. O link está completo?|Algo deu errado do nosso lado. Tente de novo em instantes.|"
    "Não quero mais pesquisas|Você não quer mais receber pesquisas nossas?|Sim, sem mais pesquisas|"
    "Não perguntaremos de novo.|"
    "Por nenhum canal|Somente por este canal não ({})|Não perguntaremos de novo por este canal.",
    "ar": "رأيك|يرجى التوضيح|إن كان ينطبق عليك|يرجى مراجعة هذه الإجابة.|انتهت صلاحية هذا الاستبيان.|"
    "لا يوجد استبيان هنا. هل الرابط كامل؟|حدث خطأ لدينا. يرجى المحاولة بعد قليل.|لا مزيد من الاستبيانات|"
    "ألا ترغب في استبيانات أخرى منا؟|نعم، لا مزيد|لن نسألك مرة أخرى.|"
    "عبر أي قناة|عبر هذه القناة فقط ({})|لن نسألك مرة أخرى عبر هذه القناة.",
}


_LANGUAGES = {
    language.lower(): (language, Words(*f"{line}|{_PAGE[language]}".split("|"))) for language, line in _WIDGET.items()
}


def words_for(locale: str) -> tuple[str, Words]:
    """Give the language used and its words: exact, then the same language, then English.

    `locale` may be a whole Accept-Language header: its first language with words wins.
    """
    for part in locale.replace("_", "-").lower().split(","):
        wanted = part.split(";")[0].strip()
        wanted = "zh-tw" if wanted.startswith(_TRADITIONAL) else wanted
        base = wanted.split("-")[0]
        for name, found in _LANGUAGES.items():
            if name == wanted or (wanted not in _LANGUAGES and base and name.split("-")[0] == base):
                return found
    return _LANGUAGES["en"]


@lru_cache(maxsize=256)
def widget_words(locale: str) -> dict[str, str]:
    """Give what the widget says by itself in a locale, by name, as it travels with an invitation."""
    words = words_for(locale)[1]
    return {name: getattr(words, name) for name in WidgetWords.__struct_fields__}


def is_rtl(locale: str) -> bool:
    """Tell whether a locale is written from right to left."""
    return locale.replace("_", "-").lower().split("-")[0] in _RTL
