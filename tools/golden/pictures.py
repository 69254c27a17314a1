"""Deterministic small pictures with smooth areas, hard edges and fine texture; no random state is shared."""

import numpy as np


def picture(width, height, seed=0):
    """An upright RGB picture, uint8 [height, width, 3], with no symmetry (so every orientation differs)."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    u, v = x / max(1, width - 1), y / max(1, height - 1)
    base = np.stack([u, 0.15 + 0.8 * v, 0.9 - 0.7 * u * v], axis=-1) * 255
    centre, radius = rng.uniform(0.25, 0.7, 2), rng.uniform(0.15, 0.3)
    disc = (u - centre[0]) ** 2 + (v - centre[1]) ** 2 < radius**2
    base[disc] = rng.integers(0, 256, 3)
    stripes = (v > 0.75) & (x // 2 % 2 == 0)
    base[stripes] = rng.integers(0, 256, 3)
    base[: max(1, height // 6), : max(1, width // 4)] = rng.integers(0, 256, 3)
    base += rng.normal(0, 6, base.shape)
    return np.clip(np.rint(base), 0, 255).astype(np.uint8)


def noise(width, height, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def checkerboard(width, height):
    """Full-contrast squares: overshoot of the bicubic kernel must be clipped at 0 and 255."""
    y, x = np.mgrid[0:height, 0:width]
    grey = (((x // 3) + (y // 2)) % 2 * 255).astype(np.uint8)
    return np.stack([grey, 255 - grey, grey], axis=-1)
