//! European calls and puts: price and sensitivities by Black and Scholes.

use std::f64::consts::FRAC_1_SQRT_2;

/// 1 / sqrt(2 pi).
const NORM: f64 = 0.398_942_280_401_432_7;

/// Beyond this many standard deviations nothing of a normal law is left that counts: N(-8.3) is 5e-17.
const NORMAL_REACH: f64 = 8.3;

/// Halvings of the reach after which a float cannot be divided further.
const HALVINGS: u32 = 60;

/// What an option gives a right to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// To buy at the strike.
    Call,
    /// To sell at the strike.
    Put,
}

/// A European option on one unit of an asset that pays nothing while it is held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct European {
    /// Call or put.
    pub right: Right,
    /// Strike, in units of the price; above 0.
    pub strike: f64,
    /// Time to expiry, years; not negative.
    pub years: f64,
    /// Riskless rate of the currency of the price, per year, continuously compounded.
    pub rate: f64,
}

/// Where a price stands against a strike: the arguments of Black and Scholes.
#[derive(Debug, Clone, Copy)]
struct Distance {
    forward: f64,
    discount: f64,
    /// Standard deviation of the log price at expiry.
    sd: f64,
    /// d1; infinite without a standard deviation, 0 there where forward and strike are equal.
    d1: f64,
}

/// The distribution function of the standard normal law.
fn below(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

/// The density of the standard normal law.
fn density(x: f64) -> f64 {
    NORM * libm::exp(-0.5 * x * x)
}

/// The x below which a standard normal draw falls with `probability`, held inside the reach.
fn quantile(probability: f64) -> f64 {
    let (mut low, mut high) = (-NORMAL_REACH, NORMAL_REACH);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if below(middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

impl European {
    fn distance(&self, spot: f64, volatility: f64) -> Distance {
        let growth = libm::exp(self.rate * self.years);
        let (forward, sd) = (spot * growth, volatility * self.years.sqrt());
        let log = libm::log(forward / self.strike);
        let d1 = if sd > 0.0 {
            log / sd + 0.5 * sd
        } else if log == 0.0 {
            0.0
        } else {
            f64::INFINITY.copysign(log)
        };
        Distance { forward, discount: 1.0 / growth, sd, d1 }
    }

    /// Value of the right if it is used at `spot`, in units of the price.
    #[must_use]
    pub fn payoff(&self, spot: f64) -> f64 {
        match self.right {
            Right::Call => (spot - self.strike).max(0.0),
            Right::Put => (self.strike - spot).max(0.0),
        }
    }

    /// Price at `spot` (above 0) and `volatility` (per square root of a year, not negative), in units of the price.
    ///
    /// Law: call = D (F N(d1) - K N(d2)), put = D (K N(-d2) - F N(-d1)) with F = S exp(rT), D = exp(-rT),
    /// d1 = ln(F/K) / (s sqrt(T)) + s sqrt(T) / 2, d2 = d1 - s sqrt(T). What is out of the money is taken from that, what is in the
    /// money from put-call parity, so that neither is a small difference of large numbers. Without time or volatility it is the
    /// discounted payoff of the forward.
    ///
    /// Source: Black and Scholes (1973); Hull, Options, Futures, and Other Derivatives.
    #[must_use]
    pub fn price(&self, spot: f64, volatility: f64) -> f64 {
        let Distance { forward, discount, sd, d1 } = self.distance(spot, volatility);
        let outside = if sd > 0.0 {
            let d2 = d1 - sd;
            if forward <= self.strike {
                forward * below(d1) - self.strike * below(d2)
            } else {
                self.strike * below(-d2) - forward * below(-d1)
            }
        } else {
            0.0
        };
        discount * (outside.max(0.0) + self.payoff(forward))
    }

    /// Change of the price with the spot: N(d1) for a call, N(d1) - 1 for a put.
    #[must_use]
    pub fn delta(&self, spot: f64, volatility: f64) -> f64 {
        let d1 = self.distance(spot, volatility).d1;
        match self.right {
            Right::Call => below(d1),
            Right::Put => -below(-d1),
        }
    }

    /// Change of delta with the spot: n(d1) / (S s sqrt(T)), per unit of the price; 0 without time or volatility.
    #[must_use]
    pub fn gamma(&self, spot: f64, volatility: f64) -> f64 {
        let Distance { sd, d1, .. } = self.distance(spot, volatility);
        if sd > 0.0 { density(d1) / (spot * sd) } else { 0.0 }
    }

    /// Change of the price with the volatility: S n(d1) sqrt(T), units of the price for a volatility of one.
    #[must_use]
    pub fn vega(&self, spot: f64, volatility: f64) -> f64 {
        let Distance { d1, .. } = self.distance(spot, volatility);
        spot * density(d1) * self.years.sqrt()
    }

    /// The strike at which an option has a delta of `delta` (in absolute value, between 0 and 1), in units of the price.
    ///
    /// Law: K = F exp(s^2 T / 2 - d1 s sqrt(T)), N(d1) = delta of a call, N(-d1) = delta of a put.
    #[must_use]
    pub fn strike_of_delta(right: Right, delta: f64, (spot, volatility): (f64, f64), (years, rate): (f64, f64)) -> f64 {
        let d1 = match right {
            Right::Call => quantile(delta),
            Right::Put => -quantile(delta),
        };
        let sd = volatility * years.sqrt();
        spot * libm::exp(rate * years + 0.5 * sd * sd - d1 * sd)
    }
}

#[cfg(test)]
mod tests;
