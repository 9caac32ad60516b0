"""Tiny GGUF models with random weights, and what llama.cpp computes with them.

For architectures whose real weights are not at hand, and for tests that must run without a download. Each model
has a hidden size of 256 and a vocabulary of 320, and is written as `<name>.gguf` with `<name>.json` beside it:
prompt ids, every logit at the prompt's last position, 30 greedy ids, and the ids of a few texts.

The file holds quantised or f16 matrices. `logits` are llama.cpp's for the file as it is (activations rounded to
8 bits or f16 on the way); `logits_exact` are llama.cpp's for the same weights dequantised to f32, and are what an
f32 implementation must meet closely.

Usage: make_tiny_gguf.py [--out FOLDER] [--only NAME ...]. Needs the PyPI packages gguf, numpy and llama-cpp-python.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import numpy.typing as npt
from gguf import GGMLQuantizationType, TokenType

import reference_json
from llama_engine import SETTINGS, Engine, exact_copy

Array = npt.NDArray[np.float32]

HIDDEN = 256
VOCAB = 320
CONTEXT = 512
HEADS = 4
KV_HEADS = 2
PROMPT_TOKENS = 41
GREEDY_TOKENS = 30
PROMPTS_TRIED = 4000
GOOD_MARGIN = 0.35
VARIETY = 10

Q4_0, Q8_0, F16 = GGMLQuantizationType.Q4_0, GGMLQuantizationType.Q8_0, GGMLQuantizationType.F16

TEXTS = [
    "",
    " ",
    "  två  mellanslag ",
    "Det är den här rutinen",
    "och det ska dokumenteras i journalen.",
    "ÅÄÖ åäö éü",
    "a\u030a nedbruten",
    "rad ett\nrad två\n\nstycke\tflik",
    "kl. 07.00–16.00, 13 §",
    "🙂 ½",
    "<s>det</s>",
    "<|im_start|>user\ndet<|im_end|>\n",
    "<start_of_turn>user\ndet<end_of_turn>\n",
    "<|user|>\ndet<|end|>\n<|assistant|>\n",
    "it's DON'T 1234567",
    "a ▁b",
]


@dataclass(frozen=True)
class Tokenizer:
    """A vocabulary with the metadata that tells llama.cpp how to use it."""

    kind: str
    pre: str
    tokens: list[str]
    types: list[TokenType]
    bos: int
    eos: int
    add_bos: bool
    scores: list[float] = field(default_factory=list)
    merges: list[str] = field(default_factory=list)
    unk: int | None = None
    add_space_prefix: bool | None = None


@dataclass(frozen=True)
class Model:
    """What distinguishes one tiny model from the next."""

    name: str
    arch: str
    title: str
    tokenizer: Tokenizer
    layers: int = 3
    kv_heads: int = KV_HEADS
    head_size: int = HIDDEN // HEADS
    feed_forward: int = 512
    attention_type: GGMLQuantizationType = Q8_0
    feed_forward_type: GGMLQuantizationType = Q8_0
    embedding_type: GGMLQuantizationType = Q8_0
    tied: bool = False
    rope_size: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def exact_tolerance(self) -> float:
        """How closely an f32 implementation can meet `logits_exact`: llama.cpp looks GELU up in an f16 table."""
        return 0.02 if self.arch == "gemma3" else 0.0005

    @property
    def rotated(self) -> int:
        """How many values of a head the rotary embedding turns."""
        return self.rope_size or self.head_size


LETTERS = "etarnisldokmgvfhupäbcåöyjxwzqé"
MERGED = (
    "en er ar an st de te in ör ing är et att ra ▁d ▁de ▁det ▁den ▁s ▁i ▁in ▁a ▁är ▁att ▁o ▁oc ▁och ▁f ▁för ska ▁ska"
).split()


def sentencepiece(specials: list[str], user_defined: list[str], *, space_prefix: bool | None) -> Tokenizer:
    """A SentencePiece (BPE) vocabulary: specials, 256 byte tokens, letters and a few merged pieces."""
    tokens = list(specials)
    types = [TokenType.UNKNOWN if t == "<unk>" else TokenType.CONTROL for t in specials]
    scores = [-1000.0] * len(specials)

    def add(texts: list[str], kind: TokenType, first_score: float, step: float) -> None:
        for rank, text in enumerate(texts):
            tokens.append(text)
            types.append(kind)
            scores.append(first_score + step * rank)

    add(user_defined, TokenType.USER_DEFINED, -1000.0, 0.0)
    add([f"<0x{b:02X}>" for b in range(256)], TokenType.BYTE, -1000.0, 0.0)
    # As in real vocabularies a merged piece's score is minus its rank, and single characters come last.
    room = VOCAB - len(tokens)
    letters = ["▁", *LETTERS][: room - 24]
    reachable = set(letters)
    merged: list[str] = []
    for piece in MERGED:
        halves = [(piece[:i], piece[i:]) for i in range(1, len(piece))]
        if any(a in reachable and b in reachable for a, b in halves) and len(merged) < room - len(letters):
            merged.append(piece)
            reachable.add(piece)
    add(merged, TokenType.NORMAL, 0.0, -1.0)
    add(letters, TokenType.NORMAL, -1e3, -1.0)
    add([f"<unused{i}>" for i in range(VOCAB - len(tokens))], TokenType.UNUSED, -1e4, 0.0)
    return Tokenizer(
        kind="llama",
        pre="default",
        tokens=tokens,
        types=types,
        scores=scores,
        bos=specials.index("<bos>" if "<bos>" in specials else "<s>"),
        eos=specials.index("<eos>" if "<eos>" in specials else "</s>"),
        unk=specials.index("<unk>"),
        add_bos=True,
        add_space_prefix=space_prefix,
    )


def byte_alphabet() -> list[str]:
    """GPT-2's visible stand-in for each of the 256 bytes."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [b for b in range(256) if b not in visible]
    table = {b: chr(b) for b in visible} | {b: chr(256 + n) for n, b in enumerate(hidden)}
    return [table[b] for b in range(256)]


