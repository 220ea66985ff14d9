"""A large archive becomes a data set in little time and memory. Prints what it measured: pytest -m slow -s FILE."""

import json
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.train.exports import account_js, tweet, zip_file

NUM_TWEETS = 100_000
MAX_SECONDS = 60
MAX_BYTES = 1 << 30
SUBJECTS = "麻雀 ラーメン 銭湯 布団 課題 研究室 バイト 終電 珈琲 筋トレ 猫 雨 桜 花火 温泉 締切".split()  # noqa: SIM905
VERBS = "やばい 最高だわ しんどい 楽しすぎる 眠い 無理かも 行きたい 忘れてた 食べた 終わらん".split()  # noqa: SIM905
PLACES = "家で 駅前で 大学で 渋谷で 夜中に 朝から 今日も 昨日は 来週 一人で 山田くんと 先輩と".split()  # noqa: SIM905
ENDINGS = "〜〜〜 ！ w ww 。 … んだよね って話 っす".split()  # noqa: SIM905


def archive(path: Path) -> Path:
    """An archive whose entries are as bulky as real ones: about 1.5 kB each."""
    chance = random.Random(0)
    link = {"url": "https://t.co/AbCdEfGhIj", "expanded_url": "https://example.com/" + "x" * 60, "indices": ["0", "23"]}
    entries = []
    for number in range(NUM_TWEETS):
        words = [chance.choice(PLACES), chance.choice(SUBJECTS), chance.choice(SUBJECTS), "が", chance.choice(VERBS)]
        text = "".join(words) + chance.choice(ENDINGS)
        if chance.random() < 0.8:
            text += f" {chance.randrange(10**6)}回目"
        if chance.random() < 0.2:
            text = "RT @someone: " + text
        if chance.random() < 0.3:
            text = "@minori_x " + text + " https://t.co/AbCdEfGhIj"
        entries.append(
            {"tweet": tweet(number % 30_000, text, id_str=str(10**18 + number), entities={"urls": [link] * 4})}
        )
    content = "window.YTD.tweets.part0 = " + json.dumps(entries, ensure_ascii=False, indent=2)
    return zip_file(path, {"data/tweets.js": content, "data/account.js": account_js()})


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_hundred_thousand_tweets_take_less_than_a_minute_and_a_gigabyte(tmp_path: Path) -> None:
    path = archive(tmp_path / "archive.zip")
    code = "import sys; from pathlib import Path; from train.dataset import build;"
    code += "build([Path(sys.argv[1])], speaker=None, out=Path(sys.argv[2]))"
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", code, str(path), str(tmp_path / "data")], check=True)
    seconds = time.monotonic() - started
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = usage.ru_utime + usage.ru_stime
    peak_bytes = usage.ru_maxrss * 1024
    card = json.loads((tmp_path / "data" / "card.json").read_text(encoding="utf-8"))
    kept = card["num_utterances"]
    measured = f"{seconds:.1f} s wall, {cpu_s:.1f} s CPU, {peak_bytes >> 20} MiB"
    sys.stderr.write(f"{NUM_TWEETS} tweets: {measured}, kept {card['num_utterances']}\n")
    assert card["sources"][0]["read"] == NUM_TWEETS
    assert cpu_s < MAX_SECONDS  # processor time: other work on the machine does not count
    assert peak_bytes < MAX_BYTES
