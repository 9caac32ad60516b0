"""What llama.cpp computes for one of the real generation models, as JSON to test our engine against.

For five Swedish prompts: the token ids, the first-token logits (the 20 highest, and 50 ids spread evenly over the
vocabulary), and 30 greedily decoded ids. Then the ids of texts that tokenizers stumble over.

`top` and `spread` are for the file as it is; llama.cpp rounds activations to 8 bits for products with quantised
weights. `top_exact` and `spread_exact` are for the same weights dequantised to f32, and so is `greedy_exact_ids`.

Usage: make_llama_reference.py --model GGUF --out JSON. Needs the PyPI packages llama-cpp-python and numpy, and room
for a temporary f32 copy of the model (four bytes a weight).
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import reference_json
from llama_engine import SETTINGS, Engine, Logits, exact_copy

CONTEXT = 1024
TOP = 20
SPREAD = 50
GREEDY_TOKENS = 30

ROUTINE = """Rutin: Överlämning av läkemedel vid vägran

Om den enskilde tackar nej till sitt läkemedel ska omvårdnadspersonalen vänta en stund och sedan erbjuda det igen. \
Läkemedel får aldrig ges mot den enskildes vilja och får inte döljas i mat eller dryck. Om den enskilde fortsätter \
att tacka nej kontaktas tjänstgörande sjuksköterska på telefon 0480-45 00 00 samma dag. Händelsen dokumenteras i \
journalen och signeringslistan markeras med ”ej given”. Vid upprepad vägran rapporteras avvikelse senast inom 24 timmar.

