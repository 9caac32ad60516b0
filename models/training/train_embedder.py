"""Fine-tunes multilingual-e5-small on Swedish question-passage pairs (InfoNCE; van den Oord et al. 2018).

Each question is held against its passage, the other passages of its batch, and one hard negative of its own: a passage
of the same document, or one that the untuned model ranks high. A second term does the same with single sentences,
list items and rows, which is how evidence is picked. The result is averaged with the untuned weights (Wortsman et al.
2022, "Robust fine-tuning of zero-shot models"); the share is chosen on held-out documents.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from pathlib import Path

import torch
from encoder import Encoder, learning_rate
from pairs import Pair, Texts, statutes, swefaq, written
from torch.nn import functional as F

TEMPERATURE = 0.02


def ndcg(rank_of_gold: list[int]) -> float:
    """nDCG@10 where one passage is right; ranks from 0."""
    return sum(1 / math.log2(rank + 2) for rank in rank_of_gold if rank < 10) / max(1, len(rank_of_gold))


def quality(model: Encoder, texts: Texts, with_title: bool = True) -> float:
    """Dense nDCG@10 of the pairs among all passages of `texts`; with several right ones, of the best."""
    model.eval()
    bodies = [p.text() if with_title else " ".join(p.units) for p in texts.passages]
    passages = model.embed(bodies, "passage: ")
    right: dict[str, set[int]] = {}
    for pair in texts.pairs:
        right.setdefault(pair.question, set()).add(pair.passage)
    questions = list(right)
    scores = model.embed(questions, "query: ") @ passages.T
    ranks = []
    for row, question in zip(scores, questions):
        best = max(float(row[i]) for i in right[question])
        ranks.append(int((row > best).sum()))
    model.train()
    return ndcg(ranks)


def unit_quality(model: Encoder, texts: Texts) -> float:
    """Share of questions whose best unit, among its passage's, is an answering one."""
    model.eval()
    flat = [(i, u) for i, p in enumerate(texts.passages) for u in range(len(p.units))]
    vectors = model.embed([texts.passages[i].unit_text(u) for i, u in flat], "passage: ")
    start: dict[int, int] = {}
    for row, (i, _) in enumerate(flat):
        start.setdefault(i, row)
    pairs = [pair for pair in texts.pairs if pair.units]
    questions = model.embed([pair.question for pair in pairs], "query: ")
    hits = 0
    for question, pair in zip(questions, pairs):
        first = start[pair.passage]
        own = vectors[first : first + len(texts.passages[pair.passage].units)]
        hits += int((own @ question).argmax()) in pair.units
    model.train()
    return hits / max(1, len(pairs))


def hard_negatives(model: Encoder, texts: Texts, chance: random.Random) -> list[list[int]]:
    """For each pair some passages that the untuned model ranks high though they are not the right one."""
    vectors = model.embed([p.text() for p in texts.passages], "passage: ")
    questions = model.embed([pair.question for pair in texts.pairs], "query: ")
    siblings = texts.siblings()
    same_question: dict[str, set[int]] = {}
    for pair in texts.pairs:
        same_question.setdefault(pair.question, set()).add(pair.passage)
    out = []
    for row, pair in zip(questions @ vectors.T, texts.pairs):
        right = same_question[pair.question]
        # In other documents than its own the very best may be right too: nobody has compared across documents. A plain
        # question is answered by more of them than one that is worded with care.
        unsure = 8 if pair.source == "plain" else 2
        best = [int(i) for i in row.topk(min(10 + unsure, len(row))).indices if int(i) not in right]
        own = [i for i in siblings[texts.passages[pair.passage].document] if i not in right]
        others = [i for i in best if i not in own][unsure:]
        mixed = [i for i in best if i in own] * 2 + own + others
        out.append(mixed or [chance.randrange(len(texts.passages))])
    return out


def batches(pairs: list[Pair], size: int, chance: random.Random) -> list[list[int]]:
    """Indices of pairs in batches; no passage and no question twice in one."""
    rest = list(range(len(pairs)))
    chance.shuffle(rest)
    out = []
    while rest:
        batch: list[int] = []
        passages: set[int] = set()
        questions: set[str] = set()
        later: list[int] = []
        for index in rest:
            pair = pairs[index]
            if len(batch) < size and pair.passage not in passages and pair.question not in questions:
                batch.append(index)
                passages.add(pair.passage)
                questions.add(pair.question)
            else:
                later.append(index)
        rest = later
        if len(batch) >= size // 2:
            out.append(batch)
    chance.shuffle(out)
    return out


def of(texts: Texts, source: str) -> Texts:
    """The pairs of one source, among all passages."""
    return Texts(texts.passages, [pair for pair in texts.pairs if pair.source == source])


