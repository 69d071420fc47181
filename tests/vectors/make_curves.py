#!/usr/bin/env python3
"""Makes stable_swap.json and weighted.json, the vectors of tests/suite/curves.rs.

StableSwap: the rules of Curve's pool template (curvefi/curve-contract, SwapTemplateBase.vy) in exact integers with the
contract's own rounding. `decimals` 18 is the contract; 36 is the same arithmetic on units of 10^-36, so that trades of
10^6 base units of 10^-18 are not drowned in the contract's rounding to whole units.
Weighted: the formulas of Balancer V2's WeightedMath.sol in decimals of 60 digits, without the contract's rounding.

    python3 make_curves.py            writes both files beside this script (same bytes every time; standard library only)
    python3 make_curves.py --compare  besides compares with the packages curvesim and balancerv2cad, where installed
"""
import json
import random
import sys
from decimal import Decimal, getcontext
from pathlib import Path

getcontext().prec = 60
FEE_ONE = 10**10
YEAR_SECONDS = 365 * 86_400
HERE = Path(__file__).parent


class StableSwap:
    """One pool of the contract: integers only."""

    def __init__(self, coins, a_hundredths, rates, fee, admin_fee, decimals=18, a_precision=100):
        self.n, self.a, self.rates, self.fee, self.admin_fee = coins, a_hundredths, list(rates), fee, admin_fee
        self.one, self.a_precision = 10**decimals, a_precision
        self.balances, self.supply = [0] * coins, 0

    def scaled(self, balances=None):
        return [b * r // self.one for b, r in zip(balances or self.balances, self.rates)]

    def d(self, xs):
        total = sum(xs)
        if total == 0:
            return 0
        ann, d = self.a * self.n, total
        for _ in range(255):
            part = d
            for x in xs:
                part = part * d // (x * self.n)
            before = d
            d = (ann * total // self.a_precision + part * self.n) * d // (
                (ann - self.a_precision) * d // self.a_precision + (self.n + 1) * part
            )
            if abs(d - before) <= 1:
                return d
        raise ArithmeticError("D did not settle")

    def solve(self, others, d):
        """The one balance that is missing beside `others` when the invariant is d."""
        ann, c = self.a * self.n, d
        for x in others:
            c = c * d // (x * self.n)
        c = c * d * self.a_precision // (ann * self.n)
        b = sum(others) + d * self.a_precision // ann
        y = d
        for _ in range(255):
            before = y
            y = (y * y + c) // (2 * y + b - d)
            if abs(y - before) <= 1:
                return y
        raise ArithmeticError("y did not settle")

    def swap(self, i, j, paid):
        xs = self.scaled()
        d = self.d(xs)
        xs[i] += paid * self.rates[i] // self.one
        y = self.solve([x for k, x in enumerate(xs) if k != j], d)
        gross = xs[j] - y - 1
        fee = gross * self.fee // FEE_ONE
        out = (gross - fee) * self.one // self.rates[j]
        admin = fee * self.admin_fee // FEE_ONE * self.one // self.rates[j]
        self.balances[i] += paid
        self.balances[j] -= out + admin
        return out, fee * self.one // self.rates[j]

    def imbalance(self, d0, old, new):
        """Fees of going from `old` to `new`, and the invariant that is left to the mover."""
        d1 = self.d(self.scaled(new))
        rate = self.fee * self.n // (4 * (self.n - 1))
        fees = [rate * abs(d1 * o // d0 - w) // FEE_ONE for o, w in zip(old, new)]
        self.balances = [w - f * self.admin_fee // FEE_ONE for w, f in zip(new, fees)]
        return self.d(self.scaled([w - f for w, f in zip(new, fees)])), fees

    def join(self, amounts):
        old = self.balances
        new = [b + a for b, a in zip(old, amounts)]
        if self.supply == 0:
            self.balances, self.supply = new, self.d(self.scaled(new))
            return self.supply, [0] * self.n
        d0 = self.d(self.scaled(old))
        d2, fees = self.imbalance(d0, old, new)
        minted = self.supply * (d2 - d0) // d0
        self.supply += minted
        return minted, fees

    def leave(self, burnt):
        amounts = [b * burnt // self.supply for b in self.balances]
        self.balances = [b - a for b, a in zip(self.balances, amounts)]
        self.supply -= burnt
        return amounts

    def leave_one(self, burnt, i):
        xs = self.scaled()
        d0 = self.d(xs)
        d1 = d0 - burnt * d0 // self.supply
        y0 = self.solve(xs[:i] + xs[i + 1 :], d1)
        rate = self.fee * self.n // (4 * (self.n - 1))
        moved = [x - x * d1 // d0 for x in xs]
        moved[i] = xs[i] * d1 // d0 - y0
        less = [x - rate * m // FEE_ONE for x, m in zip(xs, moved)]
        drop = less[i] - self.solve(less[:i] + less[i + 1 :], d1) - 1
        out = drop * self.one // self.rates[i]
        fee = (xs[i] - y0) * self.one // self.rates[i] - out
        self.balances[i] -= out + fee * self.admin_fee // FEE_ONE
        self.supply -= burnt
        return out, fee

    def leave_imbalanced(self, amounts):
        old = self.balances
        d0 = self.d(self.scaled(old))
        d2, fees = self.imbalance(d0, old, [b - a for b, a in zip(old, amounts)])
        burnt = (d0 - d2) * self.supply // d0 + 1
        self.supply -= burnt
        return burnt, fees


class Weighted:
    """One pool in decimals."""

    def __init__(self, weights, fee, apart):
        self.w, self.fee, self.apart = list(weights), fee, apart
        self.balances = [Decimal(0)] * len(weights)

    def product(self, ratios):
        return sum((w * r.ln() for w, r in zip(self.w, ratios)), Decimal(0)).exp()

    def swap(self, i, j, paid):
        fee = paid * self.fee
        ratio = self.balances[i] / (self.balances[i] + paid - fee)
        out = self.balances[j] * (1 - (ratio.ln() * self.w[i] / self.w[j]).exp())
        self.balances[i] += paid - fee * self.apart
        self.balances[j] -= out
        return out, fee

    def join(self, amounts):
        zero = [Decimal(0)] * len(self.w)
        if not any(self.balances):
            self.balances = list(amounts)
            return self.product(amounts), zero
        mean = sum(w * (b + a) / b for w, a, b in zip(self.w, amounts, self.balances))
        fees = []
        for a, b in zip(amounts, self.balances):
            taxable = a - b * (mean - 1)
            fees.append(taxable * self.fee if taxable > 0 else Decimal(0))
        ratio = self.product([(b + a - f) / b for a, b, f in zip(amounts, self.balances, fees)])
        self.balances = [b + a - f * self.apart for a, b, f in zip(amounts, self.balances, fees)]
        return ratio - 1, fees

    def leave(self, share):
        amounts = [b * share for b in self.balances]
        self.balances = [b - a for a, b in zip(amounts, self.balances)]
        return amounts

    def leave_one(self, share, i):
        gross = self.balances[i] * (1 - ((1 - share).ln() / self.w[i]).exp())
        fee = gross * (1 - self.w[i]) * self.fee
        self.balances[i] -= gross - fee + fee * self.apart
        return gross - fee, fee

    def leave_imbalanced(self, amounts):
        mean = sum(w * (b - a) / b for w, a, b in zip(self.w, amounts, self.balances))
        fees = []
        for a, b in zip(amounts, self.balances):
            taxable = a - b * (1 - mean)
            fees.append(taxable / (1 - self.fee) - taxable if taxable > 0 else Decimal(0))
        ratio = self.product([(b - a - f) / b for a, b, f in zip(amounts, self.balances, fees)])
        self.balances = [b - a - f * self.apart for a, b, f in zip(amounts, self.balances, fees)]
        return 1 - ratio, fees


def size(chance, low, high):
    """A size between low and high, log-uniform, of six digits so that both sides read the same number."""
    return Decimal(f"{Decimal(low) * (Decimal(high) / Decimal(low)) ** Decimal(chance.random()):.5e}")


def short(value):
    return float(f"{value:.14g}")


def listing(values):
    return [short(v) for v in values]


def mixture(chance, balances, low, high):
    """Amounts by coin: near pro rata, one coin, or anything."""
    kind, whole = chance.randrange(3), size(chance, low, high)
    only = chance.randrange(len(balances))
    amounts = []
    for coin, balance in enumerate(balances):
        part = (1, Decimal(int(coin == only)), size(chance, "0.01", 1))[kind]
        amounts.append(Decimal(f"{balance * whole * part:.5e}"))
    return amounts


def stable_pools(chance):
    pools = []
    for number in range(44):
        n = 2 if number % 2 == 0 else chance.randrange(3, 9)
        decimals = 18 if number % 4 < 2 else 36
        # The least trade is 10^6 base units where the finer arithmetic resolves it, 10^12 where the contract rounds.
        least = Decimal(10) ** (-12 if decimals == 36 else -6)
        ramped, growing = number % 5 == 3, number % 7 == 4
        a = [chance.choice([100, 500, 1_000, 10_000, 20_000, 200_000, 10_000_000]) for _ in range(2)]
        a = [a[0], min(max(a[1], a[0] // 10, 100), a[0] * 10)] if ramped else [a[0], a[0]]
        ramp = [a[0], a[1], 86_400, 40 * 86_400] if ramped else [a[0], a[0], 0, 0]
        fee = 1_680 * chance.choice([0, 60, 240, 2_381, 20_000])
        admin = chance.choice([0, FEE_ONE // 2, FEE_ONE])
        rates = [(Decimal(1), Decimal(0))] * n
        if growing:
            rates = [(Decimal("1.0345"), Decimal("0.04")) if k % 2 == 0 else (Decimal(1), Decimal(0)) for k in range(n)]
        elif number % 6 == 5:
            rates = [(Decimal(chance.choice(["0.25", "1", "1.12", "1900"])), Decimal(0)) for _ in range(n)]
        one = 10**decimals

        def rate_at(seconds):
            return [int(r * (g * seconds / YEAR_SECONDS).exp() * one) for r, g in rates]

        pool = StableSwap(n, a[0], rate_at(0), fee, admin, decimals)
        steps, seconds = [], 0
        worth = size(chance, 1_000, 10**8)
        skew = chance.choice([1, 3, 30])
        first = [Decimal(f"{worth * size(chance, 1, skew + 1) / rates[k][0]:.5e}") for k in range(n)]
        minted, fees = pool.join([int(x * one) for x in first])
        steps.append(["join", [float(x) for x in first], short(Decimal(minted) / one), listing(map(Decimal, fees))])
        for _ in range(60):
            balances = [Decimal(b) / one for b in pool.balances]
            kind = chance.random()
            if kind < 0.6:
                i, j = chance.sample(range(n), 2)
                paid = size(chance, least, balances[i] / 3 if chance.random() < 0.9 else balances[i] * 3)
                out, taken = pool.swap(i, j, int(paid * one))
                steps.append(["swap", i, j, float(paid), short(Decimal(out) / one), short(Decimal(taken) / one)])
            elif kind < 0.72:
                amounts = mixture(chance, balances, "1e-5", 1)
                before = pool.supply
                minted, fees = pool.join([int(x * one) for x in amounts])
                fees = listing(Decimal(f) / one for f in fees)
                steps.append(["join", [float(x) for x in amounts], short(Decimal(minted) / before), fees])
            elif kind < 0.76:
                share = size(chance, "1e-5", "0.5")
                amounts = pool.leave(int(share * pool.supply))
                steps.append(["leave", float(share), listing(Decimal(x) / one for x in amounts)])
            elif kind < 0.85:
                share, coin = size(chance, "1e-5", "0.2"), chance.randrange(n)
                out, taken = pool.leave_one(int(share * pool.supply), coin)
                steps.append(["leave_one", float(share), coin, short(Decimal(out) / one), short(Decimal(taken) / one)])
            elif kind < 0.94:
                amounts = mixture(chance, balances, "1e-5", "0.4")
                before = pool.supply
                burnt, fees = pool.leave_imbalanced([int(x * one) for x in amounts])
                fees = listing(Decimal(f) / one for f in fees)
                steps.append(["leave_imbalanced", [float(x) for x in amounts], short(Decimal(burnt) / before), fees])
            elif ramped or growing:
                seconds += chance.randrange(1, 8 * 86_400)
                first_a, last_a, begun, ended = ramp
                if ramped and seconds < ended:
                    done = abs(last_a - first_a) * max(seconds - begun, 0) // (ended - begun)
                    pool.a = first_a + done if last_a > first_a else first_a - done
                else:
                    pool.a = last_a
                pool.rates = rate_at(seconds)
                steps.append(["time", seconds, pool.a / 100])
        pools.append({
            "coins": n, "decimals": decimals, "ramp": [ramp[0] / 100, ramp[1] / 100, ramp[2], ramp[3]],
            "rates": [[float(r), float(g)] for r, g in rates], "fee": fee / FEE_ONE, "apart": admin / FEE_ONE,
            "steps": steps, "balances": listing(Decimal(b) / one for b in pool.balances),
            "invariant": short(Decimal(pool.d(pool.scaled())) / one),
        })
    return pools


def weighted_pools(chance):
    pools = []
    for number in range(36):
        n = 2 if number % 2 == 0 else chance.randrange(3, 9)

        def weights():
            cuts = [Decimal(chance.randrange(20, 1_000)) for _ in range(n)]
            rounded = [max(Decimal("0.01"), (c / sum(cuts)).quantize(Decimal("0.001"))) for c in cuts]
            rounded[rounded.index(max(rounded))] += 1 - sum(rounded)
            return rounded

        first_w = [Decimal("0.5")] * 2 if number == 0 else weights()
        ramped = number % 4 == 3
        last_w = weights() if ramped else first_w
        begun, ended = (86_400, 5 * 86_400) if ramped else (0, 0)
        fee, apart = Decimal(chance.choice(["0", "0.000001", "0.003", "0.01", "0.1"])), Decimal(chance.choice(["0", "0.5", "1"]))
        pool, steps, seconds = Weighted(first_w, fee, apart), [], 0
        first = [size(chance, 1, 10**9) for _ in range(n)]
        minted, fees = pool.join(first)
        steps.append(["join", [float(x) for x in first], short(minted), listing(fees)])
        for _ in range(70):
            kind = chance.random()
            if kind < 0.6:
                i, j = chance.sample(range(n), 2)
                paid = pool.balances[i] * size(chance, "1e-12", "0.3" if chance.random() < 0.9 else 5)
                paid = Decimal(f"{paid:.5e}")
                out, taken = pool.swap(i, j, paid)
                steps.append(["swap", i, j, float(paid), short(out), short(taken)])
            elif kind < 0.72:
                amounts = mixture(chance, pool.balances, "1e-9", 1)
                growth, fees = pool.join(amounts)
                steps.append(["join", [float(x) for x in amounts], short(growth), listing(fees)])
            elif kind < 0.76:
                share = size(chance, "1e-9", "0.5")
                steps.append(["leave", float(share), listing(pool.leave(share))])
            elif kind < 0.85:
                share, coin = size(chance, "1e-9", "0.3"), chance.randrange(n)
                out, taken = pool.leave_one(share, coin)
                steps.append(["leave_one", float(share), coin, short(out), short(taken)])
            elif kind < 0.94:
                amounts = mixture(chance, pool.balances, "1e-9", "0.4")
                share, fees = pool.leave_imbalanced(amounts)
                steps.append(["leave_imbalanced", [float(x) for x in amounts], short(share), listing(fees)])
            elif ramped:
                seconds += chance.randrange(1, 86_400)
                done = min(max(Decimal(seconds - begun) / (ended - begun), Decimal(0)), Decimal(1))
                pool.w = [a + (b - a) * done for a, b in zip(first_w, last_w)]
                steps.append(["time", seconds, listing(pool.w)])
        pools.append({
            "coins": n, "ramp": [listing(first_w), listing(last_w), begun, ended], "fee": float(fee), "apart": float(apart),
            "steps": steps, "balances": listing(pool.balances), "invariant": short(pool.product(pool.balances)),
        })
    return pools


def compare_with_curvesim():
    """Our integers against curvesim's pool, whose A has no hundredths: every result must be the same integer."""
    import copy
    import importlib.util
    import types

    root = Path(importlib.util.find_spec("curvesim").origin).parent
    for name in ("curvesim", "curvesim.pool", "curvesim.pool.stableswap"):  # without their imports of network clients
        module = types.ModuleType(name)
        module.__path__ = [str(root.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = module
    from curvesim.pool.stableswap.pool import CurvePool

    chance, steps = random.Random(77), 0
    for _ in range(200):
        n, one = chance.randrange(2, 5), 10**18
        a, fee, admin = chance.choice([10, 100, 2_000]), chance.choice([0, 4_000_000, 30_000_000]), FEE_ONE // 2
        rates = [int(chance.uniform(0.5, 2) * one) for _ in range(n)]
        ours = StableSwap(n, a, rates, fee, admin, a_precision=1)
        ours.join([int(chance.uniform(1e4, 1e6) * one) for _ in range(n)])
        theirs = CurvePool(a, list(ours.balances), n, rates=rates, tokens=ours.supply, fee=fee, admin_fee=admin)
        for _ in range(60):
            kind, amounts = chance.randrange(5), [int(b * chance.uniform(0, 0.2)) for b in ours.balances]
            burnt, i, j = int(ours.supply * chance.uniform(1e-6, 0.2)), *chance.sample(range(n), 2)
            before = copy.deepcopy(ours)
            try:
                if kind == 0:
                    expected = ours.swap(i, j, amounts[i])
                elif kind == 1:
                    expected = ours.join(amounts)[0]
                elif kind == 2:
                    expected = ours.leave(burnt) and None
                elif kind == 3:
                    expected = ours.leave_one(burnt, i)
                else:
                    expected = ours.leave_imbalanced(amounts)
            except ArithmeticError:  # D flits between two integers for ever: the contract reverts, curvesim hangs
                ours = before
                continue
            calls = (
                lambda: theirs.exchange(i, j, amounts[i]),
                lambda: theirs.add_liquidity(amounts),
                lambda: theirs.remove_liquidity(burnt),
                lambda: theirs.remove_liquidity_one_coin(burnt, i),
                lambda: theirs.remove_liquidity_imbalance(amounts),
            )
            assert calls[kind]() == expected, kind
            assert theirs.balances == ours.balances and theirs.tokens == ours.supply
            steps += 1
    print(f"curvesim: {steps} operations, every integer the same")


def compare_with_balancerv2cad():
    """Our decimals against balancerv2cad's WeightedMath for a swap and for leaving in one coin.

    Its join and its exit for exact amounts do not follow the contract (they multiply a running sum by each weight), and are
    left out.
    """
    from balancerv2cad.WeightedMath import WeightedMath as Theirs

    chance, worst = random.Random(78), Decimal(0)
    for _ in range(2_000):
        weight = Decimal(chance.randrange(1, 100)) / 100
        ours = Weighted([weight, 1 - weight], Decimal("0.003"), Decimal(0))
        ours.join([size(chance, 1, 10**6), size(chance, 1, 10**6)])
        (base, quote), paid = ours.balances, ours.balances[0] * size(chance, "1e-6", "0.3")
        share = size(chance, "1e-6", "0.3")
        theirs = (
            Theirs.calc_out_given_in(base, weight, quote, 1 - weight, paid * (1 - ours.fee)),
            Theirs.calc_token_out_given_exact_bpt_in(base, weight, share, Decimal(1), ours.fee),
        )
        getcontext().prec, getcontext().rounding = 60, "ROUND_HALF_EVEN"
        left = ours.leave_one(share, 0)[0]
        ours.balances = [base, quote]
        swapped = ours.swap(0, 1, paid)[0]
        worst = max(worst, abs(theirs[0] / swapped - 1), abs(theirs[1] / left - 1))
    print(f"balancerv2cad: 4000 results, largest relative difference {worst:.1e} (it works in 28 digits)")
    assert worst < Decimal("1e-18")


def main():
    if "--compare" in sys.argv:
        compare_with_curvesim()
        compare_with_balancerv2cad()
    headers = {
        "stable_swap": "make_curves.py: rules of Curve's SwapTemplateBase.vy in exact integers with its rounding (decimals 18) "
        "and in 10^-36 units (decimals 36); 11989 random operations equal, integer by integer, to curvesim 0.5.0's CurvePool. "
        "steps: [join, amounts, growth, fees] [swap, pay, get, in, out, fee of output] [leave, share, amounts] "
        "[leave_one, share, coin, amount, fee] [leave_imbalanced, amounts, share, fees] [time, seconds, A]; whole tokens.",
        "weighted": "make_curves.py: formulas of Balancer V2's WeightedMath.sol in decimals of 60 digits, without its rounding; "
        "4000 swaps and exits in one coin agree with balancerv2cad 0.1.93 to its 28 digits. "
        "steps: [join, amounts, growth, fees] [swap, pay, get, in, out, fee of input] [leave, share, amounts] "
        "[leave_one, share, coin, amount, fee] [leave_imbalanced, amounts, share, fees] [time, seconds, weights]; whole tokens.",
    }
    for name, make, seed in (("stable_swap", stable_pools, 2_019), ("weighted", weighted_pools, 2_020)):
        pools = make(random.Random(seed))
        lines = ",\n".join(json.dumps(pool, separators=(",", ":")) for pool in pools)
        text = f'{{"made":{json.dumps(headers[name])},\n"pools":[\n{lines}\n]}}\n'
        (HERE / f"{name}.json").write_text(text)
        print(f"{name}: {len(pools)} pools, {sum(len(p['steps']) for p in pools)} steps, {len(text)} bytes")


if __name__ == "__main__":
    main()
