"""The hosted page's own words, one line a language; the questionnaire's texts come with the invitation."""

from __future__ import annotations

from msgspec import Struct

_RTL = frozenset({"ar", "arc", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"})
_TRADITIONAL = ("zh-hant", "zh-hk", "zh-mo")


class Words(Struct, frozen=True):
    """Everything the page says by itself, in one language."""

    survey: str
    send: str
    specify: str
    required: str
    check: str
    thanks: str
    expired: str
    closed: str
    unknown: str
    unavailable: str
    opt_out: str
    opt_out_question: str
    opt_out_yes: str
    opted_out: str


_TABLE = {
    "en": "Your opinion|Send|Please specify|Please answer this question.|Please check this answer.|"
    "Thank you!|This survey has expired.|This survey has closed.|"
    "There is no survey here. Is the link complete?|"
    "Something went wrong on our side. Please try again in a moment.|No more surveys|"
    "Do you want no more surveys from us?|Yes, no more surveys|We will not ask you again.",
    "zh-CN": "您的意见|提交|请说明|请回答此问题。|请检查此回答。|谢谢您！|问卷已过期。|问卷已结束。|"
    "这里没有问卷，请检查链接是否完整。|我们这边出了点问题，请稍后再试。|不再接收问卷|"
    "您不想再收到我们的问卷吗？|是的，不再接收|我们不会再打扰您。",
    "zh-TW": "您的意見|送出|請說明|請回答此問題。|請檢查此回答。|謝謝您！|問卷已過期。|問卷已結束。|"
    "這裡沒有問卷，請檢查連結是否完整。|我們這邊出了點問題，請稍後再試。|不再接收問卷|"
    "您不想再收到我們的問卷嗎？|是的，不再接收|我們不會再打擾您。",
    "ja": "ご意見|送信|具体的にお書きください|この質問にお答えください。|この回答をご確認ください。|"
    "ありがとうございました。|このアンケートは期限切れです。|このアンケートは終了しました。|"
    "アンケートが見つかりません。リンクをご確認ください。|"
    "問題が発生しました。しばらくしてからもう一度お試しください。|今後アンケートを受け取らない|"
    "今後アンケートを受け取らないようにしますか?|はい、受け取りません|"
    "今後お尋ねすることはありません。",
    "ko": "고객님의 의견|보내기|직접 입력해 주세요|이 질문에 답해 주세요.|이 답변을 확인해 주세요.|"
    "감사합니다!|기한이 지난 설문입니다.|종료된 설문입니다.|"
    "설문을 찾을 수 없습니다. 링크를 확인해 주세요.|문제가 발생했습니다. 잠시 후 다시 시도해 주세요.|"
    "설문 그만 받기|앞으로 설문을 받지 않으시겠습니까?|네, 받지 않겠습니다|다시 묻지 않겠습니다.",
    "es": "Su opinión|Enviar|Especifique|Responda a esta pregunta.|Revise esta respuesta.|¡Gracias!|"
    "Esta encuesta ha caducado.|Esta encuesta ya se ha cerrado.|"
    "Aquí no hay ninguna encuesta. ¿Está completo el enlace?|"
    "Algo ha fallado por nuestra parte. Inténtelo de nuevo en un momento.|No más encuestas|"
    "¿No quiere recibir más encuestas nuestras?|Sí, no más encuestas|No volveremos a preguntarle.",
    "fr": "Votre avis|Envoyer|Précisez|Veuillez répondre à cette question.|"
    "Veuillez vérifier cette réponse.|Merci !|Ce questionnaire a expiré.|"
    "Ce questionnaire est terminé.|Aucun questionnaire ici. Le lien est-il complet ?|"
    "Un problème est survenu de notre côté. Réessayez dans un instant.|Ne plus être sollicité|"
    "Ne plus recevoir de questionnaires de notre part ?|Oui, plus de questionnaires|"
    "Nous ne vous solliciterons plus.",
    "de": "Ihre Meinung|Senden|Bitte angeben|Bitte beantworten Sie diese Frage.|"
    "Bitte prüfen Sie diese Antwort.|Vielen Dank!|Diese Umfrage ist abgelaufen.|"
    "Diese Umfrage ist beendet.|Hier ist keine Umfrage. Ist der Link vollständig?|"
    "Bei uns ist etwas schiefgegangen. Bitte versuchen Sie es gleich noch einmal.|"
    "Keine Umfragen mehr|Möchten Sie keine Umfragen mehr von uns?|Ja, keine Umfragen mehr|"
    "Wir fragen Sie nicht mehr.",
    "pt-BR": "Sua opinião|Enviar|Especifique|Responda a esta pergunta.|Verifique esta resposta.|Obrigado!|"
    "Esta pesquisa expirou.|Esta pesquisa foi encerrada.|Não há pesquisa aqui. O link está completo?|"
    "Algo deu errado do nosso lado. Tente de novo em instantes.|Não quero mais pesquisas|"
    "Você não quer mais receber pesquisas nossas?|Sim, sem mais pesquisas|Não perguntaremos de novo.",
    "ar": "رأيك|إرسال|يرجى التوضيح|يرجى الإجابة عن هذا السؤال.|يرجى مراجعة هذه الإجابة.|شكرًا لك!|"
    "انتهت صلاحية هذا الاستبيان.|انتهى هذا الاستبيان.|لا يوجد استبيان هنا. هل الرابط كامل؟|"
    "حدث خطأ لدينا. يرجى المحاولة بعد قليل.|لا مزيد من الاستبيانات|ألا ترغب في استبيانات أخرى منا؟|"
    "نعم، لا مزيد|لن نسألك مرة أخرى.",
}
_LANGUAGES = {name.lower(): (name, Words(*line.split("|"))) for name, line in _TABLE.items()}


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


def is_rtl(locale: str) -> bool:
    """Tell whether a locale is written from right to left."""
    return locale.replace("_", "-").lower().split("-")[0] in _RTL