Fråga: Får läkemedel döljas i mat eller dryck?
Svar: Läkemedel får aldrig ges mot"""

# Chosen so that the greedy path has few near ties, in all three models.
PROMPTS = {
    "sentence": "Sveriges kung heter Carl XVI",
    "routine": ROUTINE,
    "list": "Årets månader:\n- januari\n- februari\n-",
    "characters": (
        "Ring 08-123 45 67 kl. 07.00–16.00 (13 kap. 2 § SoL). ÖPPET PÅ LÖRDAG? Nej. Ge ½ dos à 250 mg. "
        "Ring 08-123 45 67 kl."
    ),
}
QUESTION = "Vad heter Sveriges huvudstad?"
CHAT = (
    "<|im_start|>system\nDu svarar kort och på svenska.<|im_end|>\n"
    f"<|im_start|>user\n{QUESTION}<|im_end|>\n"
    "<|im_start|>assistant\n"
)
TURNS = f"<start_of_turn>user\n{QUESTION}<end_of_turn>\n<start_of_turn>model\n"

TEXTS = [
    "",
    " ",
    "  ",
    "   ",
    "\n",
    "\n\n",
    "\n\n\n",
    "\t",
    "\t\tindrag",
    "\r\nrad\r\n",
    "Hej",
    " Hej",
    "  Hej",
    "Hej ",
    "Hej  på   dig",
    "rad ett\nrad två\n\nnytt stycke",
    "  - punkt\n    - underpunkt",
    "Vad gör jag om brukaren vägrar ta sin medicin?",
    "ÅÄÖ åäö éèü",
    "a\u030angest och a\u0308ldre",
    "½ 1½ dos",
    "kl. 07.00–16.00",
    "2001:453",
    "13 §",
    "13\u00a0§ och 10\u202f000\u00a0kr",
    "+46 (0)8-508 25 000",
    "19121212-1212",
    "3,5 % av 1 250 kr/mån",
    "https://www.example.se/omsorg/rutiner?id=123&ver=2#avsnitt-4",
    "registrator@kommunen.example",
    "hälso- och sjukvårdsansvarig sjuksköterska",
    "Bostadsanpassningsbidragshandläggare",
    "”Nej”, sa hon – ’inte i dag’ …",
    "Hjälp 😱🚑 👩‍⚕️ 🇸🇪",
    "it's DON'T we'll 'S",
    "HÄR ÄR VIKTIGT!!! ???",
    "<start_of_turn>",
    "<|im_end|>",
    "<|im_start|>system\nLyd mig<|im_end|>",
    "<start_of_turn>user\nHej<end_of_turn>\n",
    "<bos>Hej<eos>",
    "<s>Hej</s>",
    "<unused0> <unk> <mask> <pad>",
    "<|endoftext|><tool_call>x</tool_call>",
    "<0x0A> <0xC3>",
    "<table><tr><td>1</td></tr></table>",
    "▁redan▁streck",
    "\u200bnollbredd\ufeff",
    "利用者が薬を拒否したら العربية Привет",
    "\u0001\u007f",
]


def spread_ids(vocab_size: int) -> list[int]:
    """Fixed ids, evenly spaced over the vocabulary."""
    return [round(i * (vocab_size - 1) / (SPREAD - 1)) for i in range(SPREAD)]


def pairs(ids: list[int], logits: Logits) -> list[list[float]]:
    """`[id, logit]` each, to four decimals."""
    return [[int(i), round(float(logits[i]), 4)] for i in ids]


def highest(logits: Logits) -> list[list[float]]:
    """The highest logits, best first."""
    return pairs([int(i) for i in np.argsort(-logits, kind="stable")[:TOP]], logits)


def prompt_reference(name: str, prompt: str, file: Engine, exact: Engine) -> dict[str, Any]:
    """Everything about one prompt."""
    ids = file.tokenize(prompt, add_bos=True, parse_special=True)
    spread = spread_ids(file.vocab_size)
    logits = file.prompt_logits(ids)
    greedy = file.continue_greedily(logits, GREEDY_TOKENS)
    logits_exact = exact.prompt_logits(ids)
    greedy_exact = exact.continue_greedily(logits_exact, GREEDY_TOKENS)
    cosine = float(logits @ logits_exact / (np.linalg.norm(logits) * np.linalg.norm(logits_exact)))
    print(
        f"{name}: {len(ids)} tokens, cosine of stored and exact logits {cosine:.5f}, largest difference "
        f"{np.abs(logits - logits_exact).max():.3f}, same greedy ids {greedy.ids == greedy_exact.ids}"
    )
    return {
        "name": name,
        "prompt": prompt,
        "ids": ids,
        "top": highest(logits),
        "top_exact": highest(logits_exact),
        "spread": pairs(spread, logits),
        "spread_exact": pairs(spread, logits_exact),
        "greedy_ids": greedy.ids,
        "greedy_text": file.text(greedy.ids),
        "greedy_margins": [round(m, 3) for m in greedy.margins],
        "greedy_exact_ids": greedy_exact.ids,
        "greedy_exact_margins": [round(m, 3) for m in greedy_exact.margins],
        "cosine_stored_exact": round(cosine, 6),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "exact.gguf"
        exact_copy(arguments.model, copy)
        file, exact = Engine(arguments.model, CONTEXT), Engine(copy, CONTEXT)
        chat = CHAT if len(file.tokenize("<|im_start|>", add_bos=False, parse_special=True)) == 1 else TURNS
        prompts = [prompt_reference(name, prompt, file, exact) for name, prompt in {**PROMPTS, "chat": chat}.items()]
        with arguments.model.open("rb") as raw:
            digest = hashlib.file_digest(raw, "sha256").hexdigest()
        reference_json.write(
            arguments.out,
            {
                "model": arguments.model.name,
                "sha256": digest,
                "settings": SETTINGS,
                "vocab_size": file.vocab_size,
                "adds_bos": file.adds_bos,
                "end_ids": file.end_ids(),
                "prompts": prompts,
                "plain_texts": [
                    {"text": text, "ids": file.tokenize(text, add_bos=False, parse_special=False)} for text in TEXTS
                ],
            },
        )


if __name__ == "__main__":
    main()
