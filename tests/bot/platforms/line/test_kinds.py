"""Every kind of event in LINE's own specification has its row in the table."""

import yaml

from bot.platforms.line.kinds import KINDS, Does, what_to_do
from tests.shared import SHARED, needs_shared
from tests.standins.line_spec import SPECS

NEWER_THAN_THE_SPEC = {"messageEdited"}


@needs_shared
def test_every_kind_of_lines_specification_is_handled_or_deliberately_ignored() -> None:
    document = yaml.load((SHARED / SPECS / "webhook.yml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    kinds = set(document["components"]["schemas"]["Event"]["discriminator"]["mapping"])
    assert set(KINDS) == kinds | NEWER_THAN_THE_SPEC


def test_what_line_invents_later_gets_nothing() -> None:
    assert what_to_do("hologram") is Does.NOTHING