def byte_level(pre: str, specials: list[str], *, bos: str, eos: str, add_bos: bool) -> Tokenizer:
    """A byte-level BPE vocabulary: the byte alphabet, a few merges, specials last."""
    alphabet = byte_alphabet()
    known = set(alphabet)
    merges: list[str] = []
    pieces: list[str] = []
    wanted = ["å", "ä", "ö", "  ", "12", "\n\n", "on", "om", "ll", "journal", "t's", *MERGED, "rutin", "um", "▁en"]
    for text in wanted:
        symbols = [alphabet[b] for b in text.replace("▁", " ").encode()]
        while len(symbols) > 1:
            pair = next((i for i in range(len(symbols) - 1) if symbols[i] + symbols[i + 1] in known), 0)
            joined = symbols[pair] + symbols[pair + 1]
            if joined not in known:
                known.add(joined)
                pieces.append(joined)
                merges.append(f"{symbols[pair]} {symbols[pair + 1]}")
            symbols[pair : pair + 2] = [joined]
    room = VOCAB - len(alphabet) - len(specials)
    pieces, merges = pieces[:room], merges[:room]
    fillers = [f"<|unused_{i}|>" for i in range(room - len(pieces))]
    tokens = alphabet + pieces + specials + fillers
    types = [TokenType.NORMAL] * (len(alphabet) + len(pieces))
    types += [TokenType.CONTROL] * len(specials) + [TokenType.UNUSED] * len(fillers)
    return Tokenizer(
        kind="gpt2",
        pre=pre,
        tokens=tokens,
        types=types,
        merges=merges,
        bos=tokens.index(bos),
        eos=tokens.index(eos),
        add_bos=add_bos,
    )


