"""People become letters, the same everywhere; fiction and roles stay."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.names import SudachiNames
from train.scrub import Scrubbed, Scrubber


def words(text: str) -> list[str]:
    return text.split()


HONORED = words("""
    佐藤さん 鈴木くん 高橋先輩 田中ちゃん 伊藤先生 渡辺君 山本さん 中村氏 小林様 加藤さん
    吉田くん 山田さん 佐々木先輩 松本ちゃん 井上先生 木村さん 林くん 清水さん 斎藤教授 三井さん
""")
NAMED = ["ゆうたさん", "さくらちゃん", "しゅんちゃん", "けんたくん", "Bobさん", "まさきくん", "タカくん", "佐藤健さん"]
FICTION = words("""
    エレン ルフィ ドラえもん ナルト コナン サザエ マリオ ピカチュウ 夏目漱石 織田信長
    坂本龍馬 アムロ シンジ 綾波レイ 悟空 ゾロ ナミ 炭治郎 禰豆子 フリーレン
""")
ROLES = words("""
    店員さん お母さん おばあちゃん 皆さん みなさん 猫ちゃん お医者さん 運転手さん 赤ちゃん お客様
    部活の先輩 数学の先生 学生さん 大家さん 奥さん ワンちゃん お嬢さん 神様 隣の先輩 友達くん
""")
EVERYDAY = words("""
    毎朝ちゃんと起きる 毎日ちゃんと 今日ちゃんと寝た 今ちゃんと寝てる 部屋ちゃんと片付けろ 宿題ちゃんとやれ
    仕事ちゃんとしろよ ご飯ちゃんと食え 歯ちゃんと磨け お前ちゃんとしろ 俺ちゃんと寝たぞ 先輩ちゃんとしてください
    みんなちゃんと来い 玉ねぎちゃんと炒めろ 望遠鏡ちゃんとしまえ テレビちゃんと見ろ
    言うことちゃんと聞け 赤ちゃんと寝た めちゃんこ寒い なんちゃって
    おっちゃんが来た ぼっちゃん育ち じっちゃん 子猫ちゃん ちゃんぽん食べた ちゃんこ鍋 おばあちゃんと寝た
    たくさん食べた お菓子たくさん さんざんだった 毎日さんざん お客さんが多い みなさん元気？ 奥さんがいる お月さん
    彼氏さんと別れた おっさんになった 娘さん お嫁さん 義母さん 一人さん 管理人さん 主さん サンタさん 運営さん 公式さん
    部屋くんくん嗅ぐ 新人くん 後輩くん オタクくん 昨日君を見た 明日君に会う 今日君は何する 君がいい 母君
    先生に怒られた 昨日先生に怒られた 今先生に聞いた 今度先生に聞く 夏休み先生はいない 英会話先生 先生さようなら
    先輩すごい 昨日先輩に会った 全部先輩のおかげ 結局先輩が勝った 本当先輩すごい 最近先輩いない 今先輩どこ
    彼氏ほしい 氏名を書く 摂氏10度 両氏 同氏 昨日部長が寝てた 指導教授が怖い 昨日教授に会った
    お疲れ様 お互い様 ごちそうさま 何様 俺様 女王様 ご馳走様 様々 簡単 ごはん 今日はんぱない お日さま
""")
COMPANY = words("""
    さくらちゃんと行った ゆうちゃんと遊んだ ゆずちゃんと一緒 ゆずちゃんとの約束
    ひなちゃんと寝た あんずちゃんと来た 山田ちゃんと帰る 松本ちゃんと会った ぽん吉ちゃんと寝た
