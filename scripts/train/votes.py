"""Precision and recall per person of the vote, on pseudo-tracks of heads whose source was left out of training: W/votes/table.md.

python3 votes.py --work W [--looks 8]

A person is one labelled head seen --looks times with another place, scale, blur and compression each. These looks differ less than those of a real
track (same pose, same light), so the gain over a single look is a lower bound, and a person read wrongly stays wrong.
"""
import json

import numpy as np

import nets
from data import load
from loso import ROADSIDE, markdown
from operating import words
from start import initialise
from step import Step, arguments, infer, write
from train_classifier import BARE, UNREADABLE, WORN, Sampler, items_of, softmax

MIN_LOOKS = 5  # readable ones, as in the service


def vote(logits, temperature, unreadable):
    """[looks, 3] -> mean bare share by the mean logit of the readable looks, or None with too few."""
    readable = softmax(logits / temperature)[:, UNREADABLE] <= unreadable
    if readable.sum() < MIN_LOOKS:
        return None
    odds = (logits[readable, BARE] - logits[readable, WORN]).mean() / temperature
    return 1 / (1 + np.exp(-odds))


def looks_of(step, source, images):
    """-> [(label, logits [looks, 3])] of every head of a left-out source."""
    net = initialise(nets.HeadClassifier(), step.need(f"loso/{source}/checkpoint.pt")).eval().to(step.device)
    heads = [i for i in items_of([im for im in images if (im["tag"] if source == "site" else im["source"]) == source]) if i.label != UNREADABLE]
    sampler, n = Sampler(heads, device=step.device), step.args.looks
    return [(i.label, infer(net, sampler.augmented([k] * n, [(k + 1) % len(heads)] * n, step.args.seed * 1_000_003 + k).cpu().numpy()))
            for k, i in enumerate(step.progress(heads))]


def table_of(people, temperature, unreadable):
    labels = np.array([label for label, _ in people])
    shares = [vote(z, temperature, unreadable) for _, z in people]
    known = np.array([s is not None for s in shares])
    share = np.array([0.5 if s is None else s for s in shares])
    singles = np.concatenate([z[:1] for _, z in people])
    rows = {}
    for t in (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95):
        said = known & (share >= t)
        one = words(softmax(singles / temperature), 2.0, t, unreadable) == BARE
        rows[f"{t}"] = {f"{name} {what}": round(float(v), 3) for name, s in (("vote", said), ("single look", one)) for what, v in (
            ("precision", (labels[s] == BARE).mean() if s.any() else 1), ("recall", s[labels == BARE].mean() if (labels == BARE).any() else 0))}
    return rows


def main():
    step = Step("votes", arguments(__doc__, looks=8).parse_args())
    images = load(step.work)
    facts = json.loads(step.need("calibrate/head-classifier.json").read_text())
    unreadable = json.loads(step.need("calibrate/done.json").read_text())["thresholds"]["unreadable"]
    text, metrics, everybody = [], {}, []
    for source in [s for s in ROADSIDE if (step.work / "loso" / s / "checkpoint.pt").exists()]:
        people = looks_of(step, source, images)
        everybody += people
        metrics[source] = table_of(people, facts["temperature"], unreadable)
        text.append(markdown(metrics[source], f"{source} ({len(people)} persons), bare from"))
    if not everybody:
        raise SystemExit(f"{step.work}/loso has no checkpoint of a street source: run loso.py first")
    metrics["all"] = table_of(everybody, facts["temperature"], unreadable)
    text.append(markdown(metrics["all"], f"all ({len(everybody)} persons), bare from"))
    write(step.folder / "table.md", "\n\n".join(text) + "\n")
    step.say(text[-1])
    step.finish(metrics["all"])


if __name__ == "__main__":
    main()