def merge(*parts: Texts) -> Texts:
    """Several sources as one."""
    out = Texts()
    for part in parts:
        offset = len(out.passages)
        out.passages += part.passages
        out.pairs += [Pair(p.question, p.passage + offset, p.units, p.source) for p in part.pairs]
        out.near += [(question, index + offset) for question, index in part.near]
    return out


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """What both training scripts read and write."""
    parser.add_argument("--base", type=Path, required=True, help="multilingual-e5-small as GGUF")
    parser.add_argument("--pairs", type=Path, default=Path(__file__).parent / "pairs")
    parser.add_argument("--swefaq", type=Path, required=True, help="swefaq_dev.jsonl")
    parser.add_argument("--statutes", type=Path, required=True, help="folder of statutes")
    parser.add_argument("--out", type=Path, required=True, help="where the weights go (.pt)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_common_arguments(parser)
    parser.add_argument("--start", type=Path, help="weights of an earlier round to go on from")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=4e-5)
    parser.add_argument("--share", type=float, default=1.0, help="share of the written questions that are not plain ones")
    parser.add_argument("--check-every", type=int, default=60)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    chance = random.Random(arguments.seed)

    train_written, held_written = written(arguments.pairs)
    train_faq, held_faq = swefaq(arguments.swefaq)
    train_law, held_law = statutes(arguments.statutes)
    texts = merge(train_written, train_faq, train_law)
    texts.pairs = [p for p in texts.pairs if p.source != "written" or chance.random() < arguments.share]
    model = Encoder(arguments.base)
    untuned = {name: value.clone() for name, value in model.state_dict().items()}
    if arguments.start:
        model.load_state_dict(torch.load(arguments.start))
    print(f"{len(texts.passages)} passages, {len(texts.pairs)} pairs", flush=True)

    def check() -> dict[str, float]:
        return {
            "written": quality(model, of(held_written, "written")),
            "plain": quality(model, of(held_written, "plain")),
            "units": unit_quality(model, of(held_written, "written")),
            "plain_units": unit_quality(model, of(held_written, "plain")),
            "swefaq": quality(model, held_faq),
            "swefaq_bare": quality(model, held_faq, with_title=False),
            "statutes": quality(model, held_law),
        }

    def report(name: str) -> dict[str, float]:
        values = check()
        print(name, json.dumps({key: round(value, 4) for key, value in values.items()}), flush=True)
        return values

    report("untuned")
    negatives = hard_negatives(model, texts, chance)
    plan = [batch for _ in range(arguments.epochs) for batch in batches(texts.pairs, arguments.batch, chance)]
    decayed = [p for name, p in model.named_parameters() if p.ndim > 1]
    plain = [p for name, p in model.named_parameters() if p.ndim == 1]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=arguments.rate, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: learning_rate(s, len(plan), len(plan) // 10 + 1))
    tokenizer = model.tokenizer
    model.train()
    started, running = time.time(), 0.0
    for step, batch in enumerate(plan):
        chosen = [texts.pairs[i] for i in batch]
        right = [pair.passage for pair in chosen]
        wrong = [chance.choice(negatives[i]) for i in batch]
        bodies = [texts.passages[i].text(chance) for i in [*right, *wrong]]
        with_units = [row for row, pair in enumerate(chosen) if pair.units]
        units = []
        for row in with_units:
            passage = texts.passages[chosen[row].passage]
            others = [u for u in range(len(passage.units)) if u not in chosen[row].units]
            units.append(passage.unit_text(chance.choice(chosen[row].units)))
            units.append(passage.unit_text(chance.choice(others)) if others else "")
        sequences = [tokenizer.sequence("query: " + pair.question, 96) for pair in chosen]
        sequences += [tokenizer.sequence("passage: " + body, 256) for body in [*bodies, *units]]
        with torch.autocast("cpu", torch.bfloat16):
            vectors = model.vectors(sequences, tokens=2048)
        count = len(chosen)
        questions, passages = vectors[:count], vectors[count : 3 * count]
        scores = questions @ passages.T / TEMPERATURE
        # A hard negative of one question may be the right passage of another; it must not count against that one.
        identity = torch.tensor([*right, *wrong])
        same = identity[None, :] == torch.tensor(right)[:, None]
        same[torch.arange(count), torch.arange(count)] = False
        loss = F.cross_entropy(scores.masked_fill(same, -1e4), torch.arange(count))
        if with_units:
            own = vectors[3 * count :]
            unit_scores = questions[with_units] @ own.T / TEMPERATURE
            loss = loss + 0.5 * F.cross_entropy(unit_scores, 2 * torch.arange(len(with_units)))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        running += loss.item()
        if (step + 1) % 10 == 0:
            pace = (time.time() - started) / (step + 1)
            print(f"step {step + 1}/{len(plan)} loss {running / 10:.3f} {pace:.1f} s/step", flush=True)
            running = 0.0
        if (step + 1) % arguments.check_every == 0:
            report(f"after {step + 1}")
    tuned = {name: value.clone() for name, value in model.state_dict().items()}
    torch.save(tuned, arguments.out.with_suffix(".tuned.pt"))
    best: tuple[float, float] = (-1.0, 0.0)
    for share in (1.0, 0.85, 0.7, 0.5):
        model.load_state_dict({n: share * tuned[n] + (1 - share) * untuned[n] for n in tuned})
        values = report(f"share {share}")
        # Half of the weight on what it is made for, half on what it must not lose.
        total = 0.5 * (values["written"] + values["plain"]) + 0.5 * (values["swefaq"] + values["statutes"])
        best = max(best, (total, share))
    model.load_state_dict({n: best[1] * tuned[n] + (1 - best[1]) * untuned[n] for n in tuned})
    torch.save(model.state_dict(), arguments.out)
    print(f"kept a share of {best[1]}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
