"""Writes tests/golden/correlation/cases.json: rank and linear correlations of scores with opinions, by scipy."""

import json
from pathlib import Path

import numpy as np
from scipy.optimize import curve_fit
from scipy.stats import kendalltau, norm, pearsonr, spearmanr

FOLDER = Path(__file__).resolve().parents[2] / "tests/golden/correlation"


def logistic(x, bottom, top, middle, log_width):
    return bottom + (top - bottom) / (1 + np.exp(-(x - middle) / np.exp(log_width)))


def mapped(scores, opinions):
    """Pearson's r after VQEG's four-parameter logistic, and the sum of squares that is left."""
    ends = [opinions.min(), opinions.max()] if pearsonr(scores, opinions).statistic >= 0 else [opinions.max(), opinions.min()]
    start = [*ends, scores.mean(), np.log(scores.std())]
    parameters, _ = curve_fit(logistic, scores, opinions, p0=start, maxfev=100_000, xtol=1e-14, ftol=1e-14, gtol=1e-14)
    values = logistic(scores, *parameters)
    return float(pearsonr(values, opinions).statistic), float(((values - opinions) ** 2).sum())


def case(name, scores, opinions):
    scores, opinions = np.asarray(scores, float), np.asarray(opinions, float)
    plcc, squares = mapped(scores, opinions)
    return {"name": name, "scores": scores.tolist(), "opinions": opinions.tolist(),
            "pearson": float(pearsonr(scores, opinions).statistic),
            "spearman": float(spearmanr(scores, opinions).statistic),
            "kendall": float(kendalltau(scores, opinions).statistic),
            "mapped_pearson": plcc, "squares": squares}


def main():
    random = np.random.default_rng(7)
    truth = random.uniform(5, 95, 60)
    curved = np.log(truth / (100 - truth)) + random.normal(0, 0.7, 60)
    cases = [
        case("curved", np.round(curved, 6), np.round(truth, 4)),
        case("with ties", np.round(truth / 20 + random.normal(0, 0.8, 60)), np.round(truth / 10)),
        case("falling", np.round(-curved, 6), np.round(truth, 4)),
        case("noise", np.round(random.normal(0, 1, 60), 6), np.round(truth, 4)),
    ]
    shares = [{"difference": d, "sd_a": a, "sd_b": b, "share": float(norm.cdf(d / np.hypot(a, b)))}
              for d, a, b in [(0.0, 15.0, 20.0), (12.5, 18.2, 19.9), (-40.0, 20.1, 11.9), (3.0, 0.5, 0.4)]]
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "cases.json").write_text(json.dumps({"cases": cases, "shares": shares}, indent=1) + "\n")


if __name__ == "__main__":
    main()
