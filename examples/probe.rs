use portage::*;
use std::time::Instant;
struct Quiet;
impl montecarlo::Progress for Quiet {
    fn finished(&self) {}
    fn is_cancelled(&self) -> bool {
        false
    }
}
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let runs: u64 = std::env::args().nth(2).unwrap().parse().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let doc = scenario::document::Document::parse(&path, &text).unwrap();
    let look = scenario::fault::Look::of_terminal(false);
    let sc: scenario::Scenario = match scenario::grammar::read(&doc) {
        Ok(s) => s,
        Err(f) => {
            println!("{}", scenario::fault::render_all(&f, look));
            return;
        }
    };
    let mut lib = model::Library::default();
    let (p, g) = model::Library::wanted(&sc);
    for n in p {
        let s = archive::read_prices(&n, std::path::Path::new(".")).map(std::sync::Arc::new);
        lib.prices.insert(n, s);
    }
    for n in g {
        let s = archive::read_gas(&n, std::path::Path::new(".")).map(std::sync::Arc::new);
        lib.gas.insert(n, s);
    }
    let m = match model::Model::build(&sc, &lib) {
        Ok(m) => m,
        Err(b) => {
            println!("{b:#?}");
            return;
        }
    };
    let t = Instant::now();
    let e = montecarlo::simulate(&m, montecarlo::Plan { seed: 1, runs }, &Quiet);
    println!(
        "{} runs, {} failed, {:?}, {:.1} ns/block/thread",
        e.runs.len(),
        e.failures.len(),
        e.elapsed,
        t.elapsed().as_nanos() as f64 * rayon::current_num_threads() as f64 / (runs * m.grid.blocks) as f64
    );
    for f in e.failures.iter().take(3) {
        println!("{f:?}");
    }
    if std::env::args().nth(3).is_some() {
        for (i, me) in metrics::dictionary().iter().enumerate() {
            let mut c: Vec<f64> = e.column(i).into_iter().filter(|v| !v.is_nan()).collect();
            c.sort_by(f64::total_cmp);
            if c.is_empty() {
                continue;
            }
            let n = c.len();
            println!(
                "{:34} mean {:14.6} p05 {:14.6} p50 {:14.6} p95 {:14.6} n {} [{}]",
                me.name,
                c.iter().sum::<f64>() / n as f64,
                c[n / 20],
                c[n / 2],
                c[n * 19 / 20],
                n,
                me.unit
            );
        }
        for (i, s) in metrics::series().iter().enumerate() {
            print!("{:24}", s.name);
            let np = e.bands.points;
            for k in 0..=10 {
                print!(" {:10.4}", e.bands.quantile((np - 1) * k / 10, i, 0.5));
            }
            println!();
        }
    }
}
