"""The report: nine parts on one page that stands alone, the same figures as JSON, and pictures."""

import json
import re
import string
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright, expect

from model.votes import Votes
from tests.bot.platforms.console.conftest import CHROMIUM, FLAGS
from tests.train.small_data import FEW
from train import report, report_page, report_plots, report_svg, report_words
from train.card import Card, SourceCard, histograms
from train.evaluate import gate
from train.evaluate.interview import Asked
from train.evaluate.measure import Measure, share
from train.evaluate.metrics import Findings
from train.report import About

PERSONA = report_words.WORDS["persona"]
TRAINING = ["今日も星を見に行くわ〜", "カレー4日目、味が完成した！", "だるいw"]
LOOK = {"G1": 0.9, "G2": 0.5, "G2_later": 0.4, "M3": 0.1}
STEPS: list[dict[str, Any]] = [
    *({"step": step, "loss": 4 - step / 10, "drift": 0.1} for step in range(1, 21)),
    {"step": 10, "held_out": 3.0, "failed": ["M1"], "metrics": LOOK, "film": "東京<です>"},
    {"step": 20, "held_out": 2.5, "failed": [], "metrics": LOOK | {"G2": 0.6, "M3": 0.0}, "film": "東京だよ〜"},
    *(
        {
            "strength": value,
            "style": value / 2,
            "metrics": {"G1": 1.0, "G2": 1 - value / 2, "G2_later": 0.9},
            "is_chosen": value == 1.0,
        }
        for value in (0.5, 1.0, 1.25)
    ),
]
CARD = Card(
    sources=[
        SourceCard(
            source="tweets.js",
            format="x-archive",
            sha256="0",
            read=9,
            kept=7,
            dropped={"retweet": 2, "other_speaker": 3},
            masked={},
        )
    ],
    speaker="てつ",
    num_utterances=7,
    num_chars=99,
    held_out=["a", "b"],
    histograms=histograms([]),
    hash="h",
)


def findings(reply: str, **measures: Measure) -> Findings:
    article = [Asked(question="日本の首都は", has_system=has_system, reply=reply) for has_system in (False, True)]
    return Findings(
        measures={"S1": share(9, 10), "G1": share(1, 2), "G2": share(1, 2), "D1": share(0, 10), **measures},
        chats={prompt: [reply] * 3 for prompt in FEW.prompts},
        probes={probe.question: reply for probe in FEW.probes},
        article=article,
        hits={"G2": [True, False]},
        cpu_s={"chats": 1.25},
    )


def card(**measures: Measure) -> report.Entry:
    about = About(steps=STEPS, training=TRAINING, card=CARD, facts={"seed": 3, "versions": {"torch": "2"}})
    return report.entry("tetsu", "mini", findings("今日も星が見えない〜", **measures), findings("はい。"), about)


@pytest.fixture
def page(tmp_path: Path) -> str:
    report.write(tmp_path, [card(M1=Measure(value=0.4))])
    return (tmp_path / "report.html").read_text(encoding="utf-8")


def in_english(page: str) -> str:
    """Return the page as whoever chose English sees it."""
    return re.sub(r'<span class="en" lang="en">(.*?)</span>', r"\1", re.sub(r'<span class="ja".*?</span>', "", page))


def test_a_failed_gate_is_red_and_says_why(page: str) -> None:
    assert 'class="verdict failed"' in page and ">FAIL<" in in_english(page)
    assert "✗ <b>M1</b>\n0.400" in page and "training lines can be drawn out word for word" in page
    assert "学習した発言を一語一句そのまま引き出せる" in page


def test_every_condition_says_what_it_is_about(page: str) -> None:
    conditions = page.split('<ul class="checks">')[1].split("</ul>", maxsplit=1)[0]
    for id_ in ("D1", "G1", "G2", "M1"):
        title = re.escape(report_words.say(f"metric_{id_}"))
        assert re.search(rf"<b>{id_}</b>[^<]*<span[^<]*</span><small>{title}", conditions)


def test_a_reason_is_written_in_words(page: str) -> None:
    assert "other speaker 3" in in_english(page) and "other_speaker" not in page
    assert "別の人" in page


