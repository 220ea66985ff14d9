"""The bot's own sentences, in Japanese and English. Knows words alone: who says them when is decided elsewhere.

The persona never speaks from here; what stands here is the machine's voice, and polite.
"""

import re
from dataclasses import dataclass
from typing import Literal

Locale = Literal["ja", "en"]

SENTENCES: dict[str, dict[Locale, str]] = {
    "worker_down": {
        "ja": "ごめんなさい、いま頭が働いていません。少し待ってからもう一度話しかけてください。（番号 {id}）",
        "en": "Sorry, I cannot think right now. Please try again in a little while. (no. {id})",
    },
    "busy": {
        "ja": "いま話しかけてくれている人が多くて、手が回りません。少し待ってからもう一度お願いします。（番号 {id}）",
        "en": "Too many people are talking to me at once. Please try again in a little while. (no. {id})",
    },
    "loading": {
        "ja": "いま準備しているところです。1分ほど待ってからもう一度お願いします。（番号 {id}）",
        "en": "I am still getting ready. Please try again in a minute. (no. {id})",
    },
    "swapping": {
        "ja": "いま切り替え中です。15秒ほど待ってから、もう一度話しかけてください。（番号 {id}）",
        "en": "I am being switched over. Please try again in about 15 seconds. (no. {id})",
    },
    "too_long": {
        "ja": "メッセージが長すぎて読みきれませんでした。短く分けて送ってください。（番号 {id}）",
        "en": "Your message is too long for me to read. Please send it in shorter parts. (no. {id})",
    },
    "not_configured": {
        "ja": "設定に問題があって答えられません。管理者に番号 {id} を伝えてください。",
        "en": "Something is set up wrongly, so I cannot answer. Please tell an administrator the number {id}.",
    },
    "unexpected": {
        "ja": "ごめんなさい、うまく答えられませんでした。続くようなら管理者に番号 {id} を伝えてください。",
        "en": "Sorry, something went wrong. If it happens again, please tell an administrator the number {id}.",
    },
    "speechless": {
        "ja": "うーん、うまく言葉が出てこない。別の言い方で聞いてみて。",
        "en": "Hmm, I can't find the words. Try asking in another way.",
    },
    "i_am_ai": {
        "ja": "AIだよ。{person}本人じゃなくて、{person}の言葉から、本人の同意のもとで作られた。",
        "en": "I am an AI: not {person}, but made from {person}'s words, with their consent.",
    },
    "i_am_ai_of_nobody": {
        "ja": "AIだよ。「{persona}」という名前で話しているだけで、人間じゃない。",
        "en": "I am an AI. I only speak under the name {persona}; I am no human.",
    },
    "no_consent": {
        "ja": "ごめんなさい、いまはお話しできません。まねている人から許しをもらっている期間や場所ではないためです。",
        "en": "Sorry, I cannot talk now: the person I imitate has not agreed to it for this time or place.",
    },
    "first_contact": {
        "ja": "（はじめまして。答えているのはAIで、本人ではありません。くわしくは /about と /privacy をどうぞ）",
        "en": "(Hello! It is an AI that answers here, not the person. Please see /about and /privacy.)",
    },
    "too_often": {
        "ja": "少し急ぎすぎです。{seconds}秒ほど待ってから、もう一度話しかけてください。",
        "en": "That was a little fast. Please ask me again in about {seconds} seconds.",
    },
    "too_many_here": {
        "ja": "ここはいま話が多すぎて追いつけません。{seconds}秒ほど待ってから、もう一度話しかけてください。",
        "en": "Too much is being asked here at once. Please ask me again in about {seconds} seconds.",
    },
    "too_many": {
        "ja": "いま話しかけてくれる人が多すぎます。{seconds}秒ほど待ってから、もう一度話しかけてください。",
        "en": "Too many people are asking at once. Please ask me again in about {seconds} seconds.",
    },
    "one_at_a_time": {
        "ja": "まだ前のメッセージに答えている途中です。返事が届いてから、もう一度送ってください。",
        "en": "I am still answering what you asked before. Please send this again once the answer is here.",
    },
    "waiting": {
        "ja": "いま{place}番目、あと{seconds}秒くらいです。",
        "en": "You are number {place} in line, about {seconds} seconds to go.",
    },
    "waking": {
        "ja": "まだ起きたばかりです。支度ができたら答えますので、そのままお待ちください。",
        "en": "I have only just woken up. Please stay: I will answer as soon as I am ready.",
    },
    "changing": {
        "ja": "いま切り替え中です。終わったら答えますので、そのままお待ちください。",
        "en": "I am being switched over. Please stay: I will answer as soon as that is done.",
    },
    "message_too_long": {
        "ja": "メッセージが長すぎます（{length}字）。{most}字までに短くして、もう一度送ってください。",
        "en": "Your message is too long ({length} characters). Please shorten it to {most} and send it again.",
    },
    "quiet": {
        "ja": "この時間はお休みしています。{until}になったら、また話しかけてください。",
        "en": "I am asleep at this hour. Please talk to me again after {until}.",
    },
    "resting": {
        "ja": "いまお休み中です。管理者が再開したら、もう一度話しかけてください。",
        "en": "I am resting. Please talk to me again when an administrator has woken me.",
    },
    "wordless": {
        "ja": "呼びましたか？ 言葉が見えませんでした。メンションに続けて、文字で話しかけてください。",
        "en": "Did you call me? I could see no words. Please mention me and write what you want to say.",
    },
    "interrupted": {
        "ja": "「/{name}」の途中で止まりました。済んだかどうかを確かめて、必要ならもう一度送ってください。",
        "en": "I was interrupted during /{name}. Please look whether it was done, and send it again if not.",
    },
    "cut_off": {"ja": "\n（長くなったので、ここまで）", "en": "\n(this got long, so I stop here)"},
    "help": {"ja": "使えるコマンド：\n{lines}", "en": "Commands:\n{lines}"},
    "help_help": {"ja": "この一覧", "en": "this list"},
    "help_reset": {"ja": "ここでの会話を忘れます", "en": "forget the conversation here"},
    "help_whoami": {"ja": "あなたのIDを表示します", "en": "show your id"},
    "help_status": {"ja": "だれが答えているか、混み具合", "en": "who answers, and how busy it is"},
    "help_about": {"ja": "私は何者か、だれの同意があるか", "en": "what I am, and by whose consent"},
    "help_privacy": {"ja": "何をいつまで覚えるか", "en": "what I remember, and for how long"},
    "help_forget-me": {"ja": "あなたについて覚えていることを全部消します", "en": "erase all I remember of you"},
    "help_quiz": {"ja": "「本物はどっち？」を一問", "en": "which line is real? one riddle"},
    "help_pause": {"ja": "返事を休みます（管理者のみ）", "en": "stop answering (administrators only)"},
    "help_resume": {"ja": "返事を再開します（管理者のみ）", "en": "answer again (administrators only)"},
    "help_model": {
        "ja": "list｜use 名前｜rollback｜status｜compare 名前 名前 質問（管理者のみ）",
        "en": "list | use NAME | rollback | status | compare NAME NAME QUESTION (administrators only)",
    },
    "help_strength": {"ja": "その人らしさの濃さ（管理者のみ）", "en": "how much of the adapter (administrators only)"},
    "unknown_command": {
        "ja": "「/{name}」というコマンドはありません。/help で一覧を表示します。",
        "en": "There is no command /{name}. /help shows what there is.",
    },
    "admins_only": {
        "ja": "このコマンドは管理者だけが使えます。",
        "en": "Only administrators may use this command.",
    },
    "direct_only": {
        "ja": "このコマンドはダイレクトメッセージで使ってください。",
        "en": "Please use this command in a direct message.",
    },
    "reset_done": {"ja": "ここでの会話を忘れました。", "en": "I have forgotten the conversation here."},
    "whoami": {
        "ja": "あなたのID：{author_id}（{platform}、{rank}）",
        "en": "Your id: {author_id} ({platform}, {rank})",
    },
    "about": {
        "ja": "私は{persona}（AI）です。{person}さん本人ではなく、本人の言葉から作られました。"
        "本人の同意は{until}までです。言うことはまちがっているかもしれません。",
        "en": "I am {persona} (AI). I am not {person}; I was made from their own words, with their consent until "
        "{until}. What I say may be wrong.",
    },
    "about_nobody": {
        "ja": "私は{persona}（AI）です。実在の人をまねてはいません。言うことはまちがっているかもしれません。",
        "en": "I am {persona} (AI). I imitate no real person. What I say may be wrong.",
    },
    "privacy": {
        "ja": "ここでの会話は{days}日覚えて、答えるためにだけ使います。学習には使いません。"
        "/reset でここでの会話を、/forget-me であなたについて覚えていることを全部消します。",
        "en": "I remember conversations for {days} days, to answer with and nothing else; I do not learn from them. "
        "/reset forgets the conversation here, /forget-me erases all I remember of you.",
    },
    "privacy_learning": {
        "ja": "ここでの会話は{days}日覚えて、答えるために使います。"
        "👍か👎がついた返事は、そこまでの会話といっしょに学習にも使います。"
        "/reset でここでの会話を、/forget-me であなたについて覚えていることを全部消します。",
        "en": "I remember conversations for {days} days, to answer with. Answers with a thumb are also learnt from, "
        "with the conversation before them. /reset forgets the conversation here, /forget-me erases all I "
        "remember of you.",
    },
    "paused": {"ja": "返事を休みます。/resume で再開します。", "en": "I stop answering until /resume."},
    "resumed": {"ja": "返事を再開します。", "en": "I answer again."},
    "forgotten": {
        "ja": "あなたについて覚えていたことを消しました（発言と返事 {num_turns}件、答える前のもの {num_withdrawn}件）。"
        "確かめたところ、残りは{num_left}件です。",
        "en": "I have erased what I remembered of you ({num_turns} turns, {num_withdrawn} unanswered messages). "
        "I looked again: {num_left} are left.",
    },
    "rank_admin": {"ja": "管理者", "en": "administrator"},
    "rank_author": {"ja": "一般", "en": "not an administrator"},
    "status": {
        "ja": "{persona}（AI）が答えています。待ち {queue}件、作成中 {running}件。",
        "en": "{persona} (AI) is answering. {queue} waiting, {running} being written.",
    },
    "model_status": {
        "ja": "現在：{current}\n読み込み済み：{loaded}\n切り替え中：{swapping}\n"
        "待ち {queue}件、作成中 {running}件\n{device}、{quantization}",
        "en": "Current: {current}\nLoaded: {loaded}\nSwapping: {swapping}\n"
        "{queue} waiting, {running} running\n{device}, {quantization}",
    },
    "model_list": {"ja": "チェックポイント：\n{lines}", "en": "Checkpoints:\n{lines}"},
    "model_usage": {
        "ja": "使い方：/model list、/model use 名前 [force]、/model rollback、/model status、"
        "/model compare 名前 名前 質問",
        "en": "Usage: /model list, /model use NAME [force], /model rollback, /model status, "
        "/model compare NAME NAME QUESTION",
    },
    "strength": {
        "ja": "いまの濃さは{strength}です（1が学習したとおり）。",
        "en": "The strength is {strength} (1: as trained).",
    },
    "strength_set": {
        "ja": "これから濃さ{strength}で答えます。",
        "en": "I answer with strength {strength} from now on.",
    },
    "strength_usage": {
        "ja": "使い方：/strength 数（0から1.5まで、1が学習したとおり、0はベースのまま）",
        "en": "Usage: /strength NUMBER (0 to 1.5; 1 is as trained, 0 the bare base)",
    },
    "swapped": {
        "ja": "「{current}」に切り替えました（前は「{previous}」）。",
        "en": "Now answering: {current} (before: {previous}).",
    },
    "unknown_checkpoint": {
        "ja": "「{name}」というチェックポイントはありません。/model list で一覧を表示します。",
        "en": "There is no checkpoint {name}. /model list shows what there is.",
    },
    "refused": {"ja": "できませんでした：{reason}", "en": "That did not work: {reason}"},
    "late": {
        "ja": "もう少し考えます。できたころに「回答を見る」を押すか、何か話しかけてください。",
        "en": "I need a little more time. Press the button in a moment, or say anything, to see the answer.",
    },
    "show_answer": {"ja": "回答を見る", "en": "Show the answer"},
    "nothing_waits": {
        "ja": "待っている回答はありません。もう一度話しかけてください。",
        "en": "No answer is waiting. Please ask me again.",
    },
    "text_only": {
        "ja": "ごめんなさい、文字とスタンプしか分かりません。",
        "en": "Sorry, I understand text and stickers only.",
    },
    "follow_greeting": {
        "ja": "友だち追加ありがとうございます。本人の同意のもとで、本人の言葉から作られたAIです。"
        "気軽に話しかけてください。/help で使い方を表示します。",
        "en": "Thank you for adding me. I am an AI, made with a real person's consent from their own words. "
        "Talk to me about anything; /help shows what I can do.",
    },
    "join_greeting": {
        "ja": "はじめまして、AIです。メンションするか、私のメッセージを引用すると答えます。"
        "答えるときの参考に、直前のみなさんの発言も少しだけ読みます（1日で消します。/privacy）。",
        "en": "Hello, I am an AI. Mention me or quote one of my messages, and I will answer. "
        "To answer well I also read the last few lines here; I forget them after a day. See /privacy.",
    },
    "quiz": {
        "ja": "本物はどっち？ 片方は本人の言葉、片方はAIのものです。/quiz 1 か /quiz 2 で答えてください。\n{lines}",
        "en": "Which is real? One line is the person's own, one the AI made up. Answer /quiz 1 or /quiz 2.\n{lines}",
    },
    "quiz_right": {"ja": "正解！", "en": "Right!"},
    "quiz_wrong": {"ja": "はずれ！", "en": "Wrong!"},
    "quiz_solved": {
        "ja": "{verdict} 本物は「{line}」。これまでに見やぶられた割合：{share}",
        "en": "{verdict} The real one: {line} Told apart so far: {share}",
    },
    "quiz_usage": {"ja": "使い方：/quiz、/quiz 1、/quiz 2", "en": "Usage: /quiz, /quiz 1, /quiz 2"},
    "quiz_nothing_open": {
        "ja": "まだ問題を出していません。/quiz で一問どうぞ。",
        "en": "No riddle is open. /quiz asks you one.",
    },
    "rated": {"ja": "ありがとうございます。覚えておきます。", "en": "Thank you, I have noted it."},
    "not_remembered": {
        "ja": "この返事はもう覚えていません。もう一度話しかけてください。",
        "en": "I no longer remember this answer. Please ask me again.",
    },
    "only_asker": {
        "ja": "別の答えを頼めるのは、質問した人だけです。",
        "en": "Only whoever asked can ask for another answer.",
    },
    "already_again": {
        "ja": "この返事には、もう別の答えを出しました。新しいほうの 🔁 を押してください。",
        "en": "There is another answer already. Please press 🔁 under the newer one.",
    },
    "what_of_this": {"ja": "この話、どう思う？", "en": "What do you think of this?"},
    "ask_menu_again": {
        "ja": "ほかの人の発言は覚えていないので、別の答えは出せません。もう一度メニューから聞いてください。",
        "en": "I do not remember what others said, so I have no other answer. Please ask from the menu again.",
    },
    "ask_menu": {"ja": "先輩に聞く", "en": "Ask senpai"},
    "none": {"ja": "なし", "en": "none"},
}


TOLD_WHILE_WAITING = ("waiting", "waking", "changing")


def is_place_in_line(text: str) -> bool:
    """Tell whether a text is, in either language, what people who wait are told, with any numbers."""
    sentences = (words for key in TOLD_WHILE_WAITING for words in SENTENCES[key].values())
    patterns = (re.sub(r"\\{\w+\\}", r"\\d+", re.escape(words)) for words in sentences)
    return any(re.fullmatch(pattern, text) for pattern in patterns)


def locale_of(language: str) -> Locale:
    """Return the one of our languages that suits whoever uses this one (BCP 47): Japanese, else English."""
    return "ja" if language.lower().startswith("ja") else "en"


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of one language."""

    locale: Locale = "ja"

    def say(self, key: str, **values: object) -> str:
        """Return a sentence with its values filled in. Raises KeyError for a key or value that does not exist."""
        return SENTENCES[key][self.locale].format(**values)
