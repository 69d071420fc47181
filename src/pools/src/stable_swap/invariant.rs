//! The arithmetic of the StableSwap curve: the invariant by Newton's method, and trades along it in closed form.

/// Most rounds of Newton's method, as in the contract; it takes two to four, and some sixty in a pool of dust.
const ROUNDS_MAX: u32 = 255;
/// Newton's method doubles the digits: after a relative step this small, the error is below the last bit of an f64.
pub(super) const LAST_STEP: f64 = 1e-9;
/// Smallest marginal rate that is solved for, as a share of par: beyond it the trade is 10^30 times the pool.
const SLOPE_MIN: f64 = 1e-60;
/// Farthest ratio from 1 of the two sides of the marginal condition at which the Newton step is taken.
const NEAR: f64 = 8.0;
/// Ratio of the product term to A n at which the search for D starts from the product's own bound instead of the sum.
const SPARSE: f64 = 1e4;

/// D and the product term g of the scaled balances `scaled` (2 to 8), both 0 when one of them is missing.
///
/// Law: with u = D/S and q = prod S/(n x_i) >= 1, q u^(n+1) + (A n - 1) u = A n. The left side is convex and increasing,
/// and u <= 1 as well as u <= (A n/q)^(1/(n+1)), so that Newton's method converges from any start held below them.
#[inline]
pub(super) fn invariant(scaled: &[f64], ann: f64, guess: f64) -> (f64, f64) {
    let n = scaled.len() as f64;
    let sum = scaled.iter().sum::<f64>();
    let unit = n / sum;
    let crowding = 1.0 / scaled.iter().fold(1.0, |product, balance| product * (balance * unit));
    if !(crowding > 0.0 && crowding.is_finite() && sum.is_finite()) || scaled.iter().any(|balance| *balance <= 0.0) {
        return (0.0, 0.0);
    }
    let ceiling = if crowding > SPARSE * ann {
        (libm::pow(ann / crowding, 1.0 / (n + 1.0)) * (1.0 + LAST_STEP)).min(1.0)
    } else {
        1.0
    };
    let mut share = if guess > 0.0 { (guess / sum).min(ceiling) } else { ceiling };
    for _ in 0..ROUNDS_MAX {
        let power = scaled.iter().fold(crowding, |power, _| power * share);
        let gap = power * share + ((ann - 1.0) * share - ann);
        let next = (share - gap / ((n + 1.0) * power + (ann - 1.0))).min(ceiling);
        let step = (next - share).abs();
        share = next;
        if step <= LAST_STEP * share {
            break;
        }
    }
    let term = scaled.iter().fold(crowding * share, |power, _| power * share);
    (share * sum, term * sum / ann)
}

/// The two coins of a trade in scaled units, `x` paid and `y` got, with the product term `g`; all positive.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) g: f64,
}

impl Pair {
    /// What the curve gives for `paid`; not below y (or NaN) when the numbers are beyond f64.
    ///
    /// Law: the root of w^2 - (y + g + d) w + d (y + g y/(x + d)) = 0, whose discriminant is (y - g - d)^2 + 4 g x y/(x + d).
    #[inline]
    pub(super) fn output(self, paid: f64) -> f64 {
        let Self { x, y, g } = self;
        let share = y / (x + paid);
        let lean = y - g - paid;
        let root = (lean * lean + 4.0 * g * x * share).sqrt();
        2.0 * paid * (y + g * share) / (y + g + paid + root)
    }

    /// What must be paid for the curve to give `taken`, which is less than y: the same quadratic solved for d.
    #[inline]
    pub(super) fn input(self, taken: f64) -> f64 {
        let Self { x, y, g } = self;
        let share = x / (y - taken);
        let lean = x - g + taken;
        let root = (lean * lean + 4.0 * g * y * share).sqrt();
        let linear = x + g - taken;
        if linear >= 0.0 { 2.0 * taken * (x + g * share) / (linear + root) } else { (root - linear) / 2.0 }
    }

    /// -dy/dx along the curve.
    #[inline]
    pub(super) fn slope(self) -> f64 {
        let Self { x, y, g } = self;
        y * (x + g) / (x * (y + g))
    }

    /// The pair seen by a trade the other way.
    pub(super) const fn turned(self) -> Self {
        Self { x: self.y, y: self.x, g: self.g }
    }

    /// P^2 |dx/dP| at P = -dy/dx, in y: see `StableSwapPool::convexity`.
    pub(super) fn convexity(self) -> f64 {
        let Self { x, y, g } = self;
        let form = (x - y) * (x - y) + x * y + g * (x + y + g);
        (y / (2.0 * g)) * ((x + g) * ((x + g) / form)) * (y + g)
    }

    /// What must be paid until -dy/dx has fallen to `slope`; 0 when it is there already.
    ///
    /// Law: let a be the scarcer and b the ampler of the two coins at the end, e = max(slope, 1/slope) - 1. Then
    /// b/a = 1 + e (1 + a b^2/K) with K = g x y, and b follows from a by a + b - K/(a b) = N. The logarithm of the ratio of
    /// both sides, as a function of ln a, has a derivative within [-2, -1], so that Newton's method on it, started at the
    /// present scarcer coin and mirrored (the curve is symmetric) when it passes the point of balance, cannot stray.
    #[inline]
    pub(super) fn input_to_slope(self, slope: f64) -> f64 {
        let target = slope.max(SLOPE_MIN);
        let end = self.at_slope(target);
        (if target < 1.0 { end.1 } else { end.0 } - self.x).max(0.0)
    }

    /// The scarcer and the ampler coin where -dy/dx, taken in the direction in which it is at most 1, equals `target` or 1/`target`.
    fn at_slope(self, target: f64) -> (f64, f64) {
        let Self { x, y, g } = self;
        let product = g * x * y;
        let level = x + y - g;
        let ample = |scarce: f64| {
            let gap = level - scarce;
            let part = product / scarce;
            let root = (gap * gap + 4.0 * part).sqrt();
            if gap > 0.0 { (gap + root) / 2.0 } else { 2.0 * part / (root - gap) }
        };
        let tilt = if target < 1.0 { 1.0 / target - 1.0 } else { target - 1.0 };
        let (mut low, mut high) = (0.0, f64::INFINITY);
        let mut scarce = x.min(y);
        for _ in 0..ROUNDS_MAX {
            let mut other = ample(scarce);
            if other < scarce {
                high = scarce;
                std::mem::swap(&mut scarce, &mut other);
            }
            let held = tilt * (scarce * other * other / product);
            let ratio = other / (scarce * (1.0 + tilt + held));
            if ratio > 1.0 {
                low = scarce
            } else {
                high = scarce
            }
            let term = product / (scarce * other);
            let bend = (scarce + term) / (other + term);
            let power = 1.0 / (1.0 + bend + held / (1.0 + tilt + held) * (1.0 - 2.0 * bend));
            let next = scarce * step(ratio, power);
            let next = if (next > low && next < high) || next == scarce { next } else { (low * high).sqrt() };
            let done = (next - scarce).abs() <= LAST_STEP * scarce;
            scarce = next;
            if done {
                break;
            }
        }
        (scarce, ample(scarce))
    }
}

/// ratio^power to second order around 1 and positive everywhere, `power` in [1/2, 1]; far from 1 the cautious sqrt(ratio).
#[inline]
fn step(ratio: f64, power: f64) -> f64 {
    if ratio > NEAR || ratio * NEAR < 1.0 {
        ratio.sqrt()
    } else {
        ((1.0 + power) * ratio + (1.0 - power)) / ((1.0 - power) * ratio + (1.0 + power))
    }
}
