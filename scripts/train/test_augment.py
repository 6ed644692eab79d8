"""Tests of the batched camera damage: python3 -m unittest discover -s scripts/train -p 'test_*.py' (from the project's root)."""
import sys
import unittest
from pathlib import Path

import cv2
import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent))

from augment import CROP, HEAD, LUMA_TABLE, PATCH, Draws, Recipe, augment, cut, enlarged, jpeg, lower_resolution, quantised


def soft_pictures(n, size, seed=0):
    rng = np.random.default_rng(seed)
    return np.stack([cv2.GaussianBlur(rng.integers(0, 255, (size, size, 3), np.uint8), (0, 0), 2.5).astype(np.float32) for _ in range(n)])


def batch(pictures):
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous()


def whole(x):
    return x.permute(0, 2, 3, 1).numpy()


class Damage(unittest.TestCase):
    def test_an_unjittered_cut_is_the_middle_of_the_patch_or_its_mirror(self):
        pictures = soft_pictures(8, PATCH)
        crops, a = whole(cut(batch(pictures), Draws(1, "cpu"), torch.zeros(8), 0.0)), (PATCH - CROP) // 2
        middle = pictures[:, a:a + CROP, a:a + CROP]
        straight, mirrored = (np.abs(crops - m).max((1, 2, 3)) < 0.5 for m in (middle, middle[:, :, ::-1]))
        self.assertTrue((straight | mirrored).all())
        self.assertTrue(straight.any() and mirrored.any())
        self.assertEqual(round(1.6 * HEAD), CROP)

    def test_a_smaller_picture_is_that_of_area_averaging(self):
        pictures = soft_pictures(3, CROP)
        for side in (16, 23, 32, 48):
            low = whole(lower_resolution(batch(pictures), torch.full((3,), float(side))))[:, :side, :side]
            wanted = np.stack([cv2.resize(p, (side, side), interpolation=cv2.INTER_AREA) for p in pictures])
            inner = np.s_[:, 1:-1, 1:-1]
            self.assertLess(np.abs(low - wanted)[inner].mean(), 0.12 * wanted.std(), side)

    def test_enlarging_is_bilinear(self):
        small = soft_pictures(2, 20)
        canvas = np.zeros((2, CROP, CROP, 3), np.float32)
        canvas[:, :20, :20] = small
        wanted = np.stack([cv2.resize(p, (CROP, CROP), interpolation=cv2.INTER_LINEAR) for p in small])
        self.assertLess(np.abs(whole(enlarged(batch(canvas), torch.full((2,), 20.0))) - wanted).max(), 1)

    def test_jpeg_does_what_a_jpeg_encoder_does(self):
        pictures = soft_pictures(4, CROP).round()
        for quality in (20, 50, 80):
            ours = whole(jpeg(batch(pictures), torch.full((4,), float(quality))))
            theirs = np.stack([cv2.imdecode(cv2.imencode(".jpg", p[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1)[..., ::-1] for p in pictures])
            loss = np.abs(theirs - pictures).mean()
            self.assertLess(np.abs(ours - theirs).mean(), 0.55 * loss, quality)
            self.assertAlmostEqual(np.abs(ours - pictures).mean() / loss, 1, delta=0.15)

    def test_the_finest_table_changes_next_to_nothing(self):
        plane = batch(soft_pictures(2, CROP))[:, 0] - 128
        self.assertLess((quantised(plane, LUMA_TABLE, torch.full((2,), 0.001)) - plane).abs().max(), 3)

    def test_one_seed_gives_one_batch(self):
        patches, n = batch(soft_pictures(6, PATCH)).to(torch.uint8), 6
        facts = (torch.full((n,), 40.0), torch.tensor([True, False] * 3), torch.zeros(n, dtype=torch.bool))
        a, b, c = (augment(patches, patches.flip(0), *facts, Draws(seed, "cpu"), Recipe(swap=0.5)) for seed in (7, 7, 8))
        self.assertTrue(torch.equal(a, b))
        self.assertGreater((a - c).abs().mean(), 5)
        self.assertEqual(tuple(a.shape), (6, 3, CROP, CROP))
        self.assertTrue(((a >= 0) & (a <= 255)).all())

    def test_a_head_of_nine_pixels_keeps_no_detail(self):
        stripes = np.zeros((2, PATCH, PATCH, 3), np.uint8)
        stripes[:, ::2] = 255
        plain = Recipe(recolour=0, occlude=0, jitter=0)
        fine, coarse = (augment(batch(stripes.astype(np.float32)).to(torch.uint8).repeat(20, 1, 1, 1), batch(stripes.astype(np.float32)).to(torch.uint8).repeat(20, 1, 1, 1),
                                torch.full((40,), px), torch.zeros(40, dtype=torch.bool), torch.zeros(40, dtype=torch.bool), Draws(3, "cpu"), plain) for px in (60.0, 9.0))
        rows = [x.mean(3).diff(dim=2).abs().mean() for x in (fine, coarse)]
        self.assertGreater(rows[0], 5 * rows[1])


if __name__ == "__main__":
    unittest.main()
