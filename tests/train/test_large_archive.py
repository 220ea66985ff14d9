"""A large archive becomes a data set in little time and memory. Prints what it measured: pytest -m slow -s FILE."""

import json
import random
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.train.exports import account_js, tweet

NUM_TWEETS = 100_000
MAX_SECONDS = 60
MAX_BYTES = 1 << 30
SUBJECTS = "麻雀 ラーメン 銭湯 布団 課題 研究室 バイト 終電 珈琲 筋トレ 猫 雨 桜 花火 温泉 締切".split()  # noqa: SIM905
VERBS = "やばい 最高だわ しんどい 楽しすぎる 眠い 無理かも 行きたい 忘れてた 食べた 終わらん".split()  # noqa: SIM905
PLACES = "家で 駅前で 大学で 渋谷で 夜中に 朝から 今日も 昨日は 来週 一人で 山田くんと 先輩と".split()  # noqa: SIM905
ENDINGS = "〜〜〜 ！ w ww 。 … んだよね って話 っす".split()  # noqa: SIM905


def entries() -> Iterator[dict[str, Any]]:
    """Tweets as bulky as real ones: about 1.5 kB each."""
    chance = random.Random(0)
    link = {"url": "https://t.co/AbCdEfGhIj", "expanded_url": "https://example.com/" + "x" * 60, "indices": ["0", "23"]}
    for number in range(NUM_TWEETS):
        words = [chance.choice(PLACES), chance.choice(SUBJECTS), chance.choice(SUBJECTS), "が", chance.choice(VERBS)]
        text = "".join(words) + chance.choice(ENDINGS)
        if chance.random() < 0.8:
            text += f" {chance.randrange(10**6)}回目"
        if chance.random() < 0.2:
            text = "RT @someone: " + text
        if chance.random() < 0.3:
            text = "@minori_x " + text + " https://t.co/AbCdEfGhIj"
        yield {"tweet": tweet(number % 30_000, text, id_str=str(10**18 + number), entities={"urls": [link] * 4})}


def archive(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("data/account.js", account_js())
        with packed.open("data/tweets.js", "w") as file:
            file.write(b"window.YTD.tweets.part0 = [\n")
            for number, entry in enumerate(entries()):
                file.write((",\n" * bool(number) + json.dumps(entry, ensure_ascii=False, indent=2)).encode())
            file.write(b"]\n")
    return path


BUILD = """
import json, resource, sys, time
from pathlib import Path
from train.dataset import build
card = build([Path(sys.argv[1])], speaker=None, out=Path(sys.argv[2]))
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(json.dumps({"cpu_s": time.process_time(), "peak_bytes": int(peak.split()[1]) << 10,
                  "read": card.sources[0].read, "kept": card.num_utterances}))
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_hundred_thousand_tweets_take_less_than_a_minute_and_a_gigabyte(tmp_path: Path) -> None:
    path = archive(tmp_path / "archive.zip")
    started = time.monotonic()
    command = [sys.executable, "-c", BUILD, str(path), str(tmp_path / "data")]
    measured = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    sys.stderr.write(f"{NUM_TWEETS} tweets: {time.monotonic() - started:.1f} s wall, {measured}\n")
    assert measured["read"] == NUM_TWEETS
    assert measured["cpu_s"] < MAX_SECONDS  # processor time: other work on the machine does not count
    assert measured["peak_bytes"] < MAX_BYTES
