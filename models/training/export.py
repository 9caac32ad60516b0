"""Writes trained weights as the GGUF files that the program ships: 8-bit layers, and the frozen 4-bit rows of the
pieces that are kept of the vocabulary.

Kept are the pieces that Swedish text needs (every piece that splits the word list or the training texts into tokens),
and the most probable pieces in the scripts of the pages' languages: Latin, Cyrillic as Ukrainian writes it, Arabic and
Persian. Pieces in other scripts become unknown. Swedish text keeps exactly the tokens that it had.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from encoder import LAYER_NORMS, LAYER_PARTS, UnigramTokenizer
from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter
from gguf.quants import quantize

LATIN = set("abcdefghijklmnopqrstuvwxyzåäöéèêëüáàâíìóòôúùçñøæąćęłńóśźżšž")
CYRILLIC = set("абвгґдеєжзиіїйклмнопрстуфхцчшщьюяыэёъ")
KEPT = {"latin": 42_000, "cyrillic": 7_000, "arabic": 6_000}


def script(piece: str) -> str:
    """The one script of a piece; `none` for digits and signs, `other` for what is not kept or mixed."""
    found = set()
    for character in piece.replace("▁", "").lower():
        if character in LATIN:
            found.add("latin")
        elif character in CYRILLIC:
            found.add("cyrillic")
        elif "\u0600" <= character <= "\u06ff":
            found.add("arabic")
        elif character.isalpha():
            found.add("other")
    if len(found) > 1 or "other" in found:
        return "other"
    return found.pop() if found else "none"


def kept_pieces(tokenizer: UnigramTokenizer, texts: list[str]) -> list[int]:
    """Old ids of the pieces to keep, in their old order."""
    keep = {tokenizer.begin, tokenizer.padding, tokenizer.end, tokenizer.unknown}
    for text in texts:
        keep.update(tokenizer.content(text))
    room = dict(KEPT)
    # Pieces stand in the order of their probability.
    for index, piece in enumerate(tokenizer.pieces):
        kind = script(piece)
        if kind == "none" and piece != "<mask>" and not (0x2E80 <= ord(piece[-1]) < 0xE000):
            keep.add(index)
        elif room.get(kind, 0) > 0:
            room[kind] -= 1
            keep.add(index)
    return sorted(keep)


def words_of(dictionary: Path) -> list[str]:
    """The words of a hunspell dictionary, each alone and with a capital."""
    lines = dictionary.read_text(encoding="utf-8", errors="replace").splitlines()[1:]
    words = [line.split("/")[0].split("\t")[0].strip() for line in lines]
    return [form for word in words if word for form in (word, word.capitalize())]


def strings(value: object) -> list[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for part in value for text in strings(part)]
    if isinstance(value, dict):
        return [text for part in value.values() for text in strings(part)]
    return []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", type=Path, required=True, help="multilingual-e5-small as GGUF")
    parser.add_argument("--weights", type=Path, required=True, help="weights of one of the two training scripts")
    parser.add_argument("--pairs", type=Path, default=Path(__file__).parent / "pairs")
    parser.add_argument("--words", type=Path, default=Path("/usr/share/hunspell/sv_SE.dic"))
    parser.add_argument("--name", required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    reader = GGUFReader(arguments.base)
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    tokenizer = UnigramTokenizer(reader)
    texts = words_of(arguments.words)
    for file in sorted(arguments.pairs.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            texts += strings(json.loads(line))
    keep = kept_pieces(tokenizer, texts)
    weights: dict[str, torch.Tensor] = torch.load(arguments.weights)
    reranker = any(name.startswith("passage_head") for name in weights)
    prefix = "encoder." if reranker else ""
    layers = 1 + max(int(name.split("blk.")[1].split(".")[0]) for name in weights if "blk." in name)

    writer = GGUFWriter(arguments.out, "bert")
    writer.add_name(arguments.name)

    def number(name: str) -> int:
        return int(reader.fields[f"bert.{name}"].contents())

    writer.add_uint32("bert.block_count", layers)
    for name in ("context_length", "embedding_length", "feed_forward_length", "attention.head_count"):
        writer.add_uint32(f"bert.{name}", number(name))
    epsilon = float(reader.fields["bert.attention.layer_norm_epsilon"].contents())
    writer.add_float32("bert.attention.layer_norm_epsilon", epsilon)
    writer.add_string("tokenizer.ggml.model", str(reader.fields["tokenizer.ggml.model"].contents()))
    writer.add_array("tokenizer.ggml.tokens", [tokenizer.pieces[i] for i in keep])
    writer.add_array("tokenizer.ggml.scores", [float(tokenizer.scores[i]) for i in keep])
    writer.add_array(
        "tokenizer.rutinlots.character_map", reader.fields["tokenizer.rutinlots.character_map"].contents()
    )
    new = {old: index for index, old in enumerate(keep)}
    marks = (("bos", tokenizer.begin), ("eos", tokenizer.end), ("padding", tokenizer.padding))
    for name, old in (*marks, ("unknown", tokenizer.unknown)):
        writer.add_uint32(f"tokenizer.ggml.{name}_token_id", new[old])

    rows = np.ascontiguousarray(tensors["token_embd.weight"].data[keep])
    writer.add_tensor("token_embd.weight", rows, raw_dtype=GGMLQuantizationType.Q4_0)
    for name in ("position_embd.weight", "token_types.weight"):
        width = number("embedding_length")
        writer.add_tensor(name, np.ascontiguousarray(tensors[name].data, dtype=np.float32).reshape(-1, width))

    def add(name: str, matrix: bool) -> None:
        values = weights[prefix + name].float().numpy()
        if matrix:
            blocks = quantize(values, GGMLQuantizationType.Q8_0)
            writer.add_tensor(name, blocks, raw_dtype=GGMLQuantizationType.Q8_0)
        else:
            writer.add_tensor(name, values)

    for part in ("weight", "bias"):
        add(f"token_embd_norm.{part}", matrix=False)
    for layer in range(layers):
        for part in LAYER_PARTS:
            add(f"blk.{layer}.{part}.weight", matrix=True)
            add(f"blk.{layer}.{part}.bias", matrix=False)
        for part in LAYER_NORMS:
            add(f"blk.{layer}.{part}.weight", matrix=False)
            add(f"blk.{layer}.{part}.bias", matrix=False)
    if reranker:
        for index, head in enumerate(("passage", "unit")):
            writer.add_tensor(f"rerank.{head}.scale", weights["scales"][index : index + 1].float().numpy())
            for part in ("weight", "bias"):
                writer.add_tensor(f"rerank.{head}.{part}", weights[f"{head}_head.{part}"].float().numpy().reshape(-1))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    print(f"{len(keep)} pieces, {layers} layers, {arguments.out.stat().st_size} bytes")


if __name__ == "__main__":
    sys.exit(main())