def test_a_bare_base_is_not_said_to_have_passed_anything(tmp_path: Path) -> None:
    bare = report.entry("base:mini", "mini", findings("はい。"), None)
    report.write(tmp_path, [bare])
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "No gate: nothing was trained." in page and "PASS" not in page and "合格" not in page
    assert bare.to_dict()["gate"]["passed"] is None


def test_what_people_voted_stands_on_the_page_and_in_the_document(tmp_path: Path) -> None:
    votes = Votes(tmp_path / "votes.jsonl")
    for is_right in (True, True, False, True):
        votes.guessed("tetsu", is_right=is_right)
    for winner in ("left", "left", "tie"):
        votes.preferred("tetsu", "article", winner)
    about = About(votes=votes.about("tetsu"))
    entry = report.entry("tetsu", "mini", findings("うん"), findings("はい。"), about)
    report.write(tmp_path, [entry])
    (told,) = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["checkpoints"]
    assert told["votes"]["quiz"] == {"value": 0.75, "low": 0.3006, "high": 0.9544, "num": 4}
    assert told["votes"]["arena"][0]["against"] == "article" and told["votes"]["arena"][0]["num"] == 3
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "0.301 – 0.954" in page and "preferred to article" in page
    assert "votes" not in card().to_dict()


def test_a_passed_gate_is_not(tmp_path: Path) -> None:
    report.write(tmp_path, [card()])
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert ">PASS<" in in_english(page) and 'failed"' not in page.split("<h2>")[0]


def test_all_nine_parts_are_there(page: str) -> None:
    parts = re.findall(r"<h2>(.*?)</h2>", in_english(page))
    heads = [
        "「日本の首都は」 while",
        "The run",
        "Figures",
        "The original article",
        "How strongly",
        "Last signs",
        "Replies of",
    ]
    heads += ["The data of", "How tetsu was made"]
    assert [part[: len(head)] for part, head in zip(parts, heads, strict=True)] == heads  # the verdict stands before
    assert page.count("<svg") == 4
    for text in (
        "step 10, M1",
        "x-archive",
        "retweet 2",
        "5 for training, 2 held out",
        "without system prompt",
        "seed",
    ):
        assert text in in_english(page)


def test_every_word_exists_in_both_languages_with_the_same_values() -> None:
    words = report_words.WORDS.items()
    assert not [key for key, (japanese, english) in words if not japanese or not english]
    assert not [key for key, (japanese, english) in words if _values(japanese) != _values(english)]


def test_every_metric_has_a_group_and_every_condition_of_the_gate_a_sentence() -> None:
    named = {f"group_{id_[0]}" for id_ in report_page.METRICS}
    named |= {name for id_ in gate.PLAINLY for name in (f"metric_{id_}", f"fails_{id_}")}
    assert named <= report_words.WORDS.keys()


def _values(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_whoever_chooses_english_sees_no_japanese_of_the_page_itself(page: str) -> None:
    own = [japanese for japanese, english in report_words.WORDS.values() if japanese != english and "{" not in japanese]
    seen = in_english(re.sub(r'<g class="ja">.*?</g>|aria-label=".*?"', "", page))
    assert not [text for text in own if len(text) > 6 and text in seen]


@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")
@pytest.mark.parametrize(
    ("fragment", "first", "then", "label"),
    [("", "数値", "Figures", "English"), ("#english", "Figures", "数値", "日本語")],
)
async def test_whoever_reads_chooses_the_language_and_so_may_a_link(
    fragment: str, first: str, then: str, label: str, tmp_path: Path
) -> None:
    report.write(tmp_path, [card()])
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page()
        await page.goto(f"file://{tmp_path}/report.html{fragment}")
        await expect(page.get_by_role("heading", name=first)).to_be_visible()
        await expect(page.get_by_role("heading", name=then)).to_have_count(0)
        await page.get_by_label(label).check()
        await expect(page.get_by_role("heading", name=then)).to_be_visible()
        await expect(page.get_by_role("heading", name=first)).to_have_count(0)
        await browser.close()


def test_the_page_stands_alone_and_is_small(page: str) -> None:
    assert not re.search(r"(?:src|href)=|<script|@import|url\(", page)
    assert len(page.encode()) < 1_000_000
    assert "prefers-color-scheme: dark" in page and "width=device-width" in page


def test_what_was_said_cannot_become_markup(page: str) -> None:
    assert "東京&lt;です&gt;" in page and "<です>" not in page


def test_json_holds_the_contracts_keys_the_article_and_the_reasons(tmp_path: Path) -> None:
    report.write(tmp_path, [card(M1=Measure(value=0.4))])
    (column,) = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["checkpoints"]
    assert {"name", "base", "gate", "metrics"} <= set(column)
    assert column["gate"]["failed"] == ["M1"]
    assert column["gate"]["reasons"][0].startswith("M1 (")
    assert column["metrics"]["G1"]["base"] == 0.5
    assert column["article"][1] == {
        "question": "日本の首都は",
        "system_prompt": True,
        "reply": "今日も星が見えない〜",
        "base": "はい。",
    }


def test_every_picture_is_a_png_too(tmp_path: Path) -> None:
    report.write(tmp_path, [card()])
    names = {path.name for path in tmp_path.glob("*.png")}
    assert names == {"loss.png", "knowledge.png", "strength.png", "endings.png"}
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in tmp_path.glob("*.png"))


