"""Small classifications, whether their likelihood has a maximum, and its value: existence.json.

Needs NumPy and SciPy; made with SciPy 1.17.1. Run in this directory: python make_existence.py

Whether a maximum exists is asked of a linear program (scipy.optimize.linprog, HiGHS): it has none if some weights and
biases rank, for every sample, its own class at least as high as every other, and not always equally high (Albert, Anderson
1984). Features are small whole numbers, so that many samples lie on such a plane. The minima of the mean loss, with and
without a penalty on the weights, are those of scipy.optimize.minimize (trust-exact).
"""

import json

import numpy as np
from scipy.optimize import linprog, minimize

PENALTY = 0.1


def comparisons(features, targets, classes):
    """Of each sample and other class, the gradient of how much higher the sample's own class is ranked."""
    rows = []
    for x, y in zip(features, targets):
        z = np.append(x, 1)
        if classes == 2:
            rows.append(z if y == 1 else -z)
            continue
        for other in range(classes):
            if other != y:
                row = np.zeros((classes, len(z)))
                row[y], row[other] = z, -z
                rows.append(row.ravel())
    return np.array(rows)


def is_endless(features, targets, classes, biases_only):
    a = comparisons(features, targets, classes)
    if biases_only:
        a = a.reshape(len(a), -1, features.shape[1] + 1)[:, :, -1]
    m, q = a.shape
    # The largest sum of t, 0 <= t <= 1, with a d >= t.
    found = linprog(
        np.append(np.zeros(q), -np.ones(m)), A_ub=np.hstack([-a, np.eye(m)]), b_ub=np.zeros(m),
        bounds=[(None, None)] * q + [(0, 1)] * m)
    assert found.status == 0
    return bool(-found.fun > 0.5)


def minimum(features, targets, classes, penalty):
    outputs = 1 if classes == 2 else classes
    z = np.hstack([features, np.ones((len(features), 1))])
    n, width = z.shape
    weights = np.tile(np.append(np.ones(width - 1), 0), outputs)

    def probabilities(v):
        s = z @ v.reshape(outputs, width).T
        if outputs == 1:
            s = np.hstack([np.zeros((n, 1)), s])
        top = s.max(axis=1, keepdims=True)
        e = np.exp(s - top)
        return s, top[:, 0] + np.log(e.sum(axis=1)), e / e.sum(axis=1, keepdims=True)

    def value(v):
        s, total, _ = probabilities(v)
        return np.mean(total - s[np.arange(n), targets]) + penalty / 2 * np.sum(weights * v * v)

    def slopes(v):
        p = probabilities(v)[2].copy()
        p[np.arange(n), targets] -= 1
        p = p[:, 1:] if outputs == 1 else p
        return (p.T @ z / n).ravel() + penalty * weights * v

    def hessian(v):
        p = probabilities(v)[2]
        p = p[:, 1:] if outputs == 1 else p
        h = np.zeros((outputs * width, outputs * width))
        for i in range(n):
            c = np.diag(p[i]) - np.outer(p[i], p[i])
            h += np.kron(c, np.outer(z[i], z[i])) / n
        return h + penalty * np.diag(weights)

    found = minimize(
        value, np.zeros(outputs * width), jac=slopes, hess=hessian, method="trust-exact", options={"gtol": 1e-11})
    # The error of the value is of the order of the square.
    assert np.linalg.norm(slopes(found.x)) < 1e-7, found
    return float(found.fun)


random = np.random.default_rng(14)
cases = []
for number in range(80):
    classes = 2 if number < 45 else 3
    n, f = int(random.integers(6, 22)), int(random.integers(1, 4))
    features = random.integers(-3, 4, (n, f)).astype(float)
    if number % 5 == 4:
        features[:, -1] = features[:, 0] * 2 - 1  # columns that depend on each other
    noise = random.choice([0.3, 2, 4])
    score = features @ random.normal(size=f) + noise * random.normal(size=n)
    targets = np.digitize(score, [0] if classes == 2 else [-1, 1])
    without = is_endless(features, targets, classes, False)
    penalized = is_endless(features, targets, classes, True)
    cases.append({
        "classes": classes, "features": features.tolist(), "targets": targets.tolist(), "is_endless": without,
        "is_endless_with_penalty": penalized, "penalty": PENALTY,
        "minimum": None if without else minimum(features, targets, classes, 0),
        "minimum_with_penalty": None if penalized else minimum(features, targets, classes, PENALTY)})
print(sum(c["is_endless"] for c in cases), sum(c["is_endless_with_penalty"] for c in cases), "of", len(cases))
with open("existence.json", "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
