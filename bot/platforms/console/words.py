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
    # health
    "worker": ("ワーカー", "Worker"),
    "bot": ("ボット", "Bot"),
    "platforms": ("つながっている場所", "Platforms"),
    "worker_away": ("ワーカーが答えません：{reason}", "The worker does not answer: {reason}"),
    "unknown": ("–", "–"),
    "swapping_to": ("切り替え先", "Swapping to"),
    "queue": ("待ち", "Queue"),
    "running": ("作成中", "Running"),
    "ttft_p50": ("最初の文字まで（中央値）", "First text, median"),
    "ttft_p95": ("最初の文字まで（95%）", "First text, 95 %"),
    "tokens_per_s": ("トークン/秒", "Tokens per second"),
    "memory": ("メモリ", "Memory"),
    "device": ("装置", "Device"),
    "requests": ("これまでの依頼", "Requests so far"),
    "waiting": ("返事を待つメッセージ", "Messages waiting"),
    "open_deliveries": ("届け終わっていない返事", "Deliveries open"),
    "pushes": ("今月のLINEプッシュ", "LINE pushes this month"),
    "guard_hits": ("門番が止めた数", "Guard findings"),
    "door_open": ("開いている", "open"),
    "door_down": ("閉じている", "closed"),
    # compare and arena
    "first_checkpoint": ("一つめ", "First"),
    "second_checkpoint": ("二つめ", "Second"),
    "blind": ("名前を隠して投票する", "Hide the names and vote"),
    "question": ("質問", "Question"),
    "ask_both": ("両方に聞く", "Ask both"),
    "side_0": ("左", "Left"),
    "side_1": ("右", "Right"),
    "vote_left": ("左がいい", "Left is better"),
    "vote_tie": ("引き分け", "A tie"),
    "vote_right": ("右がいい", "Right is better"),
    "revealed": ("左は {left}、右は {right} でした。", "Left was {left}, right was {right}."),
    "votes_so_far": ("これまでの投票", "Votes so far"),
    "duel": ("{first} が {second} より好まれた", "{first} preferred to {second}"),
    "share": ("{value}（95%区間 {low}〜{high}、{num}票）", "{value} (95 %: {low} to {high}, {num} votes)"),
    # the quiz
    "quiz_about": (
        "片方は{persona}の本物の言葉（学習に使っていないもの）、もう片方はAIが作ったものです。",
        "One is a real line of {persona}, kept out of training; the AI made the other one up.",
    ),
    "quiz_next": ("問題を出す", "Ask me one"),
    "is_real": ("こっちが本物", "This one is real"),
    "quiz_right": ("正解！", "Right!"),
    "quiz_wrong": ("はずれ", "Wrong"),
    "quiz_was": ("本物：{line}", "The real one: {line}"),
    "quiz_score": (
        "見やぶった割合：{share}。50%なら見分けがつかない。",
        "Told apart: {share}. 50 % means nobody can tell.",
    ),
    # the fitting room for platforms
    "trial_about": (
        "トークンなしで、LINEやDiscordでのふるまいを試します。何も送られず、何も覚えません。",
        "Tries how the bot behaves on LINE or Discord, without tokens. Nothing is sent and nothing is remembered.",
    ),
    "in_group": ("グループで", "In a group"),
    "member": ("話す人", "Who speaks"),
    "mentioned": ("メンションする", "Mention the bot"),
    "delay": ("ワーカーの遅れ（秒）", "Delay of the worker (s)"),
    "piece_units": ("一通の長さ（0は実物どおり）", "Length of a piece (0 = as it is)"),
    "token": ("返信トークン", "Reply token"),
    "token_left": ("返信トークンはあと{seconds}秒", "The reply token is good for {seconds} s"),
    "trial_silent": (
        "（グループでは、メンションか呼び名がないと返事をしません）",
        "(In a group the bot answers only when mentioned or called by name.)",
    ),
    "trial_failed": ("（ワーカーが答えませんでした）", "(The worker did not answer.)"),
    "trial_late": (
        "（{seconds}秒かかったので、返信トークンで「もう少し考えます」と伝え、ボタンが押されたら答えます。プッシュは使いません）",
        "(It took {seconds} s: the reply token goes to a notice whose button fetches the answer; no push is spent.)",
    ),
    "trial_pieces": ("（{pieces}通、{units}文字、{seconds}秒）", "({pieces} pieces, {units} units, {seconds} s)"),
    "cut_off": ("\n（長くなったので、ここまで）", "\n(this got long, so I stop here)"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    locale: Locale = "ja"

    def say(self, key: str, **values: object) -> str:
        """Return a sentence with its values filled in. Raises KeyError for a key or value that does not exist."""
        return WORDS[key][self.locale == "en"].format(**values)