def models() -> list[Model]:
    """The models to write."""
    spm_llama = sentencepiece(["<unk>", "<s>", "</s>"], [], space_prefix=None)
    spm_phi = sentencepiece(
        ["<unk>", "<s>", "</s>", "<|endoftext|>", "<|assistant|>", "<|user|>", "<|end|>"],
        [],
        space_prefix=None,
    )
    spm_gemma = sentencepiece(
        ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"],
        ["\n", "\n\n", "  "],
        space_prefix=False,
    )
    chat = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    bpe_qwen = byte_level("qwen2", chat, bos="<|endoftext|>", eos="<|im_end|>", add_bos=False)
    llama3 = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
    bpe_llama = byte_level("llama-bpe", llama3, bos="<|begin_of_text|>", eos="<|eot_id|>", add_bos=True)
    return [
        Model(
            "llama",
            "llama",
            "Tiny random Llama",
            spm_llama,
            attention_type=F16,
            embedding_type=F16,
            extra={"rope.freq_base": 10000.0},
        ),
        Model(
            "llama3",
            "llama",
            "Tiny random Llama with frequency factors",
            bpe_llama,
            layers=2,
            feed_forward=256,
            attention_type=Q4_0,
            feed_forward_type=Q4_0,
            tied=True,
            extra={"rope.freq_base": 500000.0},
        ),
        Model(
            "qwen2",
            "qwen2",
            "Tiny random Qwen2",
            bpe_qwen,
            tied=True,
            extra={"rope.freq_base": 1000000.0},
        ),
        Model(
            "qwen3",
            "qwen3",
            "Tiny random Qwen3",
            bpe_qwen,
            head_size=128,
            attention_type=Q4_0,
            feed_forward_type=Q4_0,
            tied=True,
            extra={"rope.freq_base": 1000000.0},
        ),
        Model(
            "phi3",
            "phi3",
            "Tiny random Phi-3",
            spm_phi,
            attention_type=Q4_0,
            feed_forward_type=Q4_0,
            extra={"rope.freq_base": 10000.0, "rope.scaling.original_context_length": CONTEXT},
        ),
        Model(
            "phi3-longrope",
            "phi3",
            "Tiny random Phi-3 with long and short factors",
            spm_phi,
            layers=2,
            feed_forward=256,
            attention_type=Q4_0,
            feed_forward_type=Q4_0,
            tied=True,
            rope_size=48,
            extra={
                "rope.freq_base": 10000.0,
                "rope.scaling.original_context_length": CONTEXT,
                "rope.scaling.attn_factor": 1.1902381,
            },
        ),
        Model(
            "gemma3",
            "gemma3",
            "Tiny random Gemma 3",
            spm_gemma,
            layers=7,
            head_size=128,
            attention_type=Q4_0,
            feed_forward_type=Q4_0,
            tied=True,
            extra={
                "rope.freq_base": 1000000.0,
                "rope.scaling.type": "linear",
                "rope.scaling.factor": 8.0,
                "attention.sliding_window": 16,
            },
        ),
    ]


class Weights:
    """Draws tensors from one seeded generator, in a fixed order."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)

    def normal(self, *shape: int, std: float) -> Array:
        """Normally distributed values around 0."""
        return (self._random.standard_normal(shape) * std).astype(np.float32)

    def matrix(self, rows: int, columns: int, gain: float = 1.0) -> Array:
        """A matrix that keeps the size of a unit input, times `gain`."""
        return self.normal(rows, columns, std=gain / columns**0.5)

    def norm(self, size: int, mean: float = 1.0) -> Array:
        """Norm weights around `mean`."""
        return self.normal(size, std=0.2 * mean) + np.float32(mean)


def layer_tensors(model: Model, draw: Weights) -> dict[str, tuple[Array, GGMLQuantizationType]]:
    """The tensors of one layer, named without the `blk.N.` in front."""
    f32 = GGMLQuantizationType.F32
    query, key = HEADS * model.head_size, model.kv_heads * model.head_size
    gemma = model.arch == "gemma3"
    out: dict[str, tuple[Array, GGMLQuantizationType]] = {}
    out["attn_norm.weight"] = draw.norm(HIDDEN), f32
    q, k, v = draw.matrix(query, HIDDEN, 1.2), draw.matrix(key, HIDDEN, 1.2), draw.matrix(key, HIDDEN)
    if model.arch == "phi3":
        out["attn_qkv.weight"] = np.concatenate([q, k, v]), model.attention_type
    else:
        out["attn_q.weight"] = q, model.attention_type
        out["attn_k.weight"] = k, model.attention_type
        out["attn_v.weight"] = v, model.attention_type
    if model.arch == "qwen2":
        out["attn_q.bias"] = draw.normal(query, std=0.7), f32
        out["attn_k.bias"] = draw.normal(key, std=0.7), f32
        out["attn_v.bias"] = draw.normal(key, std=0.3), f32
    if model.arch in ("qwen3", "gemma3"):
        out["attn_q_norm.weight"] = draw.norm(model.head_size, 1.2), f32
        out["attn_k_norm.weight"] = draw.norm(model.head_size, 1.2), f32
    out["attn_output.weight"] = draw.matrix(HIDDEN, query), model.attention_type
    if gemma:
        out["post_attention_norm.weight"] = draw.norm(HIDDEN, 0.7), f32
    out["ffn_norm.weight"] = draw.norm(HIDDEN), f32
    gate = draw.matrix(model.feed_forward, HIDDEN)
    up = draw.matrix(model.feed_forward, HIDDEN)
    if model.arch == "phi3":
        out["ffn_up.weight"] = np.concatenate([gate, up]), model.feed_forward_type
    else:
        out["ffn_gate.weight"] = gate, model.feed_forward_type
        out["ffn_up.weight"] = up, model.feed_forward_type
    out["ffn_down.weight"] = draw.matrix(HIDDEN, model.feed_forward), model.feed_forward_type
    if gemma:
        out["post_ffw_norm.weight"] = draw.norm(HIDDEN, 0.7), f32
    return out


def llama3_factors(base: float, size: int) -> Array:
    """Llama 3.1's frequency factors, for a first context short enough to matter in a prompt of 40 tokens."""
    factor, low, high, first_context = 8.0, 1.0, 4.0, 64.0
    frequencies = 1.0 / base ** (np.arange(0, size, 2) / size)
    turns = first_context * frequencies / (2.0 * np.pi)
    smooth = np.clip((turns - low) / (high - low), 0.0, 1.0)
    return (1.0 / ((1.0 - smooth) / factor + smooth)).astype(np.float32)


