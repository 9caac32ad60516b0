"""A BERT encoder with a unigram tokenizer, read from the GGUF file that `rutinlots models fetch` makes.

What it computes is what `src/inference/embedder.rs` computes; `models/training/README.md` says how the two were held
against each other. Word, position and type embeddings are frozen: they are the larger half of the weights, hardly any
of their rows occur in so little text, and frozen rows can be shipped in the 4 bits that they came in.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import torch
from gguf import GGUFReader
from gguf.quants import dequantize
from tokenizers import Tokenizer, pre_tokenizers
from tokenizers.models import Unigram
from torch import nn
from torch.nn import functional as F

LAYER_PARTS = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_up", "ffn_down")
LAYER_NORMS = ("attn_output_norm", "layer_output_norm")


class UnigramTokenizer:
    """Token ids of text, special pieces never matching."""

    def __init__(self, reader: GGUFReader) -> None:
        field = reader.fields["tokenizer.ggml.tokens"]
        self.pieces: list[str] = field.contents()
        self.scores: list[float] = reader.fields["tokenizer.ggml.scores"].contents()
        entries = reader.fields["tokenizer.rutinlots.character_map"].contents()
        self.character_map = {ord(entry[0]): entry[2:] for entry in entries}

        def number(name: str) -> int:
            return int(reader.fields[f"tokenizer.ggml.{name}_token_id"].contents())

        self.begin, self.end, self.padding = number("bos"), number("eos"), number("padding")
        self.unknown = number("unknown")
        specials = {self.begin, self.end, self.padding, self.unknown}
        if "<mask>" in self.pieces:
            specials.add(self.pieces.index("<mask>"))
        vocabulary = [
            (f"\ue000{i}" if i in specials else piece, score)
            for i, (piece, score) in enumerate(zip(self.pieces, self.scores))
        ]
        self._model = Tokenizer(Unigram(vocabulary, unk_id=self.unknown, byte_fallback=False))
        self._model.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")

    def content(self, text: str) -> list[int]:
        """Ids without begin and end marks."""
        text = unicodedata.normalize("NFC", text.strip()).translate(self.character_map)
        ids: list[int] = self._model.encode(re.sub(" +", " ", text).strip()).ids
        return ids

    def sequence(self, text: str, longest: int = 512) -> list[int]:
        """Ids of one text between the marks."""
        return [self.begin, *self.content(text)[: longest - 2], self.end]


class Layer(nn.Module):
    """One post-norm transformer layer."""

    def __init__(self, width: int, inner: int, heads: int, epsilon: float) -> None:
        super().__init__()
        self.heads = heads
        self.attn_q, self.attn_k = nn.Linear(width, width), nn.Linear(width, width)
        self.attn_v, self.attn_output = nn.Linear(width, width), nn.Linear(width, width)
        self.ffn_up, self.ffn_down = nn.Linear(width, inner), nn.Linear(inner, width)
        self.attn_output_norm = nn.LayerNorm(width, eps=epsilon)
        self.layer_output_norm = nn.LayerNorm(width, eps=epsilon)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape

        def split(linear: nn.Linear) -> torch.Tensor:
            return linear(x).view(batch, length, self.heads, width // self.heads).transpose(1, 2)

        # Written out: the fused kernel's backward pass takes half of a training step's time on a CPU.
        scores = split(self.attn_q) @ split(self.attn_k).transpose(2, 3) / math.sqrt(width // self.heads)
        mixed = scores.masked_fill(~mask, -1e4).softmax(-1).to(scores.dtype) @ split(self.attn_v)
        mixed = self.attn_output(mixed.transpose(1, 2).reshape(batch, length, width))
        x = self.attn_output_norm(x + mixed)
        inner = self.ffn_down(F.gelu(self.ffn_up(x)))
        out: torch.Tensor = self.layer_output_norm(x + inner)
        return out


class Encoder(nn.Module):
    """The encoder. `forward` takes padded ids `[batch, length]` and returns hidden states `[batch, length, width]`."""

    def __init__(self, path: Path, layers: Sequence[int] | None = None) -> None:
        super().__init__()
        reader = GGUFReader(path)
        tensors = {tensor.name: tensor for tensor in reader.tensors}

        def tensor(name: str) -> torch.Tensor:
            found = tensors[name]
            values = torch.from_numpy(dequantize(found.data, found.tensor_type).copy()).float()
            return values.reshape(*reversed([int(size) for size in found.shape]))

        def number(name: str) -> float:
            return float(reader.fields[f"bert.{name}"].contents())

        self.path = path
        self.tokenizer = UnigramTokenizer(reader)
        self.epsilon = number("attention.layer_norm_epsilon")
        self.width, self.inner = int(number("embedding_length")), int(number("feed_forward_length"))
        self.heads, self.context = int(number("attention.head_count")), int(number("context_length"))
        self.register_buffer("words", tensor("token_embd.weight"), persistent=False)
        self.register_buffer("positions", tensor("position_embd.weight"), persistent=False)
        self.register_buffer("types", tensor("token_types.weight")[0], persistent=False)
        self.token_embd_norm = nn.LayerNorm(self.width, eps=self.epsilon)
        self._fill(self.token_embd_norm, tensor, "token_embd_norm")
        count = int(number("block_count"))
        self.taken = list(range(count)) if layers is None else list(layers)
        self.blk = nn.ModuleList(Layer(self.width, self.inner, self.heads, self.epsilon) for _ in self.taken)
        for layer, index in zip(self.blk, self.taken):
            for part in (*LAYER_PARTS, *LAYER_NORMS):
                self._fill(getattr(layer, part), tensor, f"blk.{index}.{part}")

    @staticmethod
    def _fill(module: nn.Module, tensor: object, name: str) -> None:
        with torch.no_grad():
            module.weight.copy_(tensor(f"{name}.weight"))  # type: ignore[operator]
            module.bias.copy_(tensor(f"{name}.bias"))  # type: ignore[operator]

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        there = ids != self.tokenizer.padding
        mask = there[:, None, None, :]
        x = self.words[ids] + self.positions[: ids.shape[1]] + self.types
        x = self.token_embd_norm(x)
        for layer in self.blk:
            x = layer(x, mask)
        out: torch.Tensor = x
        return out

    def padded(self, sequences: Sequence[Sequence[int]]) -> torch.Tensor:
        """Sequences as one matrix."""
        longest = max(map(len, sequences))
        return torch.tensor([[*s, *[self.tokenizer.padding] * (longest - len(s))] for s in sequences])

    def vectors(self, sequences: Sequence[Sequence[int]], tokens: int = 4096) -> torch.Tensor:
        """Unit vectors `[sequences, width]`: mean over the tokens. Sequences of like length share a batch."""
        groups = of_like_length([len(sequence) for sequence in sequences], tokens)
        out: list[torch.Tensor] = []
        for group in groups:
            ids = self.padded([sequences[i] for i in group])
            hidden = self(ids).float()
            there = (ids != self.tokenizer.padding).float()[..., None]
            out.append(F.normalize((hidden * there).sum(1) / there.sum(1), dim=-1))
        order = [i for group in groups for i in group]
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(len(order))
        return torch.cat(out)[back]

    def embed(self, texts: Sequence[str], prefix: str) -> torch.Tensor:
        """Unit vectors of texts, without gradients."""
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            return self.vectors([self.tokenizer.sequence(prefix + text) for text in texts])


def of_like_length(lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """Indices in groups of at most `tokens` padded tokens, the shortest first, so that little padding is computed."""
    groups: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if groups and lengths[index] * (len(groups[-1]) + 1) <= tokens:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def learning_rate(step: int, steps: int, warmup: int) -> float:
    """Share of the highest rate: up linearly, down along a cosine."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))
