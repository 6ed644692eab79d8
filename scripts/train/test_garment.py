"""Tests of the garment labels and of what is made of them: python3 -m unittest discover -s scripts/train -p 'test_*.py' (from the project's root)."""
import json
import sys
import unittest
from collections import Counter
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent))

import nets
from data import garment_rect
from train_garment import LABELS, PATCH, UNREADABLE, Damage, Item, Sampler, bars, fold_of, label_of, plain_crops, rows_of, said, scores

NAMES = {"t_shirt", "shirt", "jacket", "down_jacket", "vest", "sleeveless", "raincoat", "long_sleeves", "unreadable"}
T_SHIRT, SHIRT, JACKET, VEST = range(4)


def item(label, name=None, source="a", seed=0):
    patch = np.random.default_rng(seed).integers(0, 255, (PATCH[1], PATCH[0], 3), np.uint8)
    return Item(patch, 30, label, name or nets.GARMENT_LABELS[label], source, f"g{seed}")


def sure(k, p):
    """-> a row of probabilities: p for label k, the rest shared out."""
    row = np.full(len(nets.GARMENT_LABELS), (1 - p) / (len(nets.GARMENT_LABELS) - 1))
    row[k] = p
    return row


class Labels(unittest.TestCase):
    def setUp(self):
        self.rows = json.loads(LABELS.read_text())["labels"]

    def test_every_row_is_whole_and_named_from_the_list(self):
        for set_name, file, box, *names in self.rows:
            self.assertIn(set_name, {"riders/train", "riders/val", "heads/train", "heads/val"})
            self.assertTrue(file.startswith("images/") and len(box) == 4 and min(box[2:]) > 0, file)
            self.assertIn(len(names), (1, 2), file)
            self.assertLessEqual(set(names), NAMES, file)

    def test_no_head_is_labelled_twice(self):
        seen = Counter((set_name, file, *box) for set_name, file, box, *_ in self.rows)
        self.assertEqual([k for k, n in seen.items() if n > 1], [])

    def test_what_the_network_does_not_tell_apart_is_a_jacket_or_no_name_at_all(self):
        self.assertEqual(nets.GARMENT_LABELS[label_of("down_jacket")], "jacket")
        self.assertEqual({label_of(n) for n in ("sleeveless", "raincoat", "long_sleeves", "unreadable")}, {UNREADABLE})

    def test_labels_find_their_pictures(self):
        labelled = {"path": "/d/riders/images/a.jpg", "tag": "riders", "split": "val"}
        other = {"path": "/d/riders/images/b.jpg", "tag": "riders", "split": "val"}
        rows = [["riders/val", "images/a.jpg", [5, 6, 7, 8], "vest", "jacket"], ["riders/train", "images/a.jpg", [0, 0, 1, 1], "shirt"]]
        self.assertEqual([(im["path"], found) for im, found in rows_of([labelled, other], rows)], [("/d/riders/images/a.jpg", [([5, 6, 7, 8], "vest")])])


class Crops(unittest.TestCase):
    def test_the_crop_hangs_below_the_head(self):
        x, y, w, h = garment_rect((100, 50, 20, 30))
        self.assertAlmostEqual(x + w / 2, 110)
        self.assertAlmostEqual(w, 102)
        self.assertAlmostEqual(y, 50 - 6)
        self.assertAlmostEqual(h, 4.08 * 30)

    def test_a_wider_crop_keeps_the_centre(self):
        (x, y, w, h), (X, Y, W, H) = garment_rect((100, 50, 20, 30)), garment_rect((100, 50, 20, 30), 1.35)
        self.assertAlmostEqual(x + w / 2, X + W / 2)
        self.assertAlmostEqual(y + h / 2, Y + H / 2)
        self.assertAlmostEqual(W / w, 1.35)

    def test_crops_have_the_shape_of_the_input_and_draws_repeat_with_the_seed(self):
        items = [item(k, seed=k) for k in range(5)]
        self.assertEqual(plain_crops(items).shape, (5, 96, 80, 3))
        first, again = (Damage()(items[0], np.random.default_rng(4)) for _ in range(2))
        self.assertEqual(first.shape, (96, 80, 3))
        self.assertTrue((first == again).all() and (first != Damage()(items[0], np.random.default_rng(5))).any())

    def test_what_is_drawn_belongs_to_its_label(self):
        items = [item(k, seed=k) for k in (T_SHIRT, JACKET)]
        items[1].row = 1
        views = np.arange(4).reshape(2, 2, 1, 1, 1)  # view v of crop r holds 2 v + r
        x, labels = Sampler(items, views).draw(np.random.default_rng(4), 30)
        self.assertEqual([int(v) % 2 for v in x.ravel()], [0 if label == T_SHIRT else 1 for label in labels])
        self.assertEqual(set(x.ravel()), {0, 1, 2, 3})

    def test_the_network_is_as_small_as_it_says(self):
        net = nets.GarmentClassifier().eval()
        self.assertLess(sum(p.numel() for p in net.parameters()), 150_000)
        with torch.no_grad():
            self.assertEqual(net(torch.rand(2, 3, 96, 80) * 255).shape, (2, len(nets.GARMENT_LABELS)))

    def test_a_label_without_crops_is_never_drawn(self):
        _, labels = Sampler([item(JACKET), item(UNREADABLE)], np.zeros((1, 1, 1, 1, 1))).draw(np.random.default_rng(1), 40)
        self.assertEqual(set(labels), {JACKET, UNREADABLE})


class Bars(unittest.TestCase):
    def test_the_lowest_bar_that_is_right_in_nineteen_of_twenty(self):
        prob = np.array([sure(T_SHIRT, 0.9)] * 40 + [sure(T_SHIRT, 0.6)] * 10)
        labels = np.array([T_SHIRT] * 40 + [JACKET] * 10)
        self.assertEqual(bars(prob, labels), {"t_shirt": 0.61})

    def test_a_garment_called_too_seldom_has_no_bar(self):
        self.assertEqual(bars(np.array([sure(VEST, 0.9)] * 14), np.full(14, VEST)), {})

    def test_below_its_bar_or_without_one_nothing_is_said(self):
        prob = np.array([sure(T_SHIRT, 0.7), sure(T_SHIRT, 0.65), sure(SHIRT, 0.99), sure(UNREADABLE, 0.9)])
        self.assertEqual(list(said(prob, {"t_shirt": 0.7})), [T_SHIRT, UNREADABLE, UNREADABLE, UNREADABLE])

    def test_a_sleeve_called_jacket_counts_as_wrong(self):
        items = [item(JACKET), item(UNREADABLE, "long_sleeves"), item(T_SHIRT)]
        table = scores(np.array([sure(JACKET, 0.9), sure(JACKET, 0.9), sure(T_SHIRT, 0.5)]), items, {"jacket": 0.8, "t_shirt": 0.8})
        self.assertEqual((table["jacket"]["precision"], table["jacket"]["taken for it"]), (0.5, {"long_sleeves": 1}))
        self.assertEqual((table["t_shirt"]["called"], table["all"]["named"]), (0, 0.667))

    def test_a_group_is_in_one_fold_whoever_asks(self):
        self.assertEqual([fold_of("web7", 3)] * 3, [fold_of("web7", 3) for _ in range(3)])
        self.assertEqual({fold_of(f"web{k}", 3) for k in range(40)}, {0, 1, 2})


if __name__ == "__main__":
    unittest.main()
