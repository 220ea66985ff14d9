"""An X archive of every generation becomes the owner's own words, in order."""

import json
from pathlib import Path

import pytest

from tests.train.exports import FIRST_ID, account_js, folder, text_file, tweet, tweets_js, ytd, zip_file
from train.sources.detect import Source, open_source
from train.sources.document import BrokenSource
from train.utterance import Dropped, Utterance


def kept(source: Source) -> list[Utterance]:
    return [item for item in source.items if isinstance(item, Utterance)]


def texts(source: Source) -> list[str]:
    return [utterance.text for utterance in kept(source)]


def reasons(source: Source) -> list[str]:
    return [item.reason for item in source.items if isinstance(item, Dropped)]


def one_file(tmp_path: Path, content: str, name: str = "export.dat") -> Source:
    return open_source(text_file(tmp_path / name, content), name)


GRAILBIRD = "Grailbird.data.tweets_2013_02 = \n" + json.dumps(
    [
        {
            "source": "web",
            "id_str": "300000000000000002",
            "id": 300000000000000002,
            "text": "@minori_x 二月は寒いね",
            "created_at": "2013-02-08 09:12:45 +0000",
            "user": {"screen_name": "haru_invented", "id_str": "9"},
        },
        {
            "id_str": "300000000000000001",
            "text": "RT @someone: 他人の言葉",
            "created_at": "Fri Feb 08 09:12:45 +0000 2013",
            "retweeted_status": {"text": "他人の言葉"},
            "user": {"screen_name": "haru_invented", "id_str": "9"},
        },
    ],
    ensure_ascii=False,
)
TWEETS_CSV = (
    '"tweet_id","in_reply_to_status_id","in_reply_to_user_id","timestamp","source","text","retweeted_status_id",'
    '"retweeted_status_user_id","retweeted_status_timestamp","expanded_urls"\n'
    '"300000000000000002","","","2013-02-08 09:12:45 +0000","web","二月は, 寒い\nですね","","","",""\n'
    '"300000000000000001","","","2013-02-07 09:12:45 +0000","web","RT @someone: 他人の言葉","299","8","",""\n'
)


@pytest.mark.parametrize(
    "content",
    [
        tweets_js(["今日も麻雀日和だわ"]),
        tweets_js(["今日も麻雀日和だわ"], part="tweet"),
        ytd("tweet", [tweet(0, "今日も麻雀日和だわ")]),
        "\ufeff  " + tweets_js(["今日も麻雀日和だわ"]) + ";\n",
        tweets_js(["今日も麻雀日和だわ"]).replace('":', '" :').replace("\n", "\r\n"),
    ],
    ids=["2022", "2019", "2018 without wrapper", "BOM and semicolon", "spaces and CRLF"],
)
def test_a_single_js_file_of_every_generation_is_known_by_its_content(tmp_path: Path, content: str) -> None:
    source = one_file(tmp_path, content, "no_hint.bin")
    assert (source.format, texts(source)) == ("x-archive", ["今日も麻雀日和だわ"])
    assert kept(source)[0].locator == f"tweet {FIRST_ID}"


def test_grailbird_month_files_name_their_owner_and_drop_retweets(tmp_path: Path) -> None:
    source = open_source(
        zip_file(tmp_path / "a.zip", {"data/js/tweets/2013_02.js": GRAILBIRD, "tweets.csv": TWEETS_CSV}), "a"
    )
    assert texts(source) == ["二月は寒いね"]
    assert source.owner == "haru_invented"
    assert reasons(source) == ["retweet"]


def test_tweets_csv_alone_is_read_with_line_breaks_in_its_texts(tmp_path: Path) -> None:
    source = one_file(tmp_path, TWEETS_CSV)
    assert texts(source) == ["二月は, 寒い\nですね"]
    assert kept(source)[0].said_at is not None and kept(source)[0].said_at.isoformat() == "2013-02-08T09:12:45+00:00"


