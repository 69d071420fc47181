//! A user's own agents in a run: when they are asked, and how their requests are settled.

use crate::agent::{AGENTS_MAX, Agent, Event, Refusal, Request, Settled, Turn, View, Wake, takes_deposits};
use crate::agents::MarketView;
use crate::model::Model;
use crate::world::Books;
use portage_base::ledger::Token;
use portage_base::random::Stream;
use portage_pools::Role;

/// The agents of a run, and what they wait for.
pub(super) struct Crew<'c> {
    list: &'c mut [Box<dyn Agent>],
    members: Vec<Member>,
}

/// What the run knows of one agent.
struct Member {
    row: usize,
    random: Stream,
    /// The number of confirmed blocks at which it is asked next.
    asked_at: u64,
    requests: Vec<Request>,
}

impl<'c> Crew<'c> {
    /// Takes agents up into the books of a run that has not begun.
    ///
    /// # Panics
    /// If there are more than [`AGENTS_MAX`], two have one name, or one brings a token that there is not, or no amount of it.
    pub(super) fn open(
        list: &'c mut [Box<dyn Agent>],
        model: &Model,
        books: &mut Books,
        (seed, run): (u64, u64),
    ) -> Self {
        assert!(list.len() <= AGENTS_MAX, "{} agents, expected at most {AGENTS_MAX}", list.len());
        let mut admit = |agent: &dyn Agent| {
            let name = agent.name();
            assert!(books.agents.iter().all(|known| known.name != name), "two agents are called {name}");
            let brought = agent.endowment().into_iter().map(|(token, amount)| {
                let index = model.tokens.iter().position(|known| *known == token);
                (
                    index.map(Token::new).unwrap_or_else(|| {
                        panic!("the agent {name} brings {token}, which is no token of the scenario")
                    }),
                    amount,
                )
            });
            let brought: Vec<(Token, f64)> = brought.collect();
            let row = books.admit_agent(name, &brought);
            let random = Stream::open(seed, run, &format!("agent/{name}"));
            Member { row, random, asked_at: 0, requests: Vec::new() }
        };
        let members = list.iter().map(|agent| admit(agent.as_ref())).collect();
        Self { list, members }
    }

    /// The number of confirmed blocks at which somebody is asked next.
    pub(super) fn asked_at(&self) -> u64 {
        self.members.iter().map(|member| member.asked_at).min().unwrap_or(u64::MAX)
    }

    /// Whether a request waits for a block.
    pub(super) fn has_asked(&self) -> bool {
        self.members.iter().any(|member| !member.requests.is_empty())
    }

    /// Lets those decide whose time has come, after `blocks` have been confirmed.
    pub(super) fn decide(&mut self, model: &Model, books: &Books, market_view: &MarketView, blocks: u64) {
        for (agent, member) in self.list.iter_mut().zip(&mut self.members) {
            if member.asked_at <= blocks {
                let view = View { model, books, market_view, row: member.row, blocks };
                let mut turn = Turn { random: &mut member.random, requests: &mut member.requests };
                member.asked_at = match agent.act(&view, &mut turn) {
                    Wake::After(more) => blocks.saturating_add(more.max(1)),
                    Wake::Never => u64::MAX,
                };
            }
        }
    }

    /// Settles in `block` what was asked for, one agent after another. `cap_usd` is the most that the new version may hold.
    pub(super) fn settle(&mut self, books: &mut Books, market_view: &MarketView, block: u64, cap_usd: f64) {
        for (index, (agent, member)) in self.list.iter_mut().zip(&mut self.members).enumerate() {
            for request in std::mem::take(&mut member.requests) {
                let result = settle_one(books, market_view, member.row, &request, cap_usd);
                let book = &mut books.agents[index];
                match result {
                    Ok(_) => book.done += 1,
                    Err(_) => book.refused += 1,
                }
                agent.notified(&Event { block, request, result });
            }
        }
    }
}

fn settle_one(
    books: &mut Books,
    market_view: &MarketView,
    row: usize,
    request: &Request,
    cap_usd: f64,
) -> Result<Settled, Refusal> {
    match request {
        Request::Swap { pool, pay, get, amount_in, min_out } => {
            books.swap_for_agent(row, *pool, (*pay, *get), (*amount_in, *min_out))
        }
        Request::Deposit { pool, amounts, range } => {
            let venue = books.venues.get(*pool).ok_or(Refusal::Unknown)?;
            let price = |token: &Token| books.prices_usd.get(token.index()).copied().unwrap_or(0.0);
            let value_usd: f64 = amounts.iter().map(|(token, amount)| amount * price(token)).sum();
            let exceeds = venue.terms.role == Role::New && books.value_of_usd(Role::New) + value_usd > cap_usd;
            if exceeds || !takes_deposits(market_view, venue, *pool) {
                return books.reachable(*pool).and(Err(Refusal::Closed));
            }
            books.deposit_for_agent(row, *pool, amounts, *range)
        }
        Request::Withdraw { pool, share } => books.withdraw_for_agent(row, *pool, *share),
    }
}