""")
BEARERS = words(
    "オンエアさん 春さん 秋ちゃん 愛先輩 未来くん 太郎君 ゆず先輩 星野先生 ぽん吉ちゃん 佐藤氏 山田部長 田中教授"
)
FRAMES = ["{}", "昨日{}と渋谷で会った", "{}がさ、また遅刻した", "それ{}のおかげだわ！", "え、{}？"]


@pytest.fixture(scope="module")
def names() -> SudachiNames:
    return SudachiNames()


def put_back(scrubbed: Scrubbed) -> str:
    """Undo a scrubbing by its spans alone."""
    text = scrubbed.text
    for span in scrubbed.spans:
        end = span.start + len(span.replacement)
        assert text[span.start : end] == span.replacement
        text = text[: span.start] + span.text + text[end:]
    return text


@pytest.mark.parametrize("planted", HONORED + NAMED)
@pytest.mark.parametrize("frame", FRAMES)
def test_a_name_with_an_honorific_keeps_only_the_honorific(names: SudachiNames, planted: str, frame: str) -> None:
    scrubbed = Scrubber(names).scrub(frame.format(planted))
    honorific = re.sub(r"^.*?(さん|くん|君|ちゃん|先輩|先生|氏|様|教授)$", r"\1", planted)
    assert re.fullmatch(re.escape(frame).replace(r"\{\}", f"[A-Z]{{1,2}}{honorific}"), scrubbed.text)
    assert [span.kind for span in scrubbed.spans] == ["name"]


@pytest.mark.parametrize("name", ["田中", "佐々木", "鈴木一郎", "花子", "まさき"])
def test_a_name_alone_becomes_a_letter_with_an_honorific(names: SudachiNames, name: str) -> None:
    assert re.fullmatch("[A-Z]さんとラーメン食べた", Scrubber(names).scrub(f"{name}とラーメン食べた").text)


@pytest.mark.parametrize("name", FICTION)
@pytest.mark.parametrize("frame", ["{}が好き", "{}さんかっこいい", "昨日{}の映画を見た"])
def test_names_on_the_allow_list_are_untouched(names: SudachiNames, name: str, frame: str) -> None:
    scrubbed = Scrubber(names, allow=FICTION).scrub(frame.format(name))
    assert scrubbed == Scrubbed(frame.format(name), ())


def test_an_allowed_name_does_not_free_a_longer_one(names: SudachiNames) -> None:
    assert "太郎" not in Scrubber(names, allow=["光"]).scrub("光太郎と会った").text


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("frame", FRAMES)
def test_roles_are_no_names(names: SudachiNames, role: str, frame: str) -> None:
    assert Scrubber(names).scrub(frame.format(role)).text == frame.format(role)


@pytest.mark.parametrize("text", EVERYDAY)
@pytest.mark.parametrize("frame", ["{}", "まあ、{}", "{}！"])
def test_what_only_looks_like_an_honorific_is_no_name(names: SudachiNames, text: str, frame: str) -> None:
    assert Scrubber(names).scrub(frame.format(text)).text == frame.format(text)


@pytest.mark.parametrize("text", COMPANY + BEARERS)
def test_an_honorific_that_ends_a_name_masks_it(names: SudachiNames, text: str) -> None:
    (span,) = Scrubber(names).scrub(text).spans
    assert re.match("ちゃんと|さん|くん|ちゃん|君|先輩|先生|氏|部長|教授", text[span.end :])


def test_words_on_the_deny_list_always_go(names: SudachiNames) -> None:
    scrubbed = Scrubber(names, deny=["星降り荘", "ぽん吉"]).scrub("ぽん吉は星降り荘に住んでる")
    assert "ぽん吉" not in scrubbed.text and "星降り荘" not in scrubbed.text
    assert [span.kind for span in scrubbed.spans] == ["denied", "denied"]


def test_one_person_is_one_letter_everywhere_and_two_people_are_two(names: SudachiNames) -> None:
    scrubber = Scrubber(names)
    first, second = scrubber.scrub("山田くんと田中さん").text, scrubber.scrub("田中さん、山田くん").text
    a, b = re.fullmatch("(.)くんと(.)さん", first).groups()  # type: ignore[union-attr]
    assert a != b and second == f"{b}さん、{a}くん"


def test_the_seed_decides_the_letters(names: SudachiNames) -> None:
    text = "山田くんと田中さん"
    assert Scrubber(names, seed=3).scrub(text) == Scrubber(names, seed=3).scrub(text)
    assert len({Scrubber(names, seed=seed).scrub(text).text for seed in range(8)}) > 1


def test_a_handle_is_a_person_and_numbers_get_placeholders() -> None:
    scrubbed = Scrubber().scrub("@haru_x に電話 090-1234-5678、+1 650-253-0000 か haru@example.com")
    assert re.fullmatch("[A-Z]さん に電話 〔電話番号〕、〔電話番号〕 か 〔メール〕", scrubbed.text)
    assert [span.kind for span in scrubbed.spans] == ["handle", "phone", "phone", "email"]


def test_more_people_than_letters_still_get_their_own() -> None:
    scrubber = Scrubber()
    letters = {scrubber.scrub(f"@someone{number}").text for number in range(100)}
    assert len(letters) == 100


PIECES = st.lists(
    st.sampled_from(
        [
            *("090-1234-5678", "〒123-4567", "@haru_x", "haru@example.com", "https://example.com/x"),
            *("4111 1111 1111 1111", "35.6812, 139.7671", "星町3丁目", "とか", "、", " ", "だよ！"),
            *("A", "B さん", "12", "\n", "😀", "w", "〔メール〕"),
        ]
    ),
    max_size=8,
).map("".join)


@given(PIECES)
def test_the_spans_give_back_the_original(text: str) -> None:
    scrubbed = Scrubber().scrub(text)
    assert put_back(scrubbed) == text
    assert all(text[span.start : span.end] == span.text for span in scrubbed.spans)


@given(PIECES)
def test_scrubbing_twice_finds_nothing_more(text: str) -> None:
    once = Scrubber().scrub(text).text
    assert Scrubber().scrub(once) == Scrubbed(once, ())


def test_scrubbing_names_twice_finds_nothing_more(names: SudachiNames) -> None:
    scrubber = Scrubber(names)
    for name in HONORED + NAMED:
        for frame in FRAMES:
            once = scrubber.scrub(frame.format(name)).text
            assert scrubber.scrub(once).text == once
