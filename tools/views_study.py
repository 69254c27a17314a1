#!/usr/bin/env python3
"""What can be known of a photo's quality from which views of it: ridge regression of people's mean opinions on the features
that the teacher of mini (scripts/teacher) sees in an overview and in native crops. Needs torch, safetensors and Pillow.

    tools/views_study.py RATED VIEWS…        RATED: a folder with mos.csv (file,mos,std,split) and images/
                                             VIEWS: SIZE | COUNTxSIDE[-PLAIN] | SIZE+COUNTxSIDE[-PLAIN]
    tools/views_study.py ../shared/data/clive 112 168 336 168+4x112 168+4x112-1

Prints for each the tokens a photo takes in mini (28 x 28 pixels each), and pairs right, pairs more than 20 points apart right
and Spearman's correlation: by five-fold cross-validation over `train` (which also chooses the penalty), and of `validation`.
"""
import csv
import pathlib
import sys

import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file
from torchvision.transforms.functional import pil_to_tensor

ROOT = pathlib.Path(__file__).resolve().parent.parent
STRIDES = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1]
LEVELS = (4, 10)  # blocks whose means and deviations are features, beside the head's
PENALTIES = (0.1, 0.3, 1, 3, 10, 30, 100, 300)


def padded(x, kernel, stride):
    missing = [max((-(-side // stride) - 1) * stride + kernel - side, 0) for side in x.shape[-2:]]
    return F.pad(x, [missing[1] // 2, missing[1] - missing[1] // 2, missing[0] // 2, missing[0] - missing[0] // 2])


def features(weights, pixels):
    """pixels [B, 3, H, W] of 0 … 255 -> mean and deviation of each channel of the levels, over the batch too."""

    def convolve(x, name, **how):
        return F.conv2d(x, weights[name + ".weight"], weights[name + ".bias"], **how)

    x = F.relu6(convolve(padded((pixels - 127) / 128, 3, 2), "stem", stride=2))
    seen = []
    for i, stride in enumerate(STRIDES):
        at = f"blocks.{i}."
        y = F.relu6(convolve(x, at + "expand")) if i else x
        kernel = weights[at + "depthwise.weight"]
        y = padded(y, kernel.shape[-1], stride)
        y = F.relu6(convolve(y, at + "depthwise", stride=stride, groups=kernel.shape[0]))
        y = convolve(y, at + "project")
        x = x + y if x.shape == y.shape else y
        if i in LEVELS:
            seen += [x.mean((0, 2, 3)), x.std((0, 2, 3))]
    x = F.relu6(convolve(x, "head"))
    return torch.cat([x.mean((0, 2, 3)), x.std((0, 2, 3)), *seen])


def crops(photo, count, side, plain):
    """As src/image/views.h chooses them. photo: [3, H, W]."""
    light = photo.sum(0)
    detail = torch.zeros_like(light)
    detail[:, 1:] += (light[:, 1:] - light[:, :-1]).abs()
    detail[1:] += (light[1:] - light[:-1]).abs()
    total = F.pad(detail.double().cumsum(0).cumsum(1), [1, 0, 1, 0])
    starts = [[*range(0, length - side, side // 2), length - side] for length in photo.shape[1:]]
    places = [(y, x) for y in starts[0] for x in starts[1]]
    inside = {
        (y, x): float(total[y + side, x + side] - total[y, x + side] - total[y + side, x] + total[y, x])
        for y, x in places
    }
    chosen = []

    def take(order, wanted):
        for y, x in order:
            if wanted and all(abs(y - b) >= side or abs(x - a) >= side for b, a in chosen):
                chosen.append((y, x))
                wanted -= 1

    take(sorted(places, key=lambda at: -inside[at]), count - plain)
    take(sorted(places, key=lambda at: inside[at]), plain)
    return torch.stack([photo[:, y : y + side, x : x + side] for y, x in chosen])


def parts_of(views):
    """(overview size or 0, count, side, plain)"""
    size, _, rest = views.partition("+") if "+" in views or "x" not in views else ("0", "", views)
    if not rest:
        return int(size), 0, 0, 0
    rest, _, plain = rest.partition("-")
    count, side = rest.split("x")
    return int(size), int(count), int(side), int(plain or 0)


def described(weights, photo, views):
    size, count, side, plain = parts_of(views)
    seen = []
    if size:
        whole = F.interpolate(photo[None], (size, size), mode="bicubic", antialias=True, align_corners=False)
        seen.append(features(weights, whole.clamp(0, 255)))
    if count:
        seen.append(features(weights, crops(photo, count, side, plain)))
    return torch.cat(seen)


def ranks(values):
    return values.argsort().argsort().double()


def measured(said, means):
    first, second = torch.triu_indices(len(means), len(means), 1)
    difference = means[first] - means[second]
    right = (said[first] - said[second]) * difference > 0
    srocc = torch.corrcoef(torch.stack([ranks(said), ranks(means)]))[0, 1]
    return 100 * right.double().mean(), 100 * right[difference.abs() > 20].double().mean(), srocc


def predicted(kernel, means, known, asked, penalty):
    some = kernel[known][:, known] + 0.01 * penalty * torch.eye(len(known)).double()
    centre = means[known].mean()
    return kernel[asked][:, known] @ torch.linalg.solve(some, means[known] - centre) + centre


def study(x, means, is_validation):
    train = torch.where(~is_validation)[0]
    x = ((x - x[train].mean(0)) / (x[train].std(0) + 1e-6)).double()
    kernel = x @ x.T / x.shape[1]
    folds = train[torch.randperm(len(train), generator=torch.Generator().manual_seed(0))].chunk(5)
    best = None
    for penalty in PENALTIES:
        said = torch.zeros_like(means)
        for fold in folds:
            others = train[~torch.isin(train, fold)]
            said[fold] = predicted(kernel, means, others, fold, penalty)
        result = measured(said[train], means[train])
        if best is None or result[2] > best[0][2]:
            best = result, penalty
    asked = torch.where(is_validation)[0]
    return best[0], measured(predicted(kernel, means, train, asked, best[1]), means[asked])


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    with open(folder / "mos.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    photos = [pil_to_tensor(Image.open(folder / "images" / row["file"]).convert("RGB")).float() for row in rows]
    means = torch.tensor([float(row["mos"]) for row in rows]).double()
    is_validation = torch.tensor([row["split"] == "validation" for row in rows])
    weights = load_file(ROOT / ".deps/teacher.safetensors")
    print("views           tokens  cross-validated: pairs  far    SROCC   validation: pairs  far    SROCC")
    for views in sys.argv[2:]:
        size, count, side, _ = parts_of(views)
        tokens = round(size / 28) ** 2 + count * round(side / 28) ** 2
        with torch.no_grad():
            x = torch.stack([described(weights, photo, views) for photo in photos])
        numbers = [f"{a:18.1f}  {b:5.1f}  {c:.3f}" for a, b, c in study(x, means, is_validation)]
        print(f"{views:<15} {tokens:6}  " + "   ".join(numbers), flush=True)


if __name__ == "__main__":
    main()
