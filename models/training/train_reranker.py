"""Trains the reranker: question and passage read together, one logit for the passage and one for each of its units.

A cross-encoder (Nogueira & Cho 2019, "Passage re-ranking with BERT") of the embedding model's lower layers. Three
things are asked of it at once: which of several passages answers (softmax over the question's group), whether a
passage answers at all (a logit that can be read as a probability; questions that only seem to be answered are trained
as "no"), and which units the answer stands in.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from encoder import Encoder, learning_rate, of_like_length
from pairs import Passage, Texts, off_topic, statutes, swefaq, written
from torch import nn
from torch.nn import functional as F
from train_embedder import add_common_arguments, hard_negatives, merge, ndcg

LONGEST = 320
"""Tokens of a question with its passage; what exceeds it is cut, units that are cut away have no logit."""
LONGEST_QUESTION = 64


@dataclass(frozen=True)
class Row:
    """A question laid out with a passage: token ids, how many of them are the question's, each unit's token range."""

    ids: list[int]
    asked: int
    units: list[tuple[int, int]]


class Reranker(nn.Module):
    """The embedding model's layers up to a depth, with two heads.

    A head adds to a linear reading of the hidden state the cosine between the mean of the question's tokens and the
    mean of the passage's (or the unit's). That is what these layers have learnt to make alike, so training starts from
    a ranking instead of from nothing; without it the ranking loss had not left chance after 80 steps.
    """

    def __init__(self, base: Path, layers: int) -> None:
        super().__init__()
        self.encoder = Encoder(base, range(layers))
        self.passage_head = nn.Linear(self.encoder.width, 1)
        self.unit_head = nn.Linear(self.encoder.width, 1)
        for head in (self.passage_head, self.unit_head):
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)
        self.scales = nn.Parameter(torch.tensor([12.0, 12.0]))

    def start_from(self, tuned: dict[str, torch.Tensor]) -> None:
        """Takes over the tuned embedding model's weights."""
        own = self.encoder.state_dict()
        self.encoder.load_state_dict({name: tuned[name] for name in own})

    def lay_out(self, question: str, head: str, units: list[str]) -> Row:
        """<s> question </s></s> headings units </s>"""
        tokenizer = self.encoder.tokenizer
        ids = [tokenizer.begin, *tokenizer.content(question)[:LONGEST_QUESTION], tokenizer.end, tokenizer.end]
        asked = len(ids)
        ids += tokenizer.content(head)
        spans = []
        for unit in units:
            start = len(ids)
            ids += tokenizer.content(unit)
            spans.append((min(start, LONGEST - 1), min(len(ids), LONGEST - 1)))
        return Row([*ids[: LONGEST - 1], tokenizer.end], asked, spans)

    def forward(self, rows: list[Row]) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Logits `[rows]` and, per row, logits of its units."""
        hidden = self.encoder(self.encoder.padded([row.ids for row in rows])).float()
        passages, units = [], []
        for states, row in zip(hidden, rows):
            question = F.normalize(states[: row.asked].mean(0), dim=0)
            passage = F.normalize(states[row.asked : len(row.ids)].mean(0), dim=0)
            passages.append(self.passage_head(states[0]) + self.scales[0] * (question @ passage))
            means = torch.stack([states[a:b].mean(0) if b > a else states[0] for a, b in row.units])
            near = F.normalize(means, dim=-1) @ question
            units.append(self.unit_head(means).squeeze(-1) + self.scales[1] * near)
        return torch.cat(passages), units


def head_of(passage: Passage) -> str:
    """Title and headings as the index writes them."""
    return " – ".join([passage.title, *(h for h in passage.heading if h != passage.title)])


def batched(model: Reranker, rows: list[Row], tokens: int = 2560) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Logits of many rows, rows of like length together."""
    passages: list[torch.Tensor | None] = [None] * len(rows)
    units: list[torch.Tensor | None] = [None] * len(rows)
    for group in of_like_length([len(row.ids) for row in rows], tokens):
        some, their_units = model([rows[i] for i in group])
        for place, value, unit in zip(group, some, their_units):
            passages[place], units[place] = value, unit
    return torch.stack(passages), units  # type: ignore[arg-type]


