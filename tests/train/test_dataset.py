"""Exports become a data folder: whole, counted, masked, split, and the same every time."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from model.consent import ConsentError
from tests.train import exports
from tests.train.exports import account_js, text_file, tweets_js, zip_file
from train import dataset
from train.contents import Contents, DatasetError
from train.folder import FolderTaken
from train.sources.document import BrokenSource
from train.speakers import SpeakerUnknown

CONSENT = """
person = "春野ハル"
contact = "haru@example.com"
given_at = 2024-01-01
until = 2999-12-31
basis = "研究室の遊びに使ってよいと本人が書いた"
sources = ["archive.zip", "line.txt"]
platforms = ["discord", "line"]
"""
TOPICS = "麻雀 ラーメン 銭湯 布団 課題 終電 珈琲 筋トレ 三毛猫 夕立 夜桜 花火 温泉 締切 実験 論文 発表 咖喱".split()  # noqa: SIM905
WORDS = "最高だった 眠すぎて無理 また行きたい 忘れてたわ しんどいけど好き".split()  # noqa: SIM905
TEXTS = [f"{topic}は{word}{n}" for n, topic in enumerate(TOPICS) for word in WORDS]


def jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return zip_file(tmp_path / "archive.zip", {"data/tweets.js": tweets_js(TEXTS), "data/account.js": account_js()})


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    return text_file(tmp_path / "line.txt", exports.LINE_MOBILE_JA)


def test_a_data_folder_holds_utterances_what_was_dropped_a_review_and_a_card(archive: Path, tmp_path: Path) -> None:
    card = dataset.build([archive], speaker=None, out=tmp_path / "data")
    assert {path.name for path in (tmp_path / "data").iterdir()} == {
        "utterances.jsonl",
        "dropped.jsonl",
        "review.tsv",
        "card.json",
    }
    first = jsonl(tmp_path / "data" / "utterances.jsonl")[0]
    assert list(first) == ["id", "text", "speaker", "said_at", "source", "locator", "parent", "thread"]
    assert (first["speaker"], first["source"], first["said_at"]) == (
        "haru_invented",
        "archive.zip",
        "2023-05-10T15:00:00+00:00",
    )
    assert json.loads((tmp_path / "data" / "card.json").read_text(encoding="utf-8")) == card.model_dump()


def test_what_was_read_is_kept_or_dropped_for_a_reason(tmp_path: Path) -> None:
    texts = ["うん", "https://t.co/a", "RT @x: 他人", "only english words here", "#一つ #二つ #三つ の話だよ"]
    texts += [
        "診断メーカーで遊んだ",
        "え！？😂",
        "ふつうの話だよ",
        "ふつうの話だよ！",
        "見て https://example.com/x すごい話",
    ]
    (source,) = dataset.build(
        [text_file(tmp_path / "a.js", tweets_js(texts))], speaker="ハル", out=tmp_path / "data"
    ).sources
    assert source.read == len(texts) == source.kept + sum(source.dropped.values())
    assert source.dropped == {
        "automated": 1,
        "duplicate": 1,
        "empty": 1,
        "hashtags": 1,
        "not_japanese": 1,
        "retweet": 1,
        "too_short": 1,
    }
    assert source.masked == {"url": 1}
    dropped = jsonl(tmp_path / "data" / "dropped.jsonl")
    assert {"source", "locator", "reason", "text"} <= dropped[0].keys()
    assert len(dropped) == sum(source.dropped.values())


def test_only_the_speaker_counts_and_others_are_what_is_answered(talk: Path, tmp_path: Path) -> None:
    card = dataset.build([talk], speaker="春野ハル", out=tmp_path / "data")
    first, *others = jsonl(tmp_path / "data" / "utterances.jsonl")
    assert (first["text"], first["parent"]) == ("10時だよ〜", "明日の集合って何時？")
    assert others[-1]["parent"] is None  # said hours after the last question
    assert {entry["speaker"] for entry in (first, *others)} == {"春野ハル"}
    assert card.sources[0].dropped["other_speaker"] == 2
    assert all(
        not row["text"] for row in jsonl(tmp_path / "data" / "dropped.jsonl") if row["reason"] == "other_speaker"
    )


@pytest.mark.parametrize("speaker", [None, "知らない人"])
def test_without_a_known_speaker_the_speakers_are_listed_and_nothing_is_written(
    talk: Path, tmp_path: Path, speaker: str | None
) -> None:
    with pytest.raises(SpeakerUnknown, match=r"pick one of these with --speaker: 春野ハル \(3\), 夏目みのり \(2\)"):
        dataset.build([talk], speaker=speaker, out=tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_labels_of_a_text_list_the_speakers_and_make_others_words_the_question(tmp_path: Path) -> None:
    lines = "後輩：好きな季節は？\n蒼井：冬！寒いけど空がきれい\n後輩：眠い\n蒼井：寝ろ寝ろ〜\n"
    talk = text_file(tmp_path / "talk.txt", lines)
    with pytest.raises(SpeakerUnknown, match=r"pick one of these with --speaker: 後輩 \(2\), 蒼井 \(2\)"):
        dataset.build([talk], speaker=None, out=tmp_path / "data")
    dataset.build([talk], speaker="蒼井", out=tmp_path / "data")
    assert [(u.parent, u.text) for u in dataset.read(tmp_path / "data").utterances] == [
        ("好きな季節は？", "冬！寒いけど空がきれい"),
        ("眠い", "寝ろ寝ろ〜"),
    ]


def test_one_person_may_have_several_names(archive: Path, talk: Path, tmp_path: Path) -> None:
    video = text_file(tmp_path / "talk.vtt", exports.NAMED_VTT)
    card = dataset.build([archive, talk, video], speaker="春野ハル, ハル", out=tmp_path / "data")
    assert [source.kept for source in card.sources] == [len(TEXTS), 3, 2]


def test_private_data_is_masked_everywhere_and_listed_for_review(tmp_path: Path) -> None:
    rows = [
        {
            "text": "山田くんの番号 090-1234-5678 だって",
            "speaker": "ハル",
            "parent": "メールは mi@example.com だよ、田中",
        },
        {"text": "山田くんまた遅刻してるわ", "speaker": "ハル"},
        {"text": "短い @abc_def のID", "speaker": "知らない人"},
    ]
    source = text_file(tmp_path / "a.jsonl", "\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    dataset.build([source], speaker="ハル", out=tmp_path / "data")
    written = "".join((tmp_path / "data" / name).read_text() for name in ("utterances.jsonl", "dropped.jsonl"))
    assert not any(secret in written for secret in ("山田", "田中", "090", "example.com", "abc_def"))
    first, second = jsonl(tmp_path / "data" / "utterances.jsonl")
    assert first["text"][0] == second["text"][0] and first["text"].endswith("くんの番号 〔電話番号〕 だって")
    review = (tmp_path / "data" / "review.tsv").read_text(encoding="utf-8").splitlines()
    assert review[0].split("\t") == ["id", "kind", "span", "replacement", "action", "at"]
    assert sorted(line.split("\t")[2] for line in review[1:]) == sorted(
        ["山田", "090-1234-5678", "mi@example.com", "田中", "山田"]
    )


def test_a_mention_of_somebody_in_the_talk_is_masked(tmp_path: Path) -> None:
    rows = "2024/04/30(火)\n9:05\tほしぞら荘\tおはよう\n9:06\tハル\t@ほしぞら荘 おはよう、もう昼だよ\n"
    source = text_file(tmp_path / "line.txt", f"[LINE] ほしぞら荘とのトーク履歴\n保存日時：x\n\n{rows}")
    dataset.build([source], speaker="ハル", out=tmp_path / "data")
    (utterance,) = dataset.read(tmp_path / "data").utterances
    assert utterance.text[1:] == "さん おはよう、もう昼だよ"


def test_the_persona_may_say_the_persona_s_own_name(tmp_path: Path) -> None:
    source = text_file(tmp_path / "a.txt", "山田はもう寝るぞ、田中\n")
    dataset.build([source], speaker="山田", out=tmp_path / "data")
    (utterance,) = dataset.read(tmp_path / "data").utterances
    assert utterance.text.startswith("山田はもう寝るぞ") and "田中" not in utterance.text


def test_at_most_two_of_a_kind_stay(tmp_path: Path) -> None:
    base = "今日も一日がんばっていきましょうという気持ちだけはあるんだよな"
    lines = "\n".join(base + end for end in ("", "あ", "い", "う", "！", "笑"))
    (source,) = dataset.build([text_file(tmp_path / "a.txt", lines)], speaker=None, out=tmp_path / "data").sources
    assert (source.kept, source.dropped) == (2, {"duplicate": 2, "near_duplicate": 2})


def test_the_same_exports_make_the_same_bytes(archive: Path, tmp_path: Path) -> None:
    first = dataset.build([archive], speaker=None, out=tmp_path / "one")
    second = dataset.build([archive], speaker=None, out=tmp_path / "two")
    assert first == second
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_a_data_set_is_read_back_with_its_split_and_its_hash(archive: Path, tmp_path: Path) -> None:
    card = dataset.build([archive], speaker=None, out=tmp_path / "data")
    data = dataset.read(tmp_path / "data")
    assert data.card == card and data.hash == card.hash
    assert len(data.held_out) == len(card.held_out) == 20
    assert {*data.training, *data.held_out} == set(data.utterances) and not {*data.training} & {*data.held_out}
    assert min(u.said_at for u in data.held_out if u.said_at) > max(u.said_at for u in data.training if u.said_at)
    assert data.consent is None


def test_consent_goes_along_when_it_covers_the_sources(archive: Path, talk: Path, tmp_path: Path) -> None:
    consent = text_file(tmp_path / "consent.toml", CONSENT)
    dataset.build([archive, talk], speaker="春野ハル", out=tmp_path / "data", consent=consent)
    data = dataset.read(tmp_path / "data")
    assert data.consent is not None and data.consent.person == "春野ハル"
    data.consent.require(date(2025, 1, 1), "line", data.sources)
    other = text_file(tmp_path / "other.txt", "ほかの話だよ\n")
    with pytest.raises(ConsentError, match=r"does not name other\.txt"):
        dataset.build([other], speaker=None, out=tmp_path / "more", consent=consent)
    assert not (tmp_path / "more").exists()


def test_a_broken_source_leaves_the_earlier_data_set_alone(archive: Path, tmp_path: Path) -> None:
    dataset.build([archive], speaker=None, out=tmp_path / "data")
    before = (tmp_path / "data" / "utterances.jsonl").read_bytes()
    with pytest.raises(BrokenSource):
        dataset.build([text_file(tmp_path / "b.json", '{"half')], speaker=None, out=tmp_path / "data")
    assert (tmp_path / "data" / "utterances.jsonl").read_bytes() == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_folder_with_other_files_is_never_overwritten(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "diary.txt").write_text("大事")
    with pytest.raises(FolderTaken, match="holds other files"):
        dataset.build([archive], speaker=None, out=tmp_path / "home")
    with pytest.raises(FolderTaken, match="is a file"):
        dataset.build([archive], speaker=None, out=archive)
    assert (tmp_path / "home" / "diary.txt").read_text() == "大事"


def test_sources_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    for folder, text in (("a", "一つ目の話だよ"), ("b", "二つ目の話なんだ")):
        (tmp_path / folder).mkdir()
        text_file(tmp_path / folder / "me.txt", text)
    paths = [tmp_path / "a" / "me.txt", tmp_path / "b" / "me.txt"]
    card = dataset.build(paths, speaker=None, out=tmp_path / "data")
    assert [source.source for source in card.sources] == ["a/me.txt", "b/me.txt"]
    with pytest.raises(DatasetError, match="named twice"):
        dataset.build([paths[0], paths[0]], speaker=None, out=tmp_path / "more")


def test_nothing_of_use_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="None of 1 utterances is of use"):
        dataset.build([text_file(tmp_path / "a.txt", "ok")], speaker=None, out=tmp_path / "data")


def test_a_folder_that_is_no_data_set_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="make one with: senpai data build"):
        dataset.read(tmp_path)


def test_long_posts_stay_whole_and_ordinary_tweets_are_short(tmp_path: Path) -> None:
    whole = "".join(f"{topic}について長々と語る。" for topic in TOPICS * 2)
    note = {"noteTweetId": "7", "createdAt": "2023-05-10T15:00:00.000Z", "core": {"text": whole}}
    files = {
        "data/tweets.js": tweets_js([whole[:139] + "…", "と" * 141]),
        "data/note-tweet.js": exports.ytd("note_tweet", [{"noteTweet": note}]),
    }
    (source,) = dataset.build([zip_file(tmp_path / "a.zip", files)], speaker=None, out=tmp_path / "data").sources
    assert source.dropped == {"too_long": 1}
    assert jsonl(tmp_path / "data" / "utterances.jsonl")[0]["text"] == whole


def test_half_an_emoji_and_a_line_without_end_do_no_harm(tmp_path: Path) -> None:
    lines = ["山田くんは" + "あ" * 60_000, "切れた絵文字だよ\ud83d"]
    source = text_file(tmp_path / "a.jsonl", "\n".join(json.dumps({"text": line}) for line in lines))
    dataset.build([source], speaker=None, out=tmp_path / "data")
    assert [u.text for u in dataset.read(tmp_path / "data").utterances] == ["切れた絵文字だよ"]
    assert Contents.read(tmp_path / "data").dropped[0].reason == "too_long"
