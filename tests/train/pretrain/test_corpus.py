from pathlib import Path

from train.pretrain.corpus import CHUNK_CHARS, REGISTERS, SOURCES, Document, Kind, Source, documents

CHAT = next(source for source in SOURCES if source.register == "chat")


def test_no_document_is_both_held_out_and_trained_on(corpora: Path) -> None:
    for source in SOURCES:
        trained = set(documents(corpora, source))
        held_out = set(documents(corpora, source, held_out=True))
        assert not trained & held_out
        assert len(trained) + len(held_out) == 300


def test_only_sources_with_a_register_hold_documents_out(corpora: Path) -> None:
    for source in SOURCES:
        held_out = list(documents(corpora, source, held_out=True))
        assert bool(source.register) or not held_out
    assert {source.register for source in SOURCES if source.register} == set(REGISTERS)


def test_a_document_is_held_out_by_its_text_and_not_by_its_place() -> None:
    keys = [f"会話{n}" for n in range(1000)]
    first = {key for key in keys if CHAT.holds_out(key)}
    assert first == {key for key in reversed(keys) if CHAT.holds_out(key)}
    assert 1 <= len(first) <= 30


def test_a_long_work_is_cut_at_line_ends_without_losing_a_line(tmp_path: Path) -> None:
    lines = [f"{number}行目の文がここにある。" * 3 for number in range(200)]
    source = Source(name="novel", file="novel.txt", kind=Kind.PROSE)
    (tmp_path / "novel.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    chunks = [document.parts[0] for document in documents(tmp_path, source)]
    assert "\n".join(chunks).split("\n") == lines
    assert max(map(len, chunks)) <= CHUNK_CHARS + len(chunks[0].split("\n"))


def test_a_line_longer_than_a_chunk_is_cut_at_ends_of_sentences_without_losing_one(tmp_path: Path) -> None:
    line = "".join(f"これは{number}番目の文で、「そうだね。」と言う。" for number in range(100))
    source = Source(name="novel", file="novel.txt", kind=Kind.PROSE)
    (tmp_path / "novel.txt").write_text(line + "\n", encoding="utf-8")
    chunks = [document.parts[0] for document in documents(tmp_path, source)]
    assert "".join(chunks) == line
    assert len(chunks) > 1
    assert all(len(chunk) <= CHUNK_CHARS and chunk.endswith(("。", "」")) for chunk in chunks)


def test_text_is_written_as_the_project_writes_it() -> None:
    document = Document(Kind.DIALOGUE, ("まじか～～～～!?", "  "))
    assert document.normalised().parts == ("まじか〜〜！？",)
