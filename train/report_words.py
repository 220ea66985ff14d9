"""What stands on a report's page, in Japanese and English.

Both languages are in the page and whoever reads it chooses there, so that the persona and the builder need not share
one. Knows words alone.
"""

from markupsafe import Markup, escape

from model.vocabulary import KINDS, REASONS
from train.evaluate.gate import PLAINLY

Words = tuple[str, str]
"""The same in Japanese and in English."""

WORDS: dict[str, Words] = {
    # metrics, by id
    "metric_S1": ("常体の割合", "plain form"),
    "metric_S2": ("本人の口ぐせの記号で終わる", "ends with the persona's own signs"),
    "metric_S3": ("長さ：本人の発言との |対数比|", "length, |log ratio| to the persona's lines"),
    "metric_S4": ("文体の距離：0が本人、1がベース", "style distance: 0 the persona, 1 the base"),
    "metric_S5": ("分類器が本人と見分けられるか（AUC）", "told apart from the persona by a classifier (AUC)"),
    "metric_K1": ("本人の事実（カードあり）", "persona's own facts, with fact cards"),
    "metric_K1_without_cards": ("本人の事実（カードなし）", "persona's own facts, without cards"),
    "metric_G1": ("一般知識", "general knowledge"),
    "metric_G2": ("一般知識（ペルソナとして）", "general knowledge, as the persona"),
    "metric_G2_later": ("同じ質問を雑談二往復のあとで", "the same, after two exchanges of small talk"),
    "metric_G3": ("ふつうの文のパープレキシティ（ベース比）", "perplexity of ordinary sentences, times the base's"),
    "metric_G4": ("常識問題（JCommonsenseQA）", "common sense (JCommonsenseQA)"),
    "metric_JNLI": ("文の含意", "natural language inference"),
    "metric_JSQuAD": ("読解（完全一致）", "reading, exact match"),
    "metric_M1": (
        "学習に使った発言を丸ごと暗唱（取り分けた発言との差）",
        "training lines recited whole, minus held-out lines",
    ),
    "metric_M1_bare": ("同じことを会話の外で", "the same, begun outside any conversation"),
    "metric_M2": ("データの丸写し", "replies copied from the data"),
    "metric_M3": (
        "六文字の断片の暗唱（取り分けた発言との差）",
        "six-character pieces recited, minus held-out lines",
    ),
    "metric_D1": ("同じ文字が五つ続く返事", "replies with five equal characters in a row"),
    "metric_D2": ("同じことをくり返す返事", "replies that repeat themselves"),
    "metric_D3": ("自然に終わる返事", "replies that end by themselves"),
    "metric_D4": ("互いに違う返事", "distinct replies"),
    "metric_H1": ("取り分けた発言の損失（nat/文字）", "held-out lines, nats a character"),
    # groups of metrics, by the first letter of their ids
    "group_S": ("文体", "Style"),
    "group_K": ("本人の事実", "The persona's facts"),
    "group_G": ("一般知識", "General knowledge"),
    "group_J": ("JGLUE", "JGLUE"),
    "group_M": ("暗記", "Memorisation"),
    "group_D": ("かたち", "Form"),
    "group_H": ("尤度", "Likelihood"),
    # the verdict
    "not_judged": ("ゲートなし：何も学習していません。", "No gate: nothing was trained."),
    "passed": ("合格", "PASS"),
    "failed": ("不合格", "FAIL"),
    "all_met": ("ゲートの条件をすべて満たしています。", "Every condition of the gate is met."),
    "none_asked": ("ゲートが求めるものは何も測られていません。", "Nothing that the gate asks for was measured."),
    "needs_force": (
        "--force を付けない限り、このチェックポイントは応答に使えません。",
        "This checkpoint may not answer without force.",
    ),
    "of_base": ("ベース：{base}", "Base: {base}."),
    "fails_G1": ("一般知識を忘れた", PLAINLY["G1"]),
    "fails_G2": ("ペルソナとして話すと一般知識が出てこない", PLAINLY["G2"]),
    "fails_G2_later": ("ほかの話をしたあとでは一般知識が出てこない", PLAINLY["G2_later"]),
    "fails_G3": ("ふつうの文をうまく予測できなくなった", PLAINLY["G3"]),
    "fails_M1": ("学習した発言を一語一句そのまま引き出せる", PLAINLY["M1"]),
    "fails_M2": ("返事がデータの丸写し", PLAINLY["M2"]),
    "fails_D1": ("同じ文字が続いて止まらない", PLAINLY["D1"]),
    "fails_D3": ("返事が打ち切られるまで終わらない", PLAINLY["D3"]),
    # the run
    "film": ("{name} の学習中の「日本の首都は」", "「日本の首都は」 while {name} was tuned"),
    "film_about": (
        "途中で確認するたびに、ペルソナの指示文なしで返した答え。赤はゲートの条件を満たさなかったとき。",
        "The reply without the persona's prompt at every look; red where a condition of the gate was not met.",
    ),
    "step": ("ステップ {step}", "step {step}"),
    "nothing": ("（返事なし）", "(nothing)"),
    "run": ("{name} の学習の経過", "The run of {name}"),
    "chart_loss": ("ステップごとの損失", "Losses over the steps"),
    "chart_knowledge": ("ステップごとの知識と暗記", "Knowledge and memorisation over the steps"),
    "chart_strength": (
        "アダプターの強さごとの文体と知識",
        "Style and knowledge over the strength of the adapter",
    ),
    "chart_endings": (
        "本人の発言と返事の、最後の記号",
        "Last signs of the persona's lines and of the replies",
    ),
    # what the charts say
    "nats": ("nat", "nats"),
    "line_training": ("学習（トークンあたり）", "training, a token"),
    "line_held_out": ("取り分けた発言（文字あたり）", "held out, a character"),
    "line_G1": ("G1 一般知識", "G1 general knowledge"),
    "line_G2": ("G2 ペルソナとして", "G2 as the persona"),
    "line_G2_later": ("G2_later 雑談のあと", "G2_later after small talk"),
    "line_M3": ("M3 暗唱", "M3 recited"),
    "line_style": ("文体", "style"),
    "x_step": ("ステップ", "step"),
    "x_strength": ("アダプターの強さ", "strength of the adapter"),
    "persona": ("本人", "persona"),
    "base_named": ("ベース {base}", "base {base}"),
    "no_sign": ("なし", "none"),
    # the figures
    "figures": ("数値", "Figures"),
    "metric": ("指標", "metric"),
    "base": ("ベース", "base"),
    "of_persona": ("本人 {value}", "persona {value}"),
    "by_chance": ("偶然なら {low} – {high}", "by chance {low} – {high}"),
    "below_values": (
        "値の下：95%区間／本人自身が書いたとしたら入る範囲（偶然なら）／本人の発言での値／観測数 n／"
        "ベースとの差が偶然だけでこれほど大きくなる確率 p。",
        "Below a value: its 95 % interval; “by chance”, where it would lie if the persona itself had written; the "
        "persona's own lines; the number of observations; p, how probable so large a difference from the base is by "
        "chance.",
    ),
    "published": ("公表されている目安", "Published landmarks"),
    "model": ("モデル", "model"),
    "published_about": (
        "ほかの人が、別の指示文と例題つきで測ったもの。競争相手ではなく目安です。",
        "Measured by others with other prompts and with examples before the question: landmarks, not rivals.",
    ),
    # the article's questions
    "article": ("もとの記事の質問（{name}）", "The original article's questions, {name}"),
    "article_about": (
        "「日本の首都は」「あなたの趣味は」を、そのままと「###指示」つきで、ペルソナの指示文なしとありで。",
        "「日本の首都は」 and 「あなたの趣味は」, plainly and as 「###指示」, without and with the persona's prompt.",
    ),
    "with_system": ("指示文あり", "with system prompt"),
    "without_system": ("指示文なし", "without system prompt"),
    # votes
    "votes": ("{name} はどう言われたか", "What people said of {name}"),
    "votes_kind": ("投票", "votes"),
    "share": ("割合", "share"),
    "interval": ("95%区間", "95 % interval"),
    "quiz_found": (
        "「本物はどっち？」：本物が当てられた割合（0.5なら誰にも見分けられない）",
        "「本物はどっち？」: the real line was found (0.5: nobody can tell)",
    ),
    "preferred": (
        "名前を隠して：{against} より好まれた（引き分けは半分）",
        "blind: preferred to {against} (a tie counts half)",
    ),
    # strength and endings
    "strength_of": ("{name} の話し方の強さ", "How strongly {name} speaks"),
    "strength_about": (
        "試した強さごとの文体と知識。点線が選ばれた強さ。",
        "Style against knowledge for every strength that was tried; the dashed line is the one that was chosen.",
    ),
    "endings_of": ("最後の記号（{name}）", "Last signs, {name}"),
    # replies
    "replies": ("{name} の返事", "Replies of {name}"),
    "replies_about": (
        "となりは学習データでいちばん近い発言。同じ順で共通する部分に印をつけています。",
        "Beside each the nearest line of the training data; what both share in order is marked.",
    ),
    "shares": ("{percent}% が共通", "shares {percent} %"),
    "probes": ("一般知識（ペルソナとして）", "General knowledge, as the persona"),
    # the data
    "data": ("{name} のデータ", "The data of {name}"),
    "data_about": (
        "発言 {num}件、{chars}文字。学習用 {training}件、評価用に取り分けた分 {held_out}件。",
        "{num} utterances, {chars} characters: {training} for training, {held_out} held out.",
    ),
    "read_kept": ("読んだ {read}件、使う {kept}件", "read {read}, kept {kept}"),
    "dropped": ("落とした：", "dropped:"),
    "masked": ("伏せた：", "masked:"),
    "none": ("なし", "none"),
    **{f"kind_{kind}": words for kind, words in KINDS.items()},
    **{f"reason_{reason}": words for reason, words in REASONS.items()},
    # how it was made
    "made": ("{name} の作り方と測り方", "How {name} was made and measured"),
    "measuring": ("測定", "measuring"),
    "of_cpu": ("（CPU時間）", "of CPU"),
    "fact_recipe": ("レシピ", "recipe"),
    "fact_seed": ("シード", "seed"),
    "fact_strength": ("強さ", "strength"),
    "fact_hash of the base": ("ベースのハッシュ", "hash of the base"),
    "fact_hash of the data": ("データのハッシュ", "hash of the data"),
    "fact_every field of the recipe": ("レシピの全項目", "every field of the recipe"),
    "fact_versions": ("バージョン", "versions"),
    "fact_machine": ("マシン", "machine"),
    "fact_device": ("デバイス", "device"),
    "fact_peak memory": ("メモリの最大使用量", "peak memory"),
    "fact_time": ("時間", "time"),
}


def say(key: str, **values: object) -> Markup:
    """Return a sentence in both languages, of which the page shows one. Raises KeyError for an unknown key or value."""
    japanese, english = (words.format(**values) for words in WORDS[key])
    if japanese == english:
        return escape(english)
    return Markup('<span class="ja" lang="ja">{}</span><span class="en" lang="en">{}</span>').format(japanese, english)


def known(kind: str, name: str) -> Markup:
    """Return what a name of a kind, such as a reason, is called; the name itself where nothing is known."""
    key = f"{kind}_{name}"
    return say(key) if key in WORDS else escape(name.replace("_", " "))
