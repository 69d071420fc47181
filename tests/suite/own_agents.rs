//! A user's own agents: the books hold whatever they ask for, nobody else's draws move, and the examples run.

use crate::support::Silent;
use portage::agent::{AGENTS_MAX, Agent, AgentResult, Event, Refusal, Request, Turn, View, Wake};
use portage::base::ledger::Token;
use portage::results::metrics::dictionary;
use portage::{Draft, Error, Study};
use std::sync::{Arc, Mutex};

#[path = "../../src/portage/examples/provider_with_a_rule.rs"]
mod provider;
#[path = "../../src/portage/examples/searcher_with_a_rule.rs"]
mod searcher;

#[test]
fn the_examples_run() {
    provider::main().unwrap();
    searcher::main().unwrap();
}

type Act = dyn Fn(&View<'_>, &mut Turn<'_>) -> Wake;

/// An agent whose rule is a closure; what it is told is kept.
struct Scripted {
    name: String,
    endowment: Vec<(String, f64)>,
    act: Box<Act>,
    told: Arc<Mutex<Vec<Event>>>,
}

impl Agent for Scripted {
    fn name(&self) -> &str {
        &self.name
    }

    fn endowment(&self) -> Vec<(String, f64)> {
        self.endowment.clone()
    }

    fn act(&mut self, view: &View<'_>, turn: &mut Turn<'_>) -> Wake {
        (self.act)(view, turn)
    }

    fn notified(&mut self, event: &Event) {
        self.told.lock().unwrap().push(event.clone());
    }
}

fn scripted(endowment: &[(&str, f64)], act: impl Fn(&View<'_>, &mut Turn<'_>) -> Wake + 'static) -> Scripted {
    let endowment = endowment.iter().map(|(token, amount)| ((*token).to_owned(), *amount)).collect();
    Scripted { name: "scripted".to_owned(), endowment, act: Box::new(act), told: Arc::default() }
}

fn quickstart() -> Study {
    let draft = Draft::open("quickstart").unwrap().set("clock.step=60").set("providers.count=60");
    draft.check().unwrap_or_else(|why| panic!("{why}"))
}

const RICH: [(&str, f64); 2] = [("ETH", 100.0), ("USD", 500_000.0)];

#[test]
fn an_agent_that_only_looks_and_draws_changes_nothing() {
    let study = quickstart();
    let alone = study.run(3).finish().unwrap();
    let watched = study.run(3).agents(&|_| {
        let looks = |view: &View<'_>, turn: &mut Turn<'_>| {
            let _seen = (turn.random.uniform(), view.pool(0), view.positions(), view.wallet_usd(), view.date());
            Wake::After(7)
        };
        vec![Box::new(scripted(&RICH, looks))]
    });
    let watched = watched.finish().unwrap();
    assert_eq!(watched.agents.len(), 1);
    // Residuals are rounding relative to everything that there is, what the agent brought included.
    for metric in dictionary().iter().filter(|metric| !metric.name.ends_with("_residual")) {
        let bits = |outcome: &portage::Outcome| outcome.metric(&metric.name).map(f64::to_bits);
        assert_eq!(bits(&alone), bits(&watched), "{}", metric.name);
    }
}

/// Runs a scripted agent in run 0 of a study; returns what became of it and what it was told.
fn played(study: &Study, act: fn(&View<'_>, &mut Turn<'_>) -> Wake) -> (AgentResult, Vec<Event>) {
    let told: Arc<Mutex<Vec<Event>>> = Arc::default();
    let kept = Arc::clone(&told);
    let crew = move |_run| -> Vec<Box<dyn Agent>> {
        kept.lock().unwrap().clear();
        vec![Box::new(Scripted { told: Arc::clone(&kept), ..scripted(&RICH, act) })]
    };
    // Without the counterfactual the crew is made once.
    let mut study = study.clone();
    study.model.counterfactual_runs = 0;
    let outcome = study.run(0).agents(&crew).finish().unwrap_or_else(|why| panic!("{why}"));
    let events = told.lock().unwrap().clone();
    (outcome.agents[0].clone(), events)
}

