"""What private data and lines that were left out are called, in Japanese and English: (Japanese, English) by name.

Knows words alone. Those who show a data card share them.
"""

KINDS: dict[str, tuple[str, str]] = {
    "url": ("リンク", "link"),
    "email": ("メール", "mail address"),
    "account": ("アカウント", "account"),
    "card": ("カード番号", "card number"),
    "my_number": ("マイナンバー", "My Number"),
    "location": ("場所", "location"),
    "phone": ("電話番号", "telephone"),
    "postal_code": ("郵便番号", "postal code"),
    "address": ("住所", "address"),
    "name": ("人名", "name"),
}
REASONS: dict[str, tuple[str, str]] = {
    "near_duplicate": ("ほぼ重複", "nearly the same"),
    "hallucination": ("聞き間違いの字幕", "misheard caption"),
    "placeholder": ("中身のない行", "placeholder"),
    "system": ("お知らせの行", "system line"),
    "automated": ("自動投稿", "automated"),
    "duplicate": ("重複", "duplicate"),
    "edited_later": ("あとで編集された", "edited later"),
    "empty": ("空", "empty"),
    "hashtags": ("ハッシュタグだらけ", "hashtags"),
    "noise": ("雑音", "noise"),
    "not_japanese": ("日本語でない", "not Japanese"),
    "only_a_link": ("リンクだけ", "only a link"),
    "other_speaker": ("別の人", "other speaker"),
    "quote": ("引用", "quote"),
    "retweet": ("リツイート", "retweet"),
    "speaker_unknown": ("話者不明", "speaker unknown"),
    "too_long": ("長すぎる", "too long"),
    "too_short": ("短すぎる", "too short"),
}