def tensors(model: Model, seed: int) -> dict[str, tuple[Array, GGMLQuantizationType]]:
    """All tensors of `model`."""
    f32 = GGMLQuantizationType.F32
    draw = Weights(seed)
    gemma = model.arch == "gemma3"
    out: dict[str, tuple[Array, GGMLQuantizationType]] = {}
    # A tied embedding is also the output matrix: kept small, so that a token does not simply repeat itself, with
    # the last norm's weights making up for it.
    embedding = 0.02 if gemma else 0.08 if model.tied else 0.5
    out["token_embd.weight"] = draw.normal(VOCAB, HIDDEN, std=embedding), model.embedding_type
    if model.name == "llama3":
        out["rope_freqs.weight"] = llama3_factors(model.extra["rope.freq_base"], model.rotated), f32
    if model.name == "phi3-longrope":
        pairs = np.arange(model.rotated // 2, dtype=np.float32)
        out["rope_factors_long.weight"] = 1.0 + pairs, f32
        out["rope_factors_short.weight"] = 1.0 + pairs / 16.0, f32
    for number in range(model.layers):
        for name, tensor in layer_tensors(model, draw).items():
            out[f"blk.{number}.{name}"] = tensor
    out["output_norm.weight"] = draw.norm(HIDDEN, 8.0 if gemma else 2.0 if model.tied else 1.0), f32
    if not model.tied:
        out["output.weight"] = draw.normal(VOCAB, HIDDEN, std=0.16), model.embedding_type
    return out


def write_gguf(model: Model, path: Path, seed: int) -> None:
    """Write `model` as a GGUF file."""
    writer = gguf.GGUFWriter(path, model.arch)
    writer.add_name(model.title)
    writer.add_block_count(model.layers)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(model.feed_forward)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(model.kv_heads)
    writer.add_layer_norm_rms_eps(1e-6)
    if model.head_size * HEADS != HIDDEN:
        writer.add_key_length(model.head_size)
        writer.add_value_length(model.head_size)
    if model.arch in ("llama", "phi3"):
        writer.add_rope_dimension_count(model.rotated)
    for key, value in model.extra.items():
        full = f"{model.arch}.{key}"
        if isinstance(value, str):
            writer.add_string(full, value)
        elif isinstance(value, int):
            writer.add_uint32(full, value)
        else:
            writer.add_float32(full, value)

    tokenizer = model.tokenizer
    writer.add_vocab_size(VOCAB)
    writer.add_tokenizer_model(tokenizer.kind)
    writer.add_tokenizer_pre(tokenizer.pre)
    writer.add_token_list(tokenizer.tokens)
    writer.add_token_types(tokenizer.types)
    if tokenizer.scores:
        writer.add_token_scores(tokenizer.scores)
    if tokenizer.merges:
        writer.add_token_merges(tokenizer.merges)
    writer.add_bos_token_id(tokenizer.bos)
    writer.add_eos_token_id(tokenizer.eos)
    if tokenizer.unk is not None:
        writer.add_unk_token_id(tokenizer.unk)
    writer.add_add_bos_token(tokenizer.add_bos)
    if tokenizer.add_space_prefix is not None:
        writer.add_add_space_prefix(tokenizer.add_space_prefix)

    for name, (values, kind) in tensors(model, seed).items():
        writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def rounded(values: npt.NDArray[np.float32]) -> list[float]:
    """Five decimals."""
    return [round(float(v), 5) for v in values]


def choose_prompt(model: Model, file: Engine, exact: Engine, seed: int) -> list[int]:
    """A prompt with a varied greedy path that rounding does not tip over: the first good one, or the best tried."""
    random = np.random.default_rng(seed)
    ordinary = [
        i
        for i, kind in enumerate(model.tokenizer.types)
        if kind in (TokenType.NORMAL, TokenType.BYTE, TokenType.USER_DEFINED)
    ]
    best: tuple[float, list[int]] = (0.0, [])
    for _ in range(PROMPTS_TRIED):
        ids = [model.tokenizer.bos, *(int(i) for i in random.choice(ordinary, PROMPT_TOKENS - 1))]
        path = exact.continue_greedily(exact.prompt_logits(ids), GREEDY_TOKENS, least_margin=best[0])
        if len(path.ids) < GREEDY_TOKENS or len(set(path.ids)) < VARIETY:
            continue
        if file.continue_greedily(file.prompt_logits(ids), GREEDY_TOKENS).ids == path.ids:
            best = (min(path.margins), ids)
            if best[0] >= GOOD_MARGIN:
                break
    if not best[1]:
        raise RuntimeError(f"{model.name}: no stable prompt found")
    return best[1]


def reference(model: Model, path: Path, seed: int) -> dict[str, Any]:
    """What llama.cpp computes with the file at `path`."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "exact.gguf"
        exact_copy(path, copy)
        file, exact = (Engine(p, CONTEXT, threads=1) for p in (path, copy))
        prompt = choose_prompt(model, file, exact, seed)
        logits, logits_exact = file.prompt_logits(prompt), exact.prompt_logits(prompt)
        greedy = exact.continue_greedily(exact.prompt_logits(prompt), GREEDY_TOKENS)
        texts = [
            {
                "text": text,
                "plain": file.tokenize(text, add_bos=False, parse_special=False),
                "special": file.tokenize(text, add_bos=True, parse_special=True),
            }
            for text in TEXTS
        ]
        result = {
            "model": path.name,
            "settings": SETTINGS,
            "prompt_ids": prompt,
            "greedy_ids": greedy.ids,
            "greedy_text": file.text(greedy.ids),
            "smallest_greedy_margin": round(min(greedy.margins), 4),
            "exact_tolerance": model.exact_tolerance,
            "largest_difference_of_logits": round(float(np.abs(logits - logits_exact).max()), 5),
            "logits_exact": rounded(logits_exact),
            "logits": rounded(logits),
            "end_ids": file.end_ids(),
            "texts": texts,
        }
        file.close()
        exact.close()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "tiny")
    parser.add_argument("--only", nargs="*", help="names of models; all of them if left out")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for number, model in enumerate(models()):
        if arguments.only and model.name not in arguments.only:
            continue
        seed = 20261121 + number
        path = arguments.out / f"{model.name}.gguf"
        write_gguf(model, path, seed)
        result = reference(model, path, seed)
        reference_json.write(path.with_suffix(".json"), result)
        spread = np.array(result["logits_exact"])
        print(
            f"{model.name}: {path.stat().st_size / 1e6:.2f} MB, logits {spread.min():.1f}..{spread.max():.1f}, "
            f"as stored vs exact {result['largest_difference_of_logits']}, "
            f"smallest greedy margin {result['smallest_greedy_margin']}, "
            f"{len(set(result['greedy_ids']))} different greedy ids"
        )


if __name__ == "__main__":
    main()