#[test]
fn what_it_asks_for_is_settled_in_the_next_block_and_stands_in_its_books() {
    let (result, events) = played(&quickstart(), |view, turn| {
        let (eth, usd) = (view.token("ETH").unwrap(), view.token("USD").unwrap());
        let old = view.pool_named("old").unwrap();
        match view.blocks() {
            0 => {
                turn.ask(Request::Deposit { pool: old, amounts: vec![(eth, 50.0), (usd, 200_000.0)], range: None });
                turn.ask(Request::Swap { pool: old, pay: usd, get: eth, amount_in: 3_000.0, min_out: 0.9 });
                turn.ask(Request::Swap { pool: old, pay: usd, get: eth, amount_in: 3_000.0, min_out: 1.1 });
                Wake::After(1_200)
            }
            1_200 => {
                assert_eq!(view.positions().len(), 1);
                turn.ask(Request::Withdraw { pool: old, share: 0.5 });
                turn.ask(Request::Withdraw { pool: old, share: 1.0 });
                turn.ask(Request::Withdraw { pool: old, share: 1.0 });
                Wake::Never
            }
            other => panic!("asked after {other} blocks"),
        }
    });
    let blocks: Vec<u64> = events.iter().map(|event| event.block).collect();
    assert_eq!(blocks, [0, 0, 0, 1_200, 1_200, 1_200]);
    let refused: Vec<Option<Refusal>> = events.iter().map(|event| event.result.clone().err()).collect();
    let funds = Some(Refusal::Funds);
    assert_eq!(refused, [None, None, Some(Refusal::Minimum), None, None, funds]);
    assert_eq!((result.book.done, result.book.refused), (4, 2));
    let lines = result.statement;
    assert!(lines.fees > 0.0 && lines.gas > 0.0 && lines.slippage > 0.0 && lines.opening > 700_000.0, "{lines:?}");
    assert!(lines.residual().abs() < 1e-9 * lines.opening, "{lines:?}");
    assert!((result.pnl_usd() - (lines.closing - lines.opening)).abs() < 1e-9);
}

#[test]
fn each_refusal_says_why() {
    let (_, events) = played(&quickstart(), |view, turn| {
        let (eth, usd, gov) = (view.token("ETH").unwrap(), view.token("USD").unwrap(), view.token("GOV").unwrap());
        let (old, new) = (view.pool_named("old").unwrap(), view.pool_named("new").unwrap());
        let swap = |pool, pay, get, amount_in| Request::Swap { pool, pay, get, amount_in, min_out: 0.0 };
        turn.ask(swap(9, usd, eth, 1.0));
        turn.ask(swap(old, gov, eth, 1.0));
        turn.ask(swap(old, usd, usd, 1.0));
        turn.ask(swap(old, Token::new(77), eth, 1.0));
        turn.ask(swap(old, usd, eth, f64::NAN));
        turn.ask(swap(old, usd, eth, -1.0));
        turn.ask(swap(old, usd, eth, 0.0));
        turn.ask(swap(old, usd, eth, 1e9));
        turn.ask(swap(old, usd, eth, 500_000.0));
        turn.ask(swap(new, usd, eth, 10.0));
        turn.ask(Request::Deposit { pool: new, amounts: vec![(eth, 1.0), (usd, 3_000.0)], range: None });
        turn.ask(Request::Deposit { pool: old, amounts: Vec::new(), range: None });
        turn.ask(Request::Deposit { pool: old, amounts: vec![(eth, f64::INFINITY)], range: None });
        turn.ask(Request::Withdraw { pool: old, share: 1.5 });
        turn.ask(Request::Withdraw { pool: old, share: 1.0 });
        Wake::Never
    });
    let refused: Vec<Refusal> = events.iter().map(|event| event.result.clone().unwrap_err()).collect();
    use Refusal::{Closed, Funds, Gas, Nonsense, Unfilled, Unknown};
    let expected = [
        Unknown, Unknown, Unknown, Unknown, Nonsense, Nonsense, Nonsense, Funds, Gas, Unfilled, Closed, Unfilled,
        Nonsense, Nonsense, Funds,
    ];
    assert_eq!(refused, expected);
}

