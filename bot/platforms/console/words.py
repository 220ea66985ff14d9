"""What stands on the console's pages, in Japanese and English. Knows words alone."""

from dataclasses import dataclass

from bot.i18n import Locale

WORDS: dict[str, tuple[str, str]] = {
    # the frame
    "skip": ("本文へ", "Skip to the content"),
    "menu": ("メニュー", "Menu"),
    "language": ("English", "日本語"),
    "language_hint": ("Switch to English", "日本語に切り替える"),
    "theme": ("明るさを切り替える", "Switch between light and dark"),
    "key": ("このコンソールの鍵（SENPAI_CONSOLE_KEY）", "The key of this console (SENPAI_CONSOLE_KEY)"),
    "enter": ("開ける", "Open"),
    "chat": ("話す", "Chat"),
    "compare": ("くらべる", "Compare"),
    "trial": ("試着室", "Try platforms"),
    "checkpoints": ("チェックポイント", "Checkpoints"),
    "training": ("学習", "Training"),
    "data": ("データ", "Data"),
    "health": ("健康", "Health"),
    "quiz": ("本物はどっち？", "Which is real?"),
    "ai": ("{persona}（AI）", "{persona} (AI)"),
    "failed": ("うまくいきませんでした：{reason}", "That did not work: {reason}"),
    "close": ("閉じる", "Close"),
    # chat
    "chat_title": ("{persona}（AI）と話す", "Chat with {persona} (AI)"),
    "placeholder": ("話しかけてみよう（/help で一覧）", "Say something (/help lists commands)"),
    "message": ("メッセージ", "Message"),
    "send": ("送信", "Send"),
    "you": ("あなた", "You"),
    "empty_chat": (
        "まだ何も話していません。「趣味は？」と聞いてみては？",
        "Nothing has been said yet. How about asking what they like to do?",
    ),
    "writing": ("書いています…", "Writing…"),
    "retry": ("もう一度答えてもらう", "Ask for another answer"),
    "stop": ("止める", "Stop"),
    "good": ("よい", "Good"),
    "bad": ("よくない", "Bad"),
    "rated": ("覚えました。", "Noted."),
    "not_rated": ("この返事はもう覚えていません。", "This answer is no longer remembered."),
    "saw": ("モデルが見たもの", "What the model saw"),
    "strength": ("先輩らしさの強さ", "Strength of the adapter"),
    "try_no": ("{number}回目：{checkpoint}", "Try {number}: {checkpoint}"),
    "verdict": ("門番の判定", "Verdict of the guards"),
    "verdict_ok": ("問題なし", "nothing found"),
    "facts": ("思い出した事実", "Facts recalled"),
    "no_facts": ("なし", "none"),
    "overrides": ("いつもと違う設定", "Sampling overridden"),
    "role_system": ("指示", "system"),
    "role_user": ("相手", "author"),
    "role_assistant": ("先輩", "persona"),
    # checkpoints
    "current": ("いま答えている", "Answers now"),
    "gate_passed": ("合格", "gate passed"),
    "gate_failed": ("不合格", "gate failed"),
    "gate_forced": ("不合格（承知のうえ）", "gate failed, forced"),
    "use": ("これにする", "Use"),
    "use_forced": ("不合格でも使う", "Use although it failed"),
    "confirm_force": (
        "{name} は品質の関門を通っていません（{failed}）。それでも使いますか？記録に残ります。",
        "{name} failed its gate ({failed}). Use it all the same? This is recorded.",
    ),
    "cancel": ("やめる", "Cancel"),
    "rollback": ("前のものに戻す", "Roll back"),
    "swapping": ("{name} に切り替えています… {seconds}秒", "Switching to {name}… {seconds} s"),
    "report": ("成績表", "Report card"),
    "no_report": ("成績表はありません", "no report card"),
    "no_checkpoints": (
        "棚は空です。「学習」で作るか、senpai train を実行してください。",
        "The shelf is empty. Make one under Training, or run senpai train.",
    ),
    "made": ("{base}・{method}・{at}", "{base} · {method} · {at}"),
    "history": ("これまでの切り替え", "Changes so far"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    locale: Locale = "ja"

    def say(self, key: str, **values: object) -> str:
        """Return a sentence with its values filled in. Raises KeyError for a key or value that does not exist."""
        return WORDS[key][self.locale == "en"].format(**values)
