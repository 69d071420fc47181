#!/usr/bin/env python3
"""Makes options.json, the vectors of the Black-Scholes laws: price, delta, gamma and vega by mpmath at 60 digits, from the textbook
formulas alone (each right on its own, no parity).

    python3 make_options.py     writes the file beside this script (same bytes every time; needs mpmath)
"""
import json
from mpmath import mp, mpf, log, sqrt, exp, erfc, pi
mp.dps = 60
def N(x): return erfc(-x / sqrt(mpf(2))) / 2
def n(x): return exp(-x * x / 2) / sqrt(2 * pi)
rows = []
def row(spot, strike, years, vol, rate):
    S, K, T, v, r = (mpf(x) for x in (spot, strike, years, vol, rate))
    sd = v * sqrt(T); d1 = (log(S / K) + r * T) / sd + sd / 2; d2 = d1 - sd; D = exp(-r * T)
    f = lambda x: float(x)
    rows.append(dict(spot=spot, strike=strike, years=years, volatility=vol, rate=rate,
        call=f(S * N(d1) - K * D * N(d2)), put=f(K * D * N(-d2) - S * N(-d1)), call_delta=f(N(d1)), put_delta=f(-N(-d1)),
        gamma=f(n(d1) / (S * sd)), vega=f(S * n(d1) * sqrt(T))))
for strike in (1500.0, 2400.0, 2900.0, 3000.0, 3001.0, 3300.0, 4500.0):
    for days in (0.5, 7.0, 30.0, 365.0):
        for vol in (0.3, 0.75, 1.5):
            if abs(log(mpf(3000.0) / strike)) / (vol * sqrt(mpf(days) / 365)) < 6:
                row(3000.0, strike, days / 365.0, vol, 0.0)
for rate in (-0.02, 0.05, 0.1):
    for strike in (40.0, 42.0, 55.0):
        row(42.0, strike, 0.5, 0.2, rate)
import os
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "options.json"), "w") as out:
    out.write("[\n" + ",\n".join("  " + json.dumps(r) for r in rows) + "\n]\n")
