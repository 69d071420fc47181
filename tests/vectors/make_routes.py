"""Optimal routes from general-purpose solvers, the truth for tests/suite/routes.rs.

Needs numpy, scipy and cvxpy; writes routes.json beside itself: python make_routes.py

Every curve is written here from its law, not from the Rust code: constant product and weighted in closed form, StableSwap
by Newton's method on Curve's invariant, concentrated liquidity as one bounded constant product for each tick range, each a
variable of its own. The split over a set of venues is solved by scipy's SLSQP from several starts; where the curves are
cones, cvxpy (Clarabel) solves the same problem as the conic programme of Angeris et al. 2022, and both must agree to 1e-6
(the conic solver sees small orders through differences of reserves). The choice of venues under gas is by trying every set.
"""

import itertools
import json
import math
import pathlib

import cvxpy
import numpy
from scipy.optimize import minimize

SEED = 20_260_101
SOLVERS_AGREE = 1e-6


def stable_invariant(balances, a):
    """Curve's D: A n sum x + D = A n D + D^(n+1) / (n^n prod x), A n with n = 2."""
    ann, total = a * 2.0, sum(balances)
    d = total
    for _ in range(255):
        p = d
        for x in balances:
            p = p * d / (2.0 * x)
        new = (ann * total + 2.0 * p) * d / ((ann - 1.0) * d + 3.0 * p)
        if abs(new - d) <= 1e-15 * new:
            return new
        d = new
    return d


def stable_y(x, d, a):
    """The other balance at invariant d: y^2 + (x + d / ann - d) y = d^3 / (4 ann x)."""
    ann = a * 2.0
    b, c = x + d / ann - d, d**3 / (4.0 * ann * x)
    root = math.sqrt(b * b + 4.0 * c)
    return (root - b) / 2.0 if b <= 0.0 else 2.0 * c / (root + b)


def pieces(curve, pay):
    """The curve as (output of input, most input) for one or more variables that sum to the input."""
    fee, keep = curve["fee"], 1.0 - curve["fee"]
    kind = curve["kind"]
    if kind == "concentrated":
        edges = sorted({t for low, high, _ in curve["positions"] for t in (low, high)})
        price_root, found = math.sqrt(curve["price"]), []
        for low, high in itertools.pairwise(edges):
            liquidity = sum(l for a, b, l in curve["positions"] if a <= low and high <= b)
            low, high = 1.0001 ** (low / 2), 1.0001 ** (high / 2)
            if pay == 1:
                start, end = max(low, price_root), high
                if end > start and liquidity > 0.0:
                    found.append(("product", liquidity * start, liquidity / start, keep, 1.0, liquidity * (end - start) / keep))
            else:
                start, end = min(high, price_root), low
                if end < start and liquidity > 0.0:
                    most = liquidity * (1.0 / end - 1.0 / start) / keep
                    found.append(("product", liquidity / start, liquidity * start, keep, 1.0, most))
        return found
    reserves = (curve["base"], curve["quote"])
    r_in, r_out = reserves[pay], reserves[1 - pay]
    if kind == "constant_product":
        return [("product", r_in, r_out, keep, 1.0, math.inf)]
    if kind == "weighted":
        weights = (curve["weight"], 1.0 - curve["weight"])
        return [("product", r_in, r_out, keep, weights[pay] / weights[1 - pay], math.inf)]
    return [("stable", r_in, r_out, keep, curve["amplification"], math.inf)]


def output(piece, d):
    kind, r_in, r_out, keep, shape, _ = piece
    if kind == "product":
        return -r_out * math.expm1(-shape * math.log1p(keep * d / r_in))
    invariant = stable_invariant((r_in, r_out), shape)
    return keep * (r_out - stable_y(r_in + d, invariant, shape))


def slope(piece, d):
    kind, r_in, r_out, keep, shape, _ = piece
    if kind == "product":
        return r_out * shape * keep / r_in * math.exp(-(shape + 1.0) * math.log1p(keep * d / r_in))
    invariant = stable_invariant((r_in, r_out), shape)
    x = r_in + d
    y = stable_y(x, invariant, shape)
    g = invariant**3 / (4.0 * shape * 2.0 * x * y)
    return keep * (1.0 + g / x) / (1.0 + g / y)


def variables(case, chosen):
    return [(i, case["offers"][i]["leg"], p) for i in chosen for p in pieces(case["offers"][i], case["offers"][i]["pay"])]