/// Asks for anything, drawn from its own stream: amounts that are none, pools that there are not, more than it has, and now and then
/// what can be done.
fn anything(view: &View<'_>, turn: &mut Turn<'_>) -> Wake {
    const AMOUNTS: [f64; 10] =
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0, 5e-324, 1e-9, 1e300, f64::MIN_POSITIVE, f64::MAX];
    let mut pick = |count: usize| (turn.random.uniform() * count as f64) as usize;
    let mut requests = Vec::new();
    for _ in 0..3 {
        let pool = pick(view.pools() + 1);
        let tokens = view.pool(pool).map(|seen| seen.reserves).unwrap_or_default();
        let mut token = |any: usize| match tokens.get(pick(tokens.len() + 1)) {
            Some((token, _)) => *token,
            None => Token::new(any),
        };
        let (pay, get) = (token(0), token(99));
        let mut amount = |most: f64| match pick(20) {
            odd @ 0..10 => AMOUNTS[odd],
            _ => most * (pick(1_000) as f64 + 1.0) / 1_000.0,
        };
        let (paid, other, least) = (amount(view.balance(pay)), amount(view.balance(get)), amount(1e-6));
        let (lower, upper) = (amount(1e4), amount(1e5));
        requests.push(match pick(4) {
            0 | 1 => Request::Swap { pool, pay, get, amount_in: paid, min_out: least },
            2 => {
                let range = (pick(2) == 0).then_some((lower, upper));
                Request::Deposit { pool, amounts: vec![(pay, paid), (get, other)], range }
            }
            _ => Request::Withdraw { pool, share: if pick(2) == 0 { lower } else { (pick(10) + 1) as f64 / 10.0 } },
        });
    }
    let wait = 1 + pick(40) as u64;
    requests.into_iter().for_each(|request| turn.ask(request));
    Wake::After(wait)
}

/// In every kind of pool, with plans, chains and credit around them: whatever agents ask for, the laws of the books hold.
#[test]
fn the_books_hold_whatever_agents_ask_for() {
    for name in
        ["quickstart", "uniswap-v2-to-v3", "curve-pool-upgrade", "balancer-v1-to-v2", "l1-to-l2", "uranium-2021"]
    {
        let draft = Draft::open(name).unwrap().set("clock.step=60").set("providers.count=60");
        let mut study = draft.check().unwrap_or_else(|why| panic!("{name}: {why}"));
        study.model.counterfactual_runs = 0;
        let tokens = study.model.tokens.clone();
        let crew = move |_run| -> Vec<Box<dyn Agent>> {
            let endowment: Vec<(&str, f64)> = tokens.iter().map(|token| (token.as_str(), 30_000.0)).collect();
            let named = |number| {
                let agent = Scripted { name: format!("odd {number}"), ..scripted(&endowment, anything) };
                Box::new(agent) as Box<dyn Agent>
            };
            (0..AGENTS_MAX).map(named).collect()
        };
        let outcomes = study.simulation().runs(3).agents(&crew).progress(&Silent).finish();
        assert_eq!(outcomes.ensemble.failures, [], "{name}");
        for agent in outcomes.ensemble.agents.iter().flatten() {
            let book = &agent.book;
            assert!(book.done > 0 && book.refused > 0, "{name}: {} done, {} refused", book.done, book.refused);
        }
    }
}

#[test]
fn agents_that_cannot_take_part_fail_the_run() {
    let study = quickstart();
    for (endowment, says) in
        [(("PEPE", 1.0), "no token"), (("ETH", f64::NAN), "brings NaN"), (("USD", -1.0), "brings -1")]
    {
        let crew = move |_run| -> Vec<Box<dyn Agent>> { vec![Box::new(scripted(&[endowment], |_, _| Wake::Never))] };
        let Err(Error::Run { message, .. }) = study.run(0).agents(&crew).finish() else { panic!("{says}") };
        assert!(message.contains(says), "{message}");
    }
    let twins = |_run| -> Vec<Box<dyn Agent>> {
        (0..2).map(|_| Box::new(scripted(&RICH, |_, _| Wake::Never)) as Box<dyn Agent>).collect()
    };
    assert!(study.run(0).agents(&twins).finish().is_err());
}
