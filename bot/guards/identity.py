"""Who is speaking: whether somebody wants to know if it is an AI, and whether an answer says so unasked.

Knows Japanese and a little English. Whoever asks is told the truth by the bot itself (``bot.composer``); the model is
not asked.
"""

import re
import unicodedata

_YOU = (
    r"(?:あなた|貴方|君|きみ|お前|おまえ|先輩|そっち|そちら|相手|中身|この人|これ|ここ"
    r"|(?:話|返事|返信|答え)(?:し)?てる(?:の|人|相手))"
)
_ASIDE = (
    r"(?:本当|ほんと(?:う)?|実|もしかし|やっぱり|まさか|ねえ|あの|え|てか|ていうか|ところで|今|は|も|が|って|て|に|の|さん"
    r"|、|\s|…|\.)"
)
_CLEAR = r"(?:ai|人工知能|bot|ボット|チャットボット|chatgpt|gpt|言語モデル|llm|人間|本人|中の人|生身)"
_VAGUE = r"(?P<vague>ロボット|機械|プログラム|コンピューター?|本物|偽物|人)"
_DOES = (
    r"(?:[がと](?:書い|答え|話し|喋っ|しゃべっ|返信し|返事し|やっ|打っ)て(?:い?る|い?ます)"
    r"|(?:は)?い(?:る|ます)|の人|の方)?"
)
_IS = (
    r"(?P<is>(?:です|ですよ|でしょう?|だよ|だろう?|なん|なの|なんじゃ|じゃ(?:ない|ん)|では(?:ない|ありません)|ない"
    r"|ん|の|か|よ|ね|な|さん)*)"
)
_ASKS = ("か", "の", "ね", "でしょ", "でしょう", "だろ", "だろう", "じゃない", "じゃん")
_ASKS_IF = re.compile(
    rf"(?:{_ASIDE})*(?P<you>{_YOU})?(?:{_YOU}|{_ASIDE})*(?:{_CLEAR}|{_VAGUE}){_DOES}{_IS}[?!。〜ー…w]*"
)
_ENGLISH = re.compile(
    r"\b(?:are you|am i talking to) (?:an? |the |really |actually |real )*"
    r"(?:ai|bot|robot|human|machine|person|chatgpt)\b"
)
_CLAIM = re.compile(
    r"(?:私|わたし|僕|ぼく|俺|おれ|自分|当方)(?:は|って|も|、)[^。!?\n]{0,12}"
    r"(?:ai|人工知能|言語モデル|ボット|bot|プログラム|アシスタント|ロボット)(?:です|だ|な|で|と|として|、|。|!|$)"
    r"|(?:^|[。!?\n、])(?:ai|人工知能|言語モデル|aiアシスタント)"
    r"(?:です(?:。|!|、|が|ので|から|けど|$)|なので|として|だから|である)"
    r"|\bas an ai\b|\bi(?:'m| am) an ai\b"
)


def asks_if_ai(question: str) -> bool:
    """Return whether somebody asks if it is a machine, or the person, that answers."""
    return any(_is_such_a_question(part) for part in re.findall(r"[^。!?\n]+[。!?〜ーw…]*", _folded(question)))


def claims_ai(text: str) -> bool:
    """Return whether an answer says of itself that it is an AI."""
    return _CLAIM.search(_folded(text)) is not None


def _is_such_a_question(sentence: str) -> bool:
    if _ENGLISH.search(sentence):
        return True
    match = _ASKS_IF.fullmatch(sentence.strip())
    if match is None or (match["vague"] and not match["you"]):
        return False
    return "?" in sentence or match["is"].endswith(_ASKS)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