def test_a_zip_and_a_folder_hold_the_same_and_only_public_own_posts(tmp_path: Path) -> None:
    files = {
        "data/tweets.js": ytd("tweets", [{"tweet": tweet(2, "二つ目の話だよ")}, {"tweet": tweet(1, "一つ目の話だよ")}]),
        "data/tweets-part1.js": ytd("tweets", [{"tweet": tweet(0, "零番目の話だよ")}], number=1),
        "data/account.js": account_js(),
        "data/like.js": ytd("like", [{"like": {"tweetId": "1", "fullText": "他人の投稿"}}]),
        "data/direct-messages.js": ytd("direct_messages", [{"dmConversation": {}}]),
        "data/deleted-tweets.js": ytd("deleted_tweets", [{"tweet": tweet(9, "消した話")}]),
        "data/tweet-headers.js": ytd("tweet_headers", [{"tweet": {"tweet_id": "1"}}]),
        "data/community-tweet.js": ytd("community_tweet", [{"tweet": tweet(8, "コミュニティ")}]),
        "data/tweetdeck.js": ytd("tweetdeck", []),
        "data/manifest.js": 'window.__THAR_CONFIG = {"userInfo": {}}',
        "Your archive.html": "<html></html>",
    }
    packed = open_source(zip_file(tmp_path / "twitter-2024.zip", files), "x")
    unpacked = open_source(folder(tmp_path / "archive", files), "x")
    assert texts(packed) == texts(unpacked) == ["零番目の話だよ", "一つ目の話だよ", "二つ目の話だよ"]
    assert packed.owner == "haru_invented" == kept(packed)[0].speaker


@pytest.mark.parametrize(
    ("full_text", "text"),
    [
        ("@minori_x @taro おはよ", "おはよ"),
        (".@minori_x おはよ", "おはよ"),
        ("会ったよ @minori_x に", "会ったよ @minori_x に"),
        ("写真 https://t.co/AbC123", "写真"),
        ("これ https://t.co/AbC123 すごい", "これ すごい"),
        ("１ &lt; ２ &amp;amp; ３ &gt; ０", "１ < ２ &amp; ３ > ０"),
        ("わかる RT @someone: 元の投稿", "わかる"),
        ("@minori_x", ""),
    ],
)
def test_a_text_is_freed_from_links_leading_names_and_escapes(tmp_path: Path, full_text: str, text: str) -> None:
    assert texts(one_file(tmp_path, tweets_js([full_text]))) == [text]


def test_a_retweet_is_known_by_its_prefix_since_the_field_always_says_false(tmp_path: Path) -> None:
    source = one_file(tmp_path, tweets_js(["RT @someone: 他人の長い言葉…", "自分の言葉だよ"]))
    assert texts(source) == ["自分の言葉だよ"]
    assert reasons(source) == ["retweet"]


def test_only_the_last_version_of_an_edited_tweet_is_kept(tmp_path: Path) -> None:
    ids = [str(FIRST_ID + number) for number in range(3)]
    control = {"initialTweetId": ids[0], "editControlInitial": {"editTweetIds": ids}}
    entries = [
        {"tweet": tweet(0, "誤字がががある", edit_info={"initial": {"editTweetIds": ids}})},
        {"tweet": tweet(1, "誤字ががある", edit_info={"edit": control})},
        {"tweet": tweet(2, "誤字がある", edit_info={"edit": control})},
    ]
    source = one_file(tmp_path, ytd("tweets", entries))
    assert texts(source) == ["誤字がある"]
    assert reasons(source) == ["edited_later", "edited_later"]


def test_a_self_thread_knows_what_it_continues(tmp_path: Path) -> None:
    entries = [
        {"tweet": tweet(0, "今日は負けた")},
        {"tweet": tweet(1, "@haru_invented しかも二回", in_reply_to_status_id_str=str(FIRST_ID))},
        {"tweet": tweet(2, "@haru_invented もう寝る", in_reply_to_status_id_str=str(FIRST_ID + 1))},
        {"tweet": tweet(3, "@minori_x それな", in_reply_to_status_id_str="5")},
    ]
    first, second, third, other = kept(one_file(tmp_path, ytd("tweets", entries)))
    assert (first.parent, second.parent, third.parent, other.parent) == (None, "今日は負けた", "しかも二回", None)
    assert first.thread == second.thread == third.thread is not None
    assert other.thread is None