def quality(model: Reranker, embedder: Encoder, texts: Texts, plain: bool, sample: int = 200) -> dict[str, float]:
    """On held-out texts, plain questions or the others: nDCG@10 of the eight best reranked, the share of best units that answer, and how well right
    passages are told from those that a question only seems to be answered by (area under the ROC curve)."""
    model.eval()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        vectors = embedder.embed([p.text() for p in texts.passages], "passage: ")
        pairs = [p for p in texts.pairs if (p.source == "plain") == plain]
        pairs = pairs[:: max(1, len(pairs) // sample)]
        scores = embedder.embed([p.question for p in pairs], "query: ") @ vectors.T
        ranks, hits, right, dense_ranks = [], 0, [], []
        for row, pair in zip(scores, pairs):
            best = [int(i) for i in row.topk(8).indices]
            dense_ranks.append(int((row > row[pair.passage]).sum()))
            rows = [model.lay_out(pair.question, head_of(texts.passages[i]), list(texts.passages[i].units)) for i in best]
            logits, units = batched(model, rows)
            order = [best[int(i)] for i in logits.argsort(descending=True)]
            ranks.append(order.index(pair.passage) if pair.passage in order else 99)
            if pair.passage in best:
                place = best.index(pair.passage)
                right.append(float(logits[place]))
                hits += int(units[place].argmax()) in pair.units
        near = texts.near[:: max(1, len(texts.near) // sample)]
        rows = [model.lay_out(q, head_of(texts.passages[i]), list(texts.passages[i].units)) for q, i in near]
        wrong = batched(model, rows)[0].tolist()
    model.train()
    above = sum((a > b) + 0.5 * (a == b) for a in right for b in wrong) / max(1, len(right) * len(wrong))
    return {
        "dense": ndcg(dense_ranks),
        "ndcg": ndcg(ranks),
        "unit": hits / max(1, len(right)),
        "near_auc": above,
        "right_said_yes": sum(a > 0 for a in right) / max(1, len(right)),
        "near_said_yes": sum(b > 0 for b in wrong) / max(1, len(wrong)),
    }


def nearest(embedder: Encoder, texts: Texts, questions: list[str], count: int) -> list[tuple[str, list[int]]]:
    """Questions that nothing answers, each with the passages that come nearest."""
    vectors = embedder.embed([p.text() for p in texts.passages], "passage: ")
    scores = embedder.embed(questions, "query: ") @ vectors.T
    return [(question, row.topk(count).indices.tolist()) for question, row in zip(questions, scores)]


def centre_heads(model: Reranker, texts: Texts) -> None:
    """Moves the heads' biases to where right and wrong passages lie on both sides of 0."""
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        first = [texts.pairs[i] for i in range(0, len(texts.pairs), len(texts.pairs) // 24)]
        rows = [
            model.lay_out(p.question, head_of(texts.passages[p.passage]), list(texts.passages[p.passage].units))
            for p in first
        ]
        logits, units = batched(model, rows)
        model.passage_head.bias.fill_(-float(logits.mean()))
        model.unit_head.bias.fill_(-float(torch.cat(units).mean()) - 1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_common_arguments(parser)
    parser.add_argument("--tuned", type=Path, required=True, help="weights of train_embedder.py")
    parser.add_argument("--start", type=Path, help="weights of an earlier round to go on from")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--questions", type=int, default=12, help="questions in a step")
    parser.add_argument("--negatives", type=int, default=3)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--share", type=float, default=1.0, help="share of the questions that are not plain ones and of the near misses")
    parser.add_argument("--plain-share", type=float, default=1.0, help="share of the plain questions")
    parser.add_argument("--check-every", type=int, default=150)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    chance = random.Random(arguments.seed)
    train_written, held_written = written(arguments.pairs)
    texts = merge(train_written, swefaq(arguments.swefaq)[0], statutes(arguments.statutes)[0])
    embedder = Encoder(arguments.base)
    tuned = torch.load(arguments.tuned)
    embedder.load_state_dict(tuned)
    embedder.eval()
    negatives = hard_negatives(embedder, texts, chance)
    model = Reranker(arguments.base, arguments.layers)
    if arguments.start:
        model.load_state_dict(torch.load(arguments.start))
    else:
        model.start_from(tuned)
    model.train()
    siblings = texts.siblings()
    strangers = nearest(embedder, texts, off_topic(arguments.pairs), arguments.negatives)
    plan = []
    for _ in range(arguments.epochs):
        # One entry per question: (question, right passage or None, its units, passages to hold it against).
        work: list[tuple[str, int | None, tuple[int, ...], list[int]]] = []
        for pair, wrong in zip(texts.pairs, negatives):
            if chance.random() >= (arguments.plain_share if pair.source == "plain" else arguments.share):
                continue
            chosen = chance.sample(wrong, min(len(wrong), arguments.negatives * 2))
            chosen = list(dict.fromkeys(chosen))[: arguments.negatives]
            work.append((pair.question, pair.passage, pair.units, chosen))
        for question, index in texts.near:
            if chance.random() >= arguments.share:
                continue
            document = [i for i in siblings[texts.passages[index].document] if i != index]
            work.append((question, None, (), [index, *chance.sample(document, min(1, len(document)))]))
        work += [(question, None, (), near) for question, near in strangers]
        chance.shuffle(work)
        plan += [work[i : i + arguments.questions] for i in range(0, len(work), arguments.questions)]
    fresh = [*model.passage_head.parameters(), *model.unit_head.parameters(), model.scales]
    groups = [{"params": list(model.encoder.parameters()), "weight_decay": 0.01}, {"params": fresh, "lr": 10 * arguments.rate}]
    optimiser = torch.optim.AdamW(groups, lr=arguments.rate, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: learning_rate(s, len(plan), len(plan) // 12 + 1))
    if not arguments.start:
        centre_heads(model, texts)
    def report(when: str) -> None:
        for name, plain in (("plain", True), ("written", False)):
            values = quality(model, embedder, held_written, plain)
            print(when, name, json.dumps({k: round(v, 4) for k, v in values.items()}), flush=True)

    report("before")
    started = time.time()
    totals = [0.0, 0.0, 0.0]
    for step, group in enumerate(plan):
        rows, owners = [], []
        for question, right, _, wrong in group:
            for index in ([right] if right is not None else []) + wrong:
                passage = texts.passages[index]
                heads = [passage.title, *(h for h in passage.heading if h != passage.title)]
                if chance.random() < 0.15:
                    heads = heads[1:]
                rows.append(model.lay_out(question, " – ".join(heads), list(passage.units)))
            owners.append(len(rows))
        with torch.autocast("cpu", torch.bfloat16):
            logits, units = batched(model, rows)
        choose, absolute, place = torch.zeros(()), torch.zeros(()), torch.zeros(())
        start, groups_with_right, groups_with_units = 0, 0, 0
        for (question, right, answering, wrong), stop in zip(group, owners):
            own = logits[start:stop]
            target = torch.zeros_like(own)
            if right is not None:
                target[0] = 1.0
                choose = choose + F.cross_entropy(own[None], torch.zeros(1, dtype=torch.long))
                groups_with_right += 1
            absolute = absolute + F.binary_cross_entropy_with_logits(own, target)
            if answering:
                there = torch.zeros_like(units[start])
                there[list(answering)] = 1.0
                place = place + F.binary_cross_entropy_with_logits(units[start], there)
                groups_with_units += 1
            others = [units[i] for i in range(start + (right is not None), stop)]
            if others and (right is None or answering):
                flat = torch.cat(others)
                place = place + 0.5 * F.binary_cross_entropy_with_logits(flat, torch.zeros_like(flat))
            start = stop
        choose, absolute = choose / max(1, groups_with_right), absolute / len(group)
        place = place / max(1, groups_with_units)
        optimiser.zero_grad()
        (choose + absolute + place).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        for slot, value in enumerate((choose, absolute, place)):
            totals[slot] += value.item()
        if (step + 1) % 20 == 0:
            pace = (time.time() - started) / (step + 1)
            means = " ".join(f"{total / 20:.3f}" for total in totals)
            print(f"step {step + 1}/{len(plan)} losses {means} {pace:.2f} s/step", flush=True)
            totals = [0.0, 0.0, 0.0]
        if (step + 1) % arguments.check_every == 0 or step + 1 == len(plan):
            report(f"after {step + 1}")
            torch.save(model.state_dict(), arguments.out)


if __name__ == "__main__":
    sys.exit(main())
