/** The widget's own words, one line a language, in the order of `KEYS`. */

const KEYS = ["next", "back", "send", "close", "opened", "required", "few", "many", "long", "thanks", "waiting", "closed", "yours"] as const;
export type Words = Record<(typeof KEYS)[number], string>;

const TABLE: Record<string, string> = {
  en: "Next|Back|Send|Close|A short survey has opened at the end of the page.|Please answer this question.|Please choose at least {}.|Please choose at most {}.|Please use at most {} characters.|Thank you!|You seem to be offline. We will send your answers as soon as you are back.|This survey has closed.|Please specify",
  "zh-CN": "下一题|上一题|提交|关闭|页面末尾打开了一份简短的问卷。|请回答此问题。|请至少选择 {} 项。|最多可选择 {} 项。|最多可输入 {} 个字。|谢谢您！|网络似乎已断开，恢复后我们会立即提交您的回答。|问卷已结束。|请说明",
  "zh-TW": "下一題|上一題|送出|關閉|頁面末尾開啟了一份簡短的問卷。|請回答此問題。|請至少選擇 {} 項。|最多可選擇 {} 項。|最多可輸入 {} 個字。|謝謝您！|網路似乎已中斷，恢復後我們會立即送出您的回答。|問卷已結束。|請說明",
  ja: "次へ|戻る|送信|閉じる|ページの最後に短いアンケートが表示されました。|この質問にお答えください。|{} 個以上選んでください。|{} 個まで選べます。|{} 文字以内で入力してください。|ありがとうございました。|オフラインのようです。接続が戻り次第、回答を送信します。|このアンケートは終了しました。|具体的にお書きください",
  ko: "다음|이전|보내기|닫기|페이지 끝에 짧은 설문이 열렸습니다.|이 질문에 답해 주세요.|{}개 이상 선택해 주세요.|최대 {}개까지 선택할 수 있습니다.|{}자 이내로 입력해 주세요.|감사합니다!|오프라인 상태인 것 같습니다. 다시 연결되면 바로 답변을 보내겠습니다.|종료된 설문입니다.|직접 입력해 주세요",
  es: "Siguiente|Atrás|Enviar|Cerrar|Se ha abierto una breve encuesta al final de la página.|Responda a esta pregunta.|Elija al menos {}.|Elija como máximo {}.|Use como máximo {} caracteres.|¡Gracias!|Parece que no hay conexión. Enviaremos sus respuestas en cuanto vuelva.|Esta encuesta ya se ha cerrado.|Especifique",
  fr: "Suivant|Retour|Envoyer|Fermer|Un court questionnaire s’est ouvert en fin de page.|Veuillez répondre à cette question.|Choisissez au moins {} réponses.|Choisissez au plus {} réponses.|{} caractères au maximum.|Merci !|Vous semblez hors ligne. Vos réponses seront envoyées dès votre retour.|Ce questionnaire est terminé.|Précisez",
  de: "Weiter|Zurück|Senden|Schließen|Am Ende der Seite hat sich eine kurze Umfrage geöffnet.|Bitte beantworten Sie diese Frage.|Bitte wählen Sie mindestens {}.|Bitte wählen Sie höchstens {}.|Bitte höchstens {} Zeichen.|Vielen Dank!|Sie sind wohl offline. Wir senden Ihre Antworten, sobald Sie wieder verbunden sind.|Diese Umfrage ist beendet.|Bitte angeben",
  "pt-BR": "Avançar|Voltar|Enviar|Fechar|Uma breve pesquisa foi aberta no fim da página.|Responda a esta pergunta.|Escolha pelo menos {}.|Escolha no máximo {}.|Use no máximo {} caracteres.|Obrigado!|Parece que você está off-line. Enviaremos suas respostas assim que a conexão voltar.|Esta pesquisa foi encerrada.|Especifique",
  ar: "التالي|السابق|إرسال|إغلاق|فُتح استبيان قصير في نهاية الصفحة.|يرجى الإجابة عن هذا السؤال.|يرجى اختيار {} على الأقل.|يرجى اختيار {} على الأكثر.|الحد الأقصى {} حرفًا.|شكرًا لك!|يبدو أنك غير متصل. سنرسل إجاباتك فور عودة الاتصال.|انتهى هذا الاستبيان.|يرجى التوضيح",
};

/** Find the words for a locale: exact, then the same language (traditional script apart), then English. */
export const wordsFor = (locale: string): Words => {
  const wanted = locale.toLowerCase().replace("_", "-");
  const traditional = /^zh-(hant|hk|mo)/.test(wanted) ? "zh-tw" : wanted;
  const all = Object.keys(TABLE);
  const name =
    all.find((key) => key.toLowerCase() == traditional) ?? all.find((key) => key.split("-")[0] == wanted.split("-")[0]) ?? "en";
  return Object.fromEntries(TABLE[name]!.split("|").map((text, i) => [KEYS[i], text])) as Words;
};

/** Tell whether a locale is written from right to left. */
export const isRtl = (locale: string): boolean => /^(ar|arc|dv|fa|he|ku|ps|sd|ug|ur|yi)\b/i.test(locale);