def test_a_long_post_gets_its_whole_text_from_note_tweet(tmp_path: Path) -> None:
    whole = "麻雀の話を長くする。" * 40
    note = {"noteTweetId": "7", "createdAt": "2023-05-10T15:00:02.000Z", "core": {"text": whole + "&amp;おわり"}}
    lonely = {"noteTweetId": "8", "createdAt": "2020-01-01T00:00:00.000Z", "core": {"text": "相手のいない長文"}}
    files = {
        "data/tweets.js": tweets_js([f"@minori_x {whole[:120]}… https://t.co/abc", "別の短い話だよ"]),
        "data/note-tweet.js": ytd("note_tweet", [{"noteTweet": lonely}, {"noteTweet": note}]),
    }
    source = open_source(zip_file(tmp_path / "a.zip", files), "a")
    assert texts(source) == [whole + "&おわり", "別の短い話だよ"]
    assert reasons(source) == ["long_post_without_tweet"]


def test_posts_of_programs_are_dropped_by_their_client(tmp_path: Path) -> None:
    entries = [{"tweet": tweet(0, "ひとりごと", source='<a href="http://twittbot.net/">twittbot.net</a>')}]
    assert reasons(one_file(tmp_path, ytd("tweets", entries))) == ["automated"]


def test_times_are_utc_and_sorting_goes_by_number_not_by_text(tmp_path: Path) -> None:
    entries = [{"tweet": tweet(0, "新しい方", id_str="1000")}, {"tweet": tweet(1, "古い方だよ", id_str="999")}]
    old, new = kept(one_file(tmp_path, ytd("tweets", entries)))
    assert (old.text, new.text) == ("古い方だよ", "新しい方")
    assert new.said_at is not None and new.said_at.isoformat() == "2023-05-10T15:00:00+00:00"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (tweets_js(["あ" * 50, "い" * 50])[:-80], "line 46: expected JSON, but unterminated string."),
        (tweets_js(["話"]).replace('"full_text"', '"nothing"'), "line 2: expected a tweet with full_text or text"),
        (tweets_js(["話"]).replace("Wed May", "Someday"), "a tweet as the archive writes it"),
        (tweets_js(["話"]).replace(": false", ": nonsense"), "expected JSON"),
        ("window.YTD.tweets.part0 = ", "a list that begins with ["),
        (ytd("like", [{"like": {}}]), "likes are other people's posts"),
        (ytd("direct_messages", [{}]), "direct messages are private"),
        (ytd("follower", [{}]), "tweets.js, or the whole archive"),
    ],
)
def test_a_broken_or_wrong_file_is_refused_in_one_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    with pytest.raises(BrokenSource, match=r"export\.dat") as error:
        one_file(tmp_path, content)
    assert sentence in str(error.value)
    assert str(error.value).count(". ") == 0


def test_a_cut_zip_and_a_zip_without_tweets_are_refused(tmp_path: Path) -> None:
    whole = zip_file(tmp_path / "a.zip", {"data/tweets.js": tweets_js(["話だよ"])}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BrokenSource, match="a whole zip file"):
        open_source(tmp_path / "cut.zip", "cut.zip")
    damaged = bytearray(whole)
    damaged[60] ^= 0xFF
    (tmp_path / "damaged.zip").write_bytes(bytes(damaged))
    with pytest.raises(BrokenSource, match="a whole zip file"):
        open_source(tmp_path / "damaged.zip", "damaged.zip")
    with pytest.raises(BrokenSource, match=r"an X archive with data/tweets\.js"):
        open_source(zip_file(tmp_path / "other.zip", {"readme.txt": "x"}), "other.zip")


def test_elements_longer_than_a_chunk_are_read_whole(tmp_path: Path) -> None:
    entries = [{"tweet": tweet(0, "前の話だよ", filler="x" * 3_000_000)}, {"tweet": tweet(1, "後の話だよ")}]
    assert texts(one_file(tmp_path, ytd("tweets", entries))) == ["前の話だよ", "後の話だよ"]
