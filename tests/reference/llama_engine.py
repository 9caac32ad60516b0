"""The part of llama.cpp that the reference scripts share: load a GGUF, tokenise, read logits, decode greedily.

Everything runs on the CPU with flash attention off and an f32 key/value cache, so that the only
approximations left are those of the weights and of llama.cpp's own products with quantised weights. `exact_copy`
takes the latter away too: it writes the same weights, dequantised to f32.

Needs the PyPI packages llama-cpp-python and numpy.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from pathlib import Path

import llama_cpp
import numpy as np
import numpy.typing as npt

Logits = npt.NDArray[np.float32]

MAX_BATCH = 512

SETTINGS = {
    "llama_cpp_python": llama_cpp.__version__,
    "flash_attention": False,
    "kv_cache": "f32",
}


# Keeps llama.cpp's loading chatter off the terminal.
_drop_log = llama_cpp.llama_log_callback(lambda _level, _text, _user_data: None)

llama_cpp.llama_log_set(_drop_log, ctypes.c_void_p(0))
llama_cpp.llama_backend_init()


@dataclass(frozen=True)
class Greedy:
    """A greedy continuation, and how far the winner was ahead of the runner-up at each step."""

    ids: list[int]
    margins: list[float]


class Engine:
    """One loaded GGUF with one context."""

    def __init__(self, path: Path, context_length: int, threads: int = 2) -> None:
        self._model = llama_cpp.llama_model_load_from_file(str(path).encode(), llama_cpp.llama_model_default_params())
        if not self._model:
            raise RuntimeError(f"llama.cpp does not load {path.name}")
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = context_length
        params.n_batch = params.n_ubatch = min(context_length, MAX_BATCH)
        params.n_threads = params.n_threads_batch = threads
        params.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.type_k = params.type_v = llama_cpp.GGML_TYPE_F32
        self._context = llama_cpp.llama_init_from_model(self._model, params)
        if not self._context:
            raise RuntimeError(f"no llama.cpp context for {path.name}")
        self._vocab = llama_cpp.llama_model_get_vocab(self._model)
        self.vocab_size: int = llama_cpp.llama_vocab_n_tokens(self._vocab)
        self.adds_bos: bool = llama_cpp.llama_vocab_get_add_bos(self._vocab)

    def close(self) -> None:
        """Free the context and the weights."""
        llama_cpp.llama_free(self._context)
        llama_cpp.llama_model_free(self._model)

    def tokenize(self, text: str, *, add_bos: bool, parse_special: bool) -> list[int]:
        """Token ids of `text`; `add_bos` adds a BOS only where the model's metadata asks for one."""
        raw = text.encode()
        buffer = (llama_cpp.llama_token * (len(raw) + 8))()
        count = llama_cpp.llama_tokenize(self._vocab, raw, len(raw), buffer, len(buffer), add_bos, parse_special)
        if count < 0:
            raise RuntimeError("token buffer too small")
        return list(buffer[:count])

    def text(self, ids: list[int]) -> str:
        """The text of `ids`, special tokens written out, broken UTF-8 replaced."""
        raw = b""
        buffer = ctypes.create_string_buffer(512)
        for token in ids:
            size = llama_cpp.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, True)
            raw += buffer.raw[:size]
        return raw.decode(errors="replace")

    def end_ids(self) -> list[int]:
        """The ids at which llama.cpp stops generating."""
        return [i for i in range(self.vocab_size) if llama_cpp.llama_vocab_is_eog(self._vocab, i)]

    def forget(self) -> None:
        """Empty the key/value cache."""
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._context), True)

    def feed(self, ids: list[int]) -> Logits:
        """Append `ids` to what the context holds and return the logits at the last position."""
        for start in range(0, len(ids), MAX_BATCH):
            chunk = ids[start : start + MAX_BATCH]
            tokens = (llama_cpp.llama_token * len(chunk))(*chunk)
            status = llama_cpp.llama_decode(self._context, llama_cpp.llama_batch_get_one(tokens, len(chunk)))
            if status != 0:
                raise RuntimeError(f"llama_decode: {status}")
        pointer = llama_cpp.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(pointer, (self.vocab_size,)).astype(np.float32, copy=True)

    def prompt_logits(self, ids: list[int]) -> Logits:
        """The logits at the last position of a fresh prompt."""
        self.forget()
        return self.feed(ids)

    def continue_greedily(self, logits: Logits, count: int, *, least_margin: float = 0.0) -> Greedy:
        """`count` greedy tokens after the prompt whose `logits` were just computed.

        An end token does not stop it; a winner that is not ahead by `least_margin` does.
        """
        ids: list[int] = []
        margins: list[float] = []
        for _ in range(count):
            best, second = np.argsort(-logits, kind="stable")[:2]
            margin = float(logits[best] - logits[second])
            if margin < least_margin:
                break
            ids.append(int(best))
            margins.append(margin)
            logits = self.feed([int(best)])
        return Greedy(ids, margins)


def exact_copy(source: Path, target: Path) -> None:
    """Write `source` with every weight dequantised to f32."""
    params = llama_cpp.llama_model_quantize_default_params()
    params.nthread = 2
    params.ftype = llama_cpp.LLAMA_FTYPE_ALL_F32
    params.allow_requantize = True
    status = llama_cpp.llama_model_quantize(str(source).encode(), str(target).encode(), ctypes.byref(params))
    if status != 0:
        raise RuntimeError(f"llama_model_quantize: {status}")