def test_columns_are_base_and_every_checkpoint_and_a_metric_one_lacks_stays_empty() -> None:
    one, other = card(H1=Measure(value=3.0)), card()
    table = report_page.table([("ours", one.metrics), ("article", other.metrics)], ["mini"])
    assert (table["base"], table["names"]) == ("mini", ["ours", "article"])
    (row,) = table["groups"]["H"]
    assert [cell.get("value") for cell in row["cells"]] == [None, 3.0, None]


def test_the_nearest_line_is_found_and_what_is_shared_is_marked() -> None:
    (row,) = report_page.replies({"元気？": ["今日も星を食べる〜"]}, {}, TRAINING)
    assert row["marked"] == "<mark>今日も星を</mark>食べる〜"
    assert row["line"].startswith("<mark>今日も星を</mark>")


def test_what_is_said_to_be_shared_is_what_is_marked() -> None:
    (row,) = report_page.replies({"元気？": ["今日も星を食べる〜"]}, {}, TRAINING)
    assert row["shared"] == 5 / 9
    (row,) = report_page.replies({"元気？": ["だ、る〜"]}, {}, TRAINING)
    assert (row["marked"], row["shared"]) == ("だ、る〜", 0)


def test_charts_without_figures_are_not_drawn() -> None:
    assert report_plots.losses([]) is None
    assert report_plots.knowledge(STEPS[:20]) is None
    assert report_plots.strength([]) is None
    assert report_plots.endings({PERSONA: TRAINING}) is None


@pytest.mark.parametrize("name", ["losses", "knowledge", "strength"])
def test_a_chart_is_well_formed_and_inside_its_frame(name: str) -> None:
    plot = getattr(report_plots, name)(STEPS)
    root = ET.fromstring(report_svg.draw(plot, ("損失", "Loss & <more>")))
    assert len([part for part in root if part.tag == "polyline"]) == len(plot.lines)
    for text in root.iter("text"):
        start = float(text.get("x", "")) if text.get("text-anchor") == "start" else 0
        assert start + 5 * len(text.text or "") <= report_svg.WIDTH
    for part in root:
        for x, y in (pair.split(",") for pair in part.get("points", "").split()):
            assert 0 <= float(x) <= report_svg.WIDTH and 0 <= float(y) <= report_svg.HEIGHT


def test_every_curve_and_bar_has_a_colour(page: str) -> None:
    drawn = set(re.findall(r'class="(?:line|dot|bar) (c\d)"', page))
    assert len(drawn) == 4
    for sign in drawn:
        assert {f".line.{sign}", f".dot.{sign}", f".bar.{sign}"} <= set(re.findall(r"\.\w+\.c\d", page))


def test_endings_are_shares_of_each_side() -> None:
    tetsu = ("てつ", "tetsu")
    bars = report_plots.endings({PERSONA: TRAINING, tetsu: ["そう。", "うん。", "行く〜", "え"]})
    assert bars is not None
    shares = {name: dict(zip(bars.categories, shares, strict=True)) for name, shares in bars.groups}
    assert shares[tetsu] == {"〜": 0.25, "！": 0.0, "w": 0.0, "。": 0.5, report_plots.NO_SIGN: 0.25}
    assert sum(shares[PERSONA].values()) == pytest.approx(1.0)
