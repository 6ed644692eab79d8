"""From logits of pictures that trained nothing to a temperature and to the thresholds of a single look (pure; the rule is that of src/vision/word.ts)."""
import numpy as np

from train_classifier import BARE, UNREADABLE, WORN, softmax

BARE_PRECISION, EACH_SOURCE, WORN_PRECISION = 0.985, 0.95, 0.97  # of bare more: a camera never seen costs some
JUNK_CALLED_BARE = 0.02  # at most, of random places without a head
MIN_CALLS = 10  # fewer alerts of one source are no evidence against it


def temperature_of(logits, labels):
    """The divisor of the logits under which the true classes are likeliest."""
    grid, rows = np.exp(np.linspace(np.log(0.3), np.log(4), 80)), np.arange(len(labels))
    return round(float(min(grid, key=lambda t: -np.log(softmax(logits / t)[rows, labels] + 1e-12).mean())), 3)


def words(prob, worn, notWorn, unreadable):
    """[N, 3] -> WORN, BARE or UNREADABLE (= unknown) per row."""
    share = prob[:, BARE] / np.maximum(prob[:, BARE] + prob[:, WORN], 1e-12)
    word = np.where(share >= notWorn, BARE, np.where(1 - share >= worn, WORN, UNREADABLE))
    return np.where(prob[:, UNREADABLE] > unreadable, UNREADABLE, word)


def precision(said, labels, word):
    """Of the heads given this word, how many it fits; None without any."""
    chosen = (said == word) & (labels != UNREADABLE)
    return float((labels[chosen] == word).mean()) if chosen.any() else None


def choose(prob, labels, sources):
    """-> {worn, notWorn, unreadable}, one sentence on what they reach. prob [N, 3]."""
    best, junk = None, labels == UNREADABLE
    for u in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        worn = next((float(w) for w in np.round(np.arange(0.5, 0.985, 0.01), 2) if (precision(words(prob, w, 2.0, u), labels, WORN) or 0) >= WORN_PRECISION), 0.98)
        for t in np.round(np.arange(worn + 0.01, 0.995, 0.01), 2):  # bare asks for more than worn: speaking to the wrong person is the worse error
            said = words(prob, 2.0, t, u)
            pooled = precision(said, labels, BARE)
            if pooled is None or (said[junk] == BARE).sum() > JUNK_CALLED_BARE * junk.sum():
                continue
            each = [precision(said[s], labels[s], BARE) for s in (sources == name for name in set(sources)) if (said[s] == BARE).sum() >= MIN_CALLS]
            recall = float((said[labels == BARE] == BARE).mean())
            worst = min([p for p in each if p is not None], default=pooled)
            rank = 2 if pooled >= BARE_PRECISION and worst >= EACH_SOURCE else 1 if pooled >= BARE_PRECISION else 0
            # among equals the larger recall (the lowest threshold); where the target is out of reach the larger precision
            key = (rank, recall if rank else pooled, -u)
            if (said == BARE).sum() >= MIN_CALLS and (best is None or key > best[0]):
                best = (key, worn, float(t), u, pooled, worst, recall)
    if best is None:
        raise SystemExit("no threshold calls enough bare heads right: too few heads, or a network that has learnt nothing")
    (rank, *_), worn, t, u, pooled, worst, recall = best
    reach = f"precision {pooled:.3f}, in the worst {worst:.3f}, recall {recall:.2f}"
    reach += ("; the target is out of reach", "; the target is not met in every source", "")[rank]
    return {"worn": worn, "notWorn": t, "unreadable": u}, reach
