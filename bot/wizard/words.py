"""What the wizard asks and says, in (Japanese, English)."""

SENTENCES: dict[str, tuple[str, str]] = {
    "begin": (
        "ひとつずつ聞きます。空のままEnterで飛ばせます。トークンは試してから {path} に書きます。",
        "I ask one thing at a time; Enter skips it. Tokens are tried before they go into {path}.",
    ),
    "discord_token": ("Discordのボットトークン", "Discord bot token"),
    "discord_admin_ids": (
        "Discordの管理者のユーザーID（カンマ区切り）",
        "Discord user ids of administrators, comma-separated",
    ),
    "line_channel_access_token": ("LINEのチャネルアクセストークン（長期）", "LINE channel access token (long-lived)"),
    "line_channel_secret": ("LINEのチャネルシークレット", "LINE channel secret"),
    "line_admin_ids": (
        "LINEの管理者のユーザーID（後で /whoami でも）",
        "LINE user ids of administrators (/whoami tells later)",
    ),
    "line_webhook": (
        "LINEのWebhook URL（https://あなたのホスト/line/webhook）",
        "LINE webhook URL (https://YOUR.HOST/line/webhook)",
    ),
    "kept": ("いまの値のまま", "as it is"),
    "invite": ("ボットを招待するURL：{url}", "Open this to invite the bot: {url}"),
    "written": ("{path} に書きました（読めるのは持ち主だけ）。", "Written to {path}, which only its owner can read."),
    "unchanged": ("変えるものはありませんでした。", "There was nothing to change."),
    "next": ("次は senpai doctor、それから senpai run を。", "Next: senpai doctor, then senpai run."),
}
