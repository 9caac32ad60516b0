"""Reference values for the tests: what the trained weights say in PyTorch, in 32 bits and with the whole vocabulary.

`tests/suite/models.rs` holds the program, which reads the shipped 8-bit files, against them.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import torch
from encoder import Encoder
from train_reranker import Reranker

TEXTS = [
    ("query: ", "gubben på 4:an vill inte ta sina piller, vad gör jag?"),
    ("query: ", "hur manga timmar har man pa sig att anmala lakemedelsavvikelsen"),
    ("query: ", "SIP efter utskrivning – vem kallar?"),
    ("passage: ", "Rutin vid brand – Utrymning\nLarma 112. Stäng dörren till rummet där det brinner."),
    ("passage: ", "Delegering: Händelse: delegering går ut; Ansvarig: sjuksköterska; Tid: senast 14 dagar före"),
]
PAIRS = [
    (
        "får jag ge alvedon utan att fråga ssk?",
        "Rutin för läkemedel – Vid behov",
        [
            "Läkemedel vid behov ges efter kontakt med sjuksköterska.",
            "Paracetamol får ges utan kontakt upp till två gånger per dygn enligt generellt direktiv.",
            "Signera i listan direkt efter intaget.",
        ],
    ),
    (
        "får jag ge alvedon utan att fråga ssk?",
        "Rutin för nycklar – Borttappad nyckel",
        ["Ring enhetschefen genast.", "Låset byts inom 24 timmar."],
    ),
    (
        "vem betalar nytt lås om jag tappat nyckeln",
        "Rutin för nycklar – Borttappad nyckel",
        ["Ring enhetschefen genast.", "Låset byts inom 24 timmar."],
    ),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--embedder", type=Path, required=True)
    parser.add_argument("--reranker", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    embedder = Encoder(arguments.base)
    embedder.load_state_dict(torch.load(arguments.embedder))
    embedder.eval()
    reranker = Reranker(arguments.base, 1 + max(
        int(name.split("blk.")[1].split(".")[0]) for name in torch.load(arguments.reranker) if "blk." in name
    ))
    reranker.load_state_dict(torch.load(arguments.reranker))
    reranker.eval()
    tokenizer = embedder.tokenizer
    vectors, verdicts = [], []
    with torch.no_grad():
        for prefix, text in TEXTS:
            ids = tokenizer.sequence(prefix + text)
            vector = [round(float(value), 5) for value in embedder.vectors([ids])[0]]
            pieces = [tokenizer.pieces[i] for i in ids]
            vectors.append({"prefix": prefix, "text": text, "pieces": pieces, "vector": vector})
        for question, head, units in PAIRS:
            logits, of_units = reranker([reranker.lay_out(question, head, units)])
            verdicts.append(
                {
                    "question": question,
                    "head": head,
                    "units": units,
                    "passage_logit": round(float(logits[0]), 4),
                    "unit_logits": [round(float(value), 4) for value in of_units[0]],
                }
            )
    text = json.dumps({"vectors": vectors, "verdicts": verdicts}, ensure_ascii=False, indent=1)
    arguments.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