def by_slsqp(case, chosen, rng):
    """The largest output over the chosen offers, gas aside; None when they cannot fill the order."""
    amount, items = case["amount_in"], variables(case, chosen)
    legs = [leg for _, leg, _ in items]
    has_hop = "second" in legs or "first" in legs
    capacity = sum(p[5] for _, leg, p in items if leg != "second")
    if not items or capacity <= amount or (has_hop and ("first" not in legs or "second" not in legs)):
        return None
    # Variables in units of the order; those of second legs too, as prices in these cases are near 1.
    entering = numpy.array([0.0 if leg == "second" else 1.0 for leg in legs])
    gives = numpy.array([0.0 if leg == "first" else 1.0 for leg in legs])
    caps = [min(p[5] / amount, 1.0 if leg != "second" else 3.0) for _, leg, p in items]

    def outputs(z):
        return numpy.array([output(p, max(v, 0.0) * amount) for v, (_, _, p) in zip(z, items)]) / amount

    def slopes(z):
        return numpy.array([slope(p, max(v, 0.0) * amount) for v, (_, _, p) in zip(z, items)])

    constraints = [{"type": "eq", "fun": lambda z: entering @ z - 1.0, "jac": lambda z: entering}]
    if has_hop:
        is_first = numpy.array([leg == "first" for leg in legs]) * 1.0
        is_second = numpy.array([leg == "second" for leg in legs]) * 1.0
        constraints.append({
            "type": "ineq",
            "fun": lambda z: is_first @ outputs(z) - is_second @ z,
            "jac": lambda z: is_first * slopes(z) - is_second,
        })
    best = None
    for _ in range(6):
        start = rng.dirichlet(numpy.ones(len(items)))
        start = numpy.minimum(start, caps)
        found = minimize(
            lambda z: -(gives @ outputs(z)), start, jac=lambda z: -(gives * slopes(z)), bounds=[(0.0, c) for c in caps],
            constraints=constraints, method="SLSQP", options={"ftol": 1e-15, "maxiter": 500},
        )
        z = numpy.clip(found.x, 0.0, caps)
        # What the solver's tolerance leaves is not counted as a gain: inputs are scaled to the order, second legs to the flow.
        z = numpy.where(entering > 0.0, z / max(entering @ z, 1e-300), z)
        if (z > numpy.array(caps) * (1.0 + 1e-9)).any():
            continue
        if has_hop:
            flow, taken = is_first @ outputs(z), is_second @ z
            if taken > flow:
                z = numpy.where(is_second > 0.0, z * (flow / taken), z)
        value = float(gives @ outputs(z)) * amount
        if best is None or value > best:
            best = value
    return best


def by_cones(case, chosen):
    """The same by cvxpy where no curve is StableSwap."""
    amount, items = case["amount_in"], variables(case, chosen)
    inputs, outs = cvxpy.Variable(len(items), nonneg=True), cvxpy.Variable(len(items), nonneg=True)
    entering, first, second, wanted, limits = [], [], [], [], []
    for j, (_, leg, (_, r_in, r_out, keep, shape, most)) in enumerate(items):
        share = shape / (1.0 + shape)
        after_in, after_out = 1.0 + keep * amount / r_in * inputs[j], 1.0 - amount / r_out * outs[j]
        if shape == 1.0:
            limits.append(cvxpy.geo_mean(cvxpy.hstack([after_in, after_out])) >= 1.0)
        else:
            limits.append(cvxpy.PowCone3D(after_in, after_out, cvxpy.Constant(1.0), share))
        if most < math.inf:
            limits.append(inputs[j] <= most / amount)
        (second if leg == "second" else entering).append(inputs[j])
        if leg == "first":
            first.append(outs[j])
        else:
            wanted.append(outs[j])
    limits.append(sum(entering) <= 1.0)
    if second:
        limits.append(sum(second) <= sum(first))
    problem = cvxpy.Problem(cvxpy.Maximize(sum(wanted)), limits)
    problem.solve(solver="CLARABEL", tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10)
    return problem.value * amount


