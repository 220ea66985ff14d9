"""What a question wants to know about the persona itself: a birthday, a phone number, what it likes.

Knows Japanese questions. Does not know what the persona can tell (`model.recall`). A question about the world, about
somebody else or for an opinion wants none of this, nor does a remark of somebody about themselves: before the topic
only the persona may be named, behind it only be asked. Once a message has spoken of something else, only a sentence
that names the persona is about it.
"""

import re
from collections.abc import Sequence

from model.facts import folded

_YOU = r"(?:あなた|貴方|君|きみ|お前|おまえ|そっち|先輩)(?:さん)?"
_ASIDE = r"(?:ねえ|ね|ところで|ちなみに|そういえば|じゃあ?|てか|あと|えっと|一番|いちばん|普段|今|昔|逆に|何か|なんか)"
_ATTRIBUTE = (
    r"(?:誕生日|生年月日|血液型|出身地?|年齢|身長|体重|視力|(?:靴|服)のサイズ|家族(?:構成)?|兄弟|姉妹|両親"
    r"|(?:父|母|兄|姉|弟|妹|祖父|祖母|爺|婆)(?:さん|ちゃん|親)?|子ども|子供|恋人|彼女|彼氏|奥さん|旦那さん?"
    r"|本名|名字|苗字|あだ名|住所|住まい|最寄り駅?|実家|地元|故郷|仕事|職業|勤め先|給料|年収|貯金|国籍|宗教"
    r"|学部|学科|専攻|部活|母校|大学|高校|中学校?|小学校|特技|趣味|楽器|ペット|車種?|バイク|免許|資格|星座|干支"
    r"|(?:電話|携帯)(?:番号)?|(?:メール)?アドレス|メアド|連絡先|(?:line|ライン|インスタ)(?:のid)?"
    r"|初恋|座右の銘|推し|アレルギー)(?:さん)?(?:の(?:名前|仕事|職業|誕生日|年齢|趣味))?"
)
_LIKING = (
    r"(?:大?好き|大?嫌い|苦手|得意)な(?![のん])[^\s、。?はをがにで]{1,10}?|(?:尊敬|応援)(?:する|してる|している)人"
    r"|憧れの人|好みのタイプ"
)
_NO_FACT = r"名前|名(?!字)|意見|考え|話|感想|気持ち|返事|答え|質問|番$|国|声"
_THING = r"[^\sぁ-ん、。?]{1,8}(?:の[^\sぁ-ん、。?]{1,8})?"
_END = r"(?:です|ます|ません|でした|まし|なん|なの|んです|の|ん|だ|た|て|る|い|よ|ね|な|っけ|か|け)*+"
_BEHIND = r"(?:[はがをも、\s]|って|とか|なんか|について)*+"
_ASKED = (
    rf"(?:{_BEHIND}(?:"
    r"(?:何(?!桁|種類|のため|でも)|なに|なん(?=です|なの|だ|て|\?)|いつ|どこ|どちら|どの|どれ|どんな|誰|だれ|いくつ|いくら)"
    r"(?:(?!いい|思|べき|ほし|欲し|れば|たら|なら).){0,14}"
    r"|(?:教え|おしえ|答え|知りた|聞きた|聞いて|書いて).{0,12}"
    rf"|(?:あり?|い|お[らり]|持って|もって|飼って|やって|弾け|吹け|でき){_END}(?:(?<=[かけ])|\?)"
    r"|\?)|は|って|とか)\?*"
)
_PRESENT = r"所属(?:して(?:い)?る)?|現在の"
_OF_IT = r"の(?:内容|中身|テーマ|詳細|概要)"
_WHICH = r"(?:何の|なんの|どんな|どういう|どこの|どの)"
_DOING = rf"[をには]?(?:(?:所属)?して|やって|入って|(?=です|な|だ|\?|$)){_END}"
_NOTHING = r"(?!)"
_PREDICATES = {
    "年齢": rf"何[歳才]{_END}|お?いくつ(?:です|なん|なの){_END}",
    "血液型": rf"何型{_END}",
    "星座": rf"何座{_END}",
    "住まい": rf"(?:一人|ひとり)暮らし(?:して)?{_END}(?:(?<=[かの])|\?)",
    "住所": r"(?:どこ|どのへん|どの辺)(?:[にら]|ら?へん(?:に)?)?住.{0,10}",
    "出身": rf"どこの?(?:出身|生まれ|育ち){_END}",
    "誕生日": rf"(?:いつ|何月(?:何日)?|何年)(?:の)?生まれ{_END}",
    "結婚": rf"結婚(?:は)?して{_END}(?:(?<=[かの])|\?)",
    "恋人": rf"(?:誰か(?:と)?)?付き合って{_END}(?:人{_BEHIND}い{_END})?(?:か|の|\?)",
    "ペット": rf"(?:犬|猫|いぬ|ねこ|動物){_BEHIND}飼って{_END}(?:(?<=[かの])|\?)",
    "家族": rf"何人(?:家族|兄弟|暮らし){_END}",
    "子どもの頃": r"(?:子ども|子供|小さい|幼い|学生)の?(?:頃|ころ|時|とき).{0,8}(?:何|なに|どんな|どこ|誰).{0,14}",
}
_SENTENCE = re.compile(r"[^。!\n?]+\?*")
_LEAD_IN = (
    r"おはよ.*|こん(?:にち|ばん)[はわ].*|(?:お疲れ|おつかれ|おつ).*|はじめまして.*|やあ|よう|どうも|もしもし|おーい|ねえ*|あのさ?|失礼します"
    r"|.{0,12}(?:質問|聞きたい|聞いて(?:も)?(?:いい|よい)|教えて).{0,8}"
)
_MARK = re.compile(r"^#+指示:?")


def asked_for(question: str, names: Sequence[str] = (), topics: Sequence[str] = ()) -> str | None:
    """Return what about itself the persona is asked for, in words its cards may use; None for anything else.

    ``names`` are those the persona is called by, ``topics`` what else than birthdays and the like is about it.
    """
    told = "|".join(re.escape(folded(topic)) for topic in topics) or _NOTHING
    own = rf"{_LIKING}|{_ATTRIBUTE}|(?:{_PRESENT})?(?:{told})(?:{_OF_IT})?"
    you = "|".join([_YOU, *(re.escape(folded(name)) + "(?:さん)?" for name in names)])
    before = rf"(?:(?:{you})(?:は|って|の|も|に|が|、|\s)*|{_ASIDE}(?:は|も|、|\s)*)*+"
    named = re.compile(rf"{before}[おご]?(?P<topic>{own}){_ASKED}")
    which = re.compile(rf"{before}{_WHICH}(?P<topic>{told}){_DOING}\?*")
    owned = re.compile(rf"{before}(?<=の)(?P<topic>(?!{_NO_FACT}){_THING}){_ASKED}")
    is_about_us = re.compile(rf"(?:{_ASIDE}(?:は|も|、|\s)*)*(?:{you})")
    has_strayed = False
    for sentence in _SENTENCE.findall(_MARK.sub("", folded(question))):
        asked = sentence.strip()
        if has_strayed and not is_about_us.match(asked):
            continue
        if match := named.fullmatch(asked) or which.fullmatch(asked) or owned.fullmatch(asked):
            return match["topic"]
        for topic, predicate in _PREDICATES.items():
            if re.fullmatch(rf"{before}(?:{predicate})\?*", asked):
                return topic
        has_strayed = has_strayed or not re.fullmatch(rf"(?:{_LEAD_IN}|(?:{you}))[、~〜ー!…\s]*\?*", asked)
    return None