def best(case, rng):
    """The best net output over all sets of offers."""
    offers = case["offers"]
    everything = tuple(range(len(offers)))
    if all(offer["gas"] == 0.0 for offer in offers):
        sets = [everything]
    else:
        sets = [s for n in range(1, len(offers) + 1) for s in itertools.combinations(everything, n)]
    values = [(by_slsqp(case, s, rng), s) for s in sets]
    net, chosen = max((v - sum(offers[i]["gas"] for i in s), s) for v, s in values if v is not None)
    if all(offers[i]["kind"] != "stable_swap" for i in chosen):
        gas = sum(offers[i]["gas"] for i in chosen)
        cones = by_cones(case, chosen) - gas
        assert abs(cones - net) <= SOLVERS_AGREE * net, (case["name"], cones, net)
    return net


def curve(rng, kind):
    fee = float(rng.choice([0.0, 0.0005, 0.003, 0.01]))
    size, tilt = float(rng.uniform(50.0, 500.0)), float(rng.uniform(0.97, 1.03))
    if kind == "constant_product":
        return {"kind": kind, "fee": fee, "base": size, "quote": size * tilt}
    if kind == "weighted":
        weight = float(rng.choice([0.2, 0.5, 0.7, 0.8]))
        return {"kind": kind, "fee": fee, "base": size, "quote": size * tilt * (1.0 - weight) / weight, "weight": weight}
    if kind == "stable_swap":
        amplification = float(rng.choice([5.0, 50.0, 200.0, 2000.0]))
        return {"kind": kind, "fee": min(fee, 0.0005), "base": size, "quote": size * tilt, "amplification": amplification}
    centre = 10 * round(math.log(tilt) / math.log(1.0001) / 10)
    positions = [(-200_000, 200_000, size)]
    for _ in range(int(rng.integers(1, 4))):
        low, high = (10 * int(rng.integers(1, 150)) for _ in range(2))
        positions.append((centre - low, centre + high, size * float(rng.uniform(1.0, 30.0))))
    if rng.random() < 0.4:
        # A gap: nothing between the first positions and one far away.
        positions = [p for p in positions[1:]] + [(centre + 2_000, centre + 40_000, size), (centre - 40_000, centre - 2_000, size)]
    return {"kind": kind, "fee": fee, "price": tilt, "positions": positions}


def cases(rng):
    kinds = ["constant_product", "weighted", "stable_swap", "concentrated"]
    mixes = [[k] * 2 for k in kinds] + [list(pair) for pair in itertools.combinations(kinds, 2)]
    mixes += [["constant_product"] * 8, kinds, kinds * 2]
    mixes += [[str(k) for k in rng.choice(kinds, int(n))] for n in rng.integers(3, 9, 20)]
    for number, mix in enumerate(mixes):
        pay = int(rng.integers(0, 2))
        offers = [{**curve(rng, k), "pay": pay, "leg": "direct", "gas": 0.0} for k in mix]
        yield {"name": f"mix {number}", "amount_in": float(10.0 ** rng.uniform(0.0, 2.5)), "offers": offers}
    for number in range(16):
        mix = [str(k) for k in rng.choice(kinds, int(rng.integers(2, 6)))]
        offers = [{**curve(rng, k), "pay": 1, "leg": "direct", "gas": float(rng.choice([0.0, 0.001, 0.01, 0.1]))} for k in mix]
        yield {"name": f"gas {number}", "amount_in": float(10.0 ** rng.uniform(0.0, 2.0)), "offers": offers}
    for number in range(24):
        legs = ["direct"] * int(rng.integers(0, 3)) + ["first"] * int(rng.integers(1, 4)) + ["second"] * int(rng.integers(1, 4))
        pays = {"direct": int(rng.integers(0, 2)), "first": int(rng.integers(0, 2)), "second": int(rng.integers(0, 2))}
        gas = [0.0] if number < 14 or len(legs) > 5 else [0.0, 0.002, 0.05]
        offers = [
            {**curve(rng, str(rng.choice(kinds))), "pay": pays[leg], "leg": leg, "gas": float(rng.choice(gas))} for leg in legs
        ]
        yield {"name": f"hop {number}", "amount_in": float(10.0 ** rng.uniform(0.0, 2.0)), "offers": offers}


def main():
    rng = numpy.random.default_rng(SEED)
    solved = []
    for case in cases(rng):
        case["net"] = best(case, rng)
        solved.append(case)
        print(case["name"], len(case["offers"]), case["amount_in"], case["net"], flush=True)
    origin = "make_routes.py: scipy SLSQP, checked by cvxpy Clarabel where curves are cones; sets under gas by trying all"
    path = pathlib.Path(__file__).with_name("routes.json")
    path.write_text(json.dumps({"origin": origin, "cases": solved}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
