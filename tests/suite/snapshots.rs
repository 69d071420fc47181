//! Snapshots: the tree against OpenZeppelin's own package (tests/vectors/make_merkle.mjs), flipped bits, samples, and the
//! state of a run against its books.

use crate::support::{model, portage, succeeds};
use portage::engine::run::{Engine, Observer, Scene};
use portage::pools::Role;
use portage::results::snapshot::{
    Capture, Dump, Entry, Hash, Moment, PoolState, Proofs, Source, State, Tree, detection, hex, keccak256, leaf_of,
    read_hex, sampled, verify, verify_entry, verify_proofs, whole_units,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::Path;

#[derive(Deserialize)]
struct Vectors {
    small: Vec<Small>,
    large: Large,
}

#[derive(Deserialize)]
struct Small {
    dump: Value,
    root: String,
    proofs: Vec<Vec<String>>,
}

#[derive(Deserialize)]
struct Large {
    count: usize,
    root: String,
    keccak256_of_all_nodes: String,
    proofs: Vec<LargeProof>,
}

#[derive(Deserialize)]
struct LargeProof {
    entry: usize,
    proof: Vec<String>,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../vectors/merkle.json")).unwrap()
}

fn texts(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(|hash| hex(hash)).collect()
}

fn written(dump: &Dump) -> String {
    let mut bytes = Vec::new();
    dump.write(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn written_proofs(dump: &Dump) -> String {
    let mut bytes = Vec::new();
    Proofs::write(dump, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn bits(count: usize) -> impl Iterator<Item = (usize, u8)> {
    (0..count).flat_map(|at| (0..8).map(move |bit| (at, 1 << bit)))
}

#[test]
fn small_trees_are_those_of_the_original() {
    let counts: Vec<usize> = vectors()
        .small
        .iter()
        .map(|case| {
            let read = Dump::read(&case.dump.to_string()).unwrap();
            verify(&read).unwrap();
            let made = Dump::over(read.encoding.names(), read.values.clone(), None).unwrap();
            assert_eq!(made.tree, read.tree);
            assert_eq!(hex(&made.tree.root()), case.root);
            for (entry, proof) in case.proofs.iter().enumerate() {
                assert_eq!(texts(&made.tree.proof(entry)), *proof, "entry {entry}");
            }
            // What is written holds what was read, and the root beside it.
            let again: Value = serde_json::from_str(&written(&made)).unwrap();
            for key in ["format", "leafEncoding", "tree", "values"] {
                assert_eq!(again[key], case.dump[key], "{key}");
            }
            read.values.len()
        })
        .collect();
    assert_eq!(counts, [1, 2, 3, 7, 10, 7, 3]);
}

/// The values of the large case: see make_merkle.mjs.
fn large_entry(index: usize) -> Vec<Value> {
    let owner = keccak256(format!("portage/vector/{index}").as_bytes());
    let index = index as u128;
    vec![json!(hex(&owner[12..])), json!((index * index * 10_u128.pow(18) + index).to_string())]
}

fn large(count: usize) -> Dump {
    let types = ["address".to_owned(), "uint256".to_owned()];
    Dump::over(&types, (0..count).map(large_entry).collect(), None).unwrap()
}

#[test]
fn a_large_tree_is_that_of_the_original() {
    let case = vectors().large;
    let dump = large(case.count);
    assert_eq!(hex(&dump.tree.root()), case.root);
    assert_eq!(hex(&keccak256(&dump.tree.nodes().concat())), case.keccak256_of_all_nodes);
    for LargeProof { entry, proof } in case.proofs {
        assert_eq!(texts(&dump.tree.proof(entry)), proof, "entry {entry}");
    }
}

#[test]
fn every_proof_verifies_and_no_flipped_bit_passes() {
    for count in [1, 2, 3, 5, 8, 13_u8] {
        let entries: Vec<[u8; 2]> = (0..count).map(|index| [index, count]).collect();
        let tree = Tree::of(&entries).unwrap();
        for (entry, bytes) in entries.iter().enumerate() {
            let (root, leaf, proof) = (tree.root(), leaf_of(bytes), tree.proof(entry));
            assert!(Tree::verify(&root, &leaf, &proof));
            for (at, bit) in bits(2) {
                let mut wrong = *bytes;
                wrong[at] ^= bit;
                assert!(!Tree::verify(&root, &leaf_of(&wrong), &proof));
            }
            for (at, bit) in bits(32) {
                let (mut wrong_root, mut wrong_leaf) = (root, leaf);
                wrong_root[at] ^= bit;
                wrong_leaf[at] ^= bit;
                assert!(!Tree::verify(&wrong_root, &leaf, &proof) && !Tree::verify(&root, &wrong_leaf, &proof));
                for step in 0..proof.len() {
                    let mut wrong = proof.clone();
                    wrong[step][at] ^= bit;
                    assert!(!Tree::verify(&root, &leaf, &wrong));
                }
            }
            // The proof of another entry, one too short and one too long.
            for other in (0..entries.len()).filter(|other| *other != entry) {
                assert!(!Tree::verify(&root, &leaf, &tree.proof(other)));
            }
            if let Some(shorter) = proof.len().checked_sub(1) {
                assert!(!Tree::verify(&root, &leaf, &proof[..shorter]));
            }
            assert!(!Tree::verify(&root, &leaf, &[proof.as_slice(), &[root]].concat()));
            // An inner node is no entry: entries are hashed twice.
            assert!(!Tree::verify(&root, &leaf_of(&root), &[]));
        }
    }
    assert_eq!(Tree::of::<[u8; 2]>(&[]), None);
}

/// A snapshot of two pools and five entries.
fn two_pools() -> Dump {
    let entry = |holder: &str, pool: usize, ticks: (i32, i32), amount: f64| Entry {
        holder: holder.to_owned(),
        pool,
        ticks,
        amount: whole_units(amount).unwrap(),
    };
    let entries = vec![
        entry("0", 0, (0, 0), 1.5),
        entry("3", 0, (0, 0), 0.1),
        entry("treasury", 0, (0, 0), 1e-9),
        entry("1", 1, (-887_220, 887_220), 7e20),
        entry("unmodelled", 1, (-60, 120), 3.0),
    ];
    let sum = |pool: usize| entries.iter().filter(|entry| entry.pool == pool).map(|entry| entry.amount).sum();
    let pool = |name: &str, index: usize| PoolState {
        name: name.to_owned(),
        has_ranges: index == 1,
        total: sum(index),
        owned: sum(index),
    };
    let state = State { seconds: 3_600.0, pools: vec![pool("a", 0), pool("b", 1)], entries };
    let start = "2024-01-01".parse().unwrap();
    Dump::of(&state, Source { scenario: "made up", scenario_sha256: "00ff", start, seed: 7, run: 3 }).unwrap()
}

/// What says nothing about the tree, the owners or the sums: it may read differently unnoticed.
fn is_description(text: &str, at: usize) -> bool {
    let value = |from: &str, until: &str| {
        text.match_indices(from).any(|(begin, _)| {
            let begin = begin + from.len();
            (begin..begin + text[begin..].find(until).unwrap()).contains(&at)
        })
    };
    value("\"scenario\":\"", "\"")
        || value("\"scenario_sha256\":\"", "\"")
        || value("\"at\":\"", "\"")
        || value("\"seconds\":", ",")
        || value("\"counted\":\"", "\"")
        || value("\"total\":\"", "\"")
        // uint256 and uint216 have the same bytes.
        || value("\"leafEncoding\":[", "]")
}

#[test]
fn every_flipped_bit_of_the_files_is_caught() {
    let dump = two_pools();
    let (snapshot, proofs) = (written(&dump), written_proofs(&dump));
    let proofs_are_right = |proofs: &str| verify_proofs(&dump, &Proofs::read(proofs)?, 0..dump.values.len());
    assert_eq!(Dump::read(&snapshot).as_ref(), Ok(&dump));
    verify(&dump).unwrap();
    proofs_are_right(&proofs).unwrap();
    let flipped = |text: &str, at: usize, bit: u8| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] ^= bit;
        String::from_utf8(bytes).ok()
    };
    for (at, bit) in bits(snapshot.trim_end().len()).filter(|(at, _)| !is_description(&snapshot, *at)) {
        // What is no text any more is refused when it is read.
        let Some(wrong) = flipped(&snapshot, at, bit) else { continue };
        let found = Dump::read(&wrong).and_then(|read| verify(&read));
        assert!(found.is_err(), "bit {bit:08b} of byte {at} of the snapshot: {}", &wrong[at.saturating_sub(40)..]);
    }
    for (at, bit) in bits(proofs.trim_end().len()) {
        let Some(wrong) = flipped(&proofs, at, bit) else { continue };
        assert!(proofs_are_right(&wrong).is_err(), "bit {bit:08b} of byte {at} of the proofs");
    }
}

#[test]
fn what_is_wrong_is_named() {
    let dump = two_pools();
    let snapshot = written(&dump);
    let said = |change: &dyn Fn(&mut Value)| {
        let mut file: Value = serde_json::from_str(&snapshot).unwrap();
        change(&mut file);
        Dump::read(&file.to_string()).and_then(|read| verify(&read)).unwrap_err()
    };
    let leaf = dump.tree.place(3);
    type Change<'a> = &'a dyn Fn(&mut Value);
    let cases: [(Change, &str); 13] = [
        (&|file| file["values"][3]["value"][4] = json!("7"), "entry 3 ("),
        (
            &|file| file["values"][3]["value"][4] = json!("7.0"),
            "entry 3, values[3].value[4]: \"7.0\" is not a whole number",
        ),
        (
            &|file| file["values"][3]["value"][2] = json!("8388608"),
            "values[3].value[2]: 8388608 is out of range; expected int24",
        ),
        (&|file| file["tree"][leaf] = file["tree"][0].clone(), "entry 3 ("),
        (
            &|file| file["tree"][1] = file["tree"][0].clone(),
            "tree[1] is not the hash of tree[3] and tree[4]; the first entry below it is entry ",
        ),
        (&|file| file["root"] = file["tree"][1].clone(), "root: the file states "),
        (&|file| file["tree"][2] = json!("0x12"), "tree[2]: \"0x12\" is not 0x and 64 hexadecimal digits"),
        (&|file| file["values"][4]["treeIndex"] = json!(2), "entry 4 stands at node 2; leaves are nodes 4 to 8"),
        (
            &|file| file["values"][4]["treeIndex"] = json!(leaf),
            &format!("entry 4 stands at node {leaf}, as entry 3 does"),
        ),
        (&|file| drop(file["tree"].as_array_mut().unwrap().pop()), "5 entries have a tree of 9 nodes, this one has 8"),
        (&|file| file["format"] = json!("simple-v1"), "format: \"simple-v1\" is unknown; expected \"standard-v1\""),
        (&|file| file["leafEncoding"][0] = json!("string"), "leafEncoding[0]: \"string\" is not supported"),
        (
            &|file| file["portage"]["pools"][1]["owned"] = json!("1"),
            "portage.pools[1].owned: \"1\", but its entries own 700000000000000000003000000000000000000",
        ),
    ];
    for (change, expected) in cases {
        let message = said(change);
        assert!(message.contains(expected), "{message}\nlacks {expected}");
    }
    for text in [
        "",
        "{",
        "[]",
        "nonsense",
        "{\"format\":\"standard-v1\"}",
        "{\"format\":\"standard-v1\",\"leafEncoding\":[],\"tree\":[],\"values\":[]}",
    ] {
        assert!(Dump::read(text).is_err(), "{text}");
        assert!(Proofs::read(text).is_err(), "{text}");
    }
    let cut = Dump::read(&snapshot[..snapshot.len() / 2]).unwrap_err();
    assert!(cut.contains("line ") && cut.contains("column "), "{cut}");
}

#[test]
fn one_entry_is_verified_alone() {
    let mut dump = large(100);
    dump.values[42][1] = json!("1");
    for entry in 0..100 {
        assert_eq!(verify_entry(&dump, entry).is_err(), entry == 42, "entry {entry}");
    }
    assert!(verify_entry(&dump, 100).unwrap_err().contains("expected 0 to 99"));
}

#[test]
fn a_sample_finds_errors_at_the_rate_of_the_law() {
    // Of 4,000 entries 40 are wrong: 1 %. Samples of 50 find one with probability 1 - 0.99^50 = 0.395; drawn without putting
    // back 0.3975 (hypergeometric). 600 samples: standard error 0.02, 4.5 of them 0.09, error probability 7e-6.
    let (count, wrong, sample, samples) = (4_000, 40, 50, 600);
    let mut dump = large(count);
    for entry in 0..wrong {
        dump.values[entry * 97 + 11][1] = json!("1");
    }
    let is_caught = |seed: &u64| sampled(count, sample, *seed).iter().any(|entry| verify_entry(&dump, *entry).is_err());
    let rate = (0..samples).filter(is_caught).count() as f64 / samples as f64;
    let law = detection(wrong as f64 / count as f64, sample);
    assert!((law - (1.0 - 0.99_f64.powi(50))).abs() < 1e-12, "{law}");
    assert!((rate - law).abs() < 0.09, "{rate} against {law}");
    // No entry twice, all of them where the sample is as large, and certainty where everything is wrong.
    assert_eq!(sampled(7, 20, 3), [0, 1, 2, 3, 4, 5, 6]);
    let mut drawn = sampled(1_000, 400, 3);
    drawn.dedup();
    assert_eq!(drawn.len(), 400);
    assert_eq!((detection(1.0, 1), detection(0.0, 9), detection(1.0, 0)), (1.0, 0.0, 0.0));
}

/// What the books say at one observation.
struct Page {
    seconds: f64,
    /// Shares or liquidity by old pool.
    owned: Vec<f64>,
    /// Providers by old pool.
    heads: Vec<u32>,
    /// Opening value by provider, USD.
    opening_usd: Vec<f64>,
}

/// What they say at every one.
#[derive(Default)]
struct Books(Vec<Page>);

impl Observer for Books {
    fn observe(&mut self, scene: &Scene<'_>) {
        let world = scene.world;
        let old: Vec<usize> =
            (0..world.books.venues.len()).filter(|venue| world.books.venues[*venue].terms.role == Role::Old).collect();
        let owned = old.iter().map(|venue| {
            let (pool, shared_ranges) = (&world.books.venues[*venue], &world.books.venues[*venue].shared_ranges);
            match (&pool.pool, shared_ranges) {
                (portage::pools::Pool::Concentrated(curve), Some(shared_ranges)) => {
                    curve.positions().map(|position| shared_ranges.of(position).owned.iter().sum::<f64>()).sum()
                }
                _ => world.books.holders.iter().map(|book| book.shares[*venue]).sum::<f64>(),
            }
        });
        let heads = old.iter().map(|venue| world.books.providers.heads[*venue]).collect();
        let opening_usd = world.books.providers.list.iter().map(|provider| provider.opening_usd).collect();
        self.0.push(Page { seconds: scene.seconds, owned: owned.collect(), heads, opening_usd });
    }
}

const CURVES: [&str; 4] = [
    "constant_product = { fee_bps = 30, protocol_share = 0.2 }",
    "concentrated = { fee_bps = 30, tick_spacing = 60 }",
    "weighted = { fee_bps = 30, weights = { ETH = 0.8, USD = 0.2 } }",
    "stable_swap = { fee_bps = 4, amplification = 100 }",
];

fn moving(curve: &str) -> String {
    format!(
        r#"
title = "moving"
start = "2024-03-01"
horizon = "8d"
observation = "7h"
[clock]
step = 25
[assets.ETH]
price.gbm = {{ initial_usd = 1.0, volatility = 0.1 }}
[pools.old]
role = "old"
base = "ETH"
tvl_usd = 20_000_000.0
curve.{curve}
[pools.new]
role = "new"
base = "ETH"
curve.constant_product = {{ fee_bps = 5 }}
[migration]
opens = "2024-03-03"
[providers]
count = 60
[providers.classes]
active = {{ value_share = 0.6, head_share = 0.5, reviews_per_day = 3 }}
passive = {{ value_share = 0.3, head_share = 0.4, time_scale = "10d" }}
locked = {{ value_share = 0.1, head_share = 0.1, freed_after = "5d" }}
[traders]
orders_per_day = 200
volume.share_of_liquidity_per_day = 0.3
[arbitrage]
"#
    )
}

#[test]
fn a_state_is_the_books_of_its_observation() {
    for curve in CURVES {
        let model = model(&moving(curve), &[]);
        let mut books = Books::default();
        let _closed = Engine::new(&model).run(&model, 1, 2, &mut books);
        let books = books.0;
        let spacing = 7.0 * 3_600.0;
        let end = 8.0 * 86_400.0;
        // 48 h is no observation: the one before is at 42 h, the next at 49 h.
        for (moment, seconds) in [
            (Moment::BeforeOpening, 6.0 * spacing),
            (Moment::Nearest(48.0 * 3_600.0), 7.0 * spacing),
            (Moment::Nearest(0.0), 0.0),
            (Moment::Nearest(0.5 * spacing), 0.0),
            (Moment::Nearest(5.1 * 86_400.0), 17.0 * spacing),
            (Moment::Nearest(end), end),
        ] {
            let mut capture = Capture::new(&model, moment);
            let _closed = Engine::new(&model).run(&model, 1, 2, &mut capture);
            let state = capture.state.unwrap().unwrap();
            assert!((state.seconds - seconds).abs() < 301.0, "{moment:?}: {} s", state.seconds);
            let Page { owned, heads, opening_usd, .. } =
                books.iter().find(|page| page.seconds == state.seconds).unwrap();
            for (index, pool) in state.pools.iter().enumerate() {
                let entries: Vec<&Entry> = state.entries.iter().filter(|entry| entry.pool == index).collect();
                let sum = entries.iter().fold(whole_units(0.0).unwrap(), |sum, entry| sum + entry.amount);
                assert_eq!(pool.owned, sum, "{curve}");
                let said: f64 = pool.owned.to_string().parse::<f64>().unwrap() * 1e-18;
                assert!((said / owned[index] - 1.0).abs() < 1e-9, "{curve}: {said} against {}", owned[index]);
                let providers = entries.iter().filter(|entry| entry.holder.parse::<u32>().is_ok()).count();
                assert_eq!(providers as u32, heads[index], "{curve}");
                if seconds == 0.0 && pool.has_ranges {
                    assert!(entries.iter().any(|entry| entry.ticks.0 < entry.ticks.1));
                } else if seconds == 0.0 {
                    // Everybody has opened with the share of the pool that its value is of the pool's.
                    for entry in &entries {
                        let value = opening_usd[entry.holder.parse::<usize>().unwrap()];
                        let share = entry.amount.to_string().parse::<f64>().unwrap() * 1e-18 / owned[index];
                        assert!((share * 20_000_000.0 / value - 1.0).abs() < 1e-9, "{curve}: {share} of {value}");
                    }
                }
            }
            let start = "2024-03-01".parse().unwrap();
            let source = Source { scenario: "moving", scenario_sha256: "", start, seed: 1, run: 2 };
            verify(&Dump::of(&state, source).unwrap()).unwrap();
        }
    }
}

fn said(arguments: &[&str], folder: &Path) -> (Option<i32>, String, String) {
    let output = portage().current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_writes_snapshots_and_verifies_them() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join("moving.toml"), moving(CURVES[0])).unwrap();
    let run = ["run", "moving.toml", "--runs", "3", "-q", "--out", "results"];
    succeeds(portage().current_dir(here).args(run));
    let (code, text, _) = said(&["snapshot", "results", "--run", "2"], here);
    assert!(code == Some(0) && text.contains("Root: 0x") && text.contains("2024-03-02T18:00:00Z"), "{text}");
    let names: Vec<String> = std::fs::read_dir(here.join("results"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(names.contains(&"snapshot-2.json".to_owned()) && names.contains(&"proofs-2.json".to_owned()), "{names:?}");
    assert!(names.iter().all(|name| !name.contains("tmp")), "{names:?}");

    let (file, proofs) = ("results/snapshot-2.json", "results/proofs-2.json");
    let root = text.lines().next().unwrap().trim_start_matches("Root: ").to_owned();
    assert!(read_hex::<32>(&root).is_ok());
    for (arguments, expected) in [
        (&["verify", file][..], "every node and the root are right"),
        (&["verify", file, "--proofs", proofs, "--root", &root], "so are their proofs"),
        (&["verify", file, "--proofs", proofs, "--entry", "5"], "entry 5 of "),
        (&["verify", file, "--proofs", proofs, "--sample", "20", "--seed", "9"], "if 1 % were wrong: 18.2 %"),
        (&["verify", file, "--sample", "100000"], "every node and the root are right"),
        (&["snapshot", "results", "--run", "2", "--day", "5", "--out", "later.json"], "Proofs: later.proofs.json"),
        (&["snapshot", "results", "--run", "2", "--at", "2024-03-06", "--out", "later.json", "--force"], "Root: 0x"),
        (&["verify", "later.json", "--proofs", "later.proofs.json"], "so are their proofs"),
    ] {
        let (code, text, error) = said(arguments, here);
        assert!(code == Some(0) && text.contains(expected), "{arguments:?}: {text}{error}");
    }

    // Refusals: one message, exit code 1.
    let mut flipped = std::fs::read(here.join(file)).unwrap();
    let last_digit = std::str::from_utf8(&flipped).unwrap().rfind("\"],\"treeIndex\"").unwrap() - 1;
    flipped[last_digit] ^= 1;
    std::fs::write(here.join("flipped.json"), &flipped).unwrap();
    std::fs::write(here.join("cut.json"), &flipped[..flipped.len() / 3]).unwrap();
    std::fs::write(here.join("bytes.json"), [0xff, 0xfe]).unwrap();
    let zero = format!("0x{}", "0".repeat(64));
    for (arguments, expected) in [
        (&["verify", "flipped.json"][..], "entry "),
        (&["verify", "cut.json"], "line "),
        (&["verify", "bytes.json"], "UTF-8"),
        (&["verify", "nothing.json"], "cannot read nothing.json"),
        (&["verify", file, "--root", &zero], "as asked for"),
        (&["verify", file, "--entry", "100000"], "there is no entry 100000; expected 0 to "),
        (&["verify", file, "--proofs", "later.proofs.json"], "root: the proofs lead to "),
        (&["snapshot", "results", "--run", "2"], "--force"),
        (&["snapshot", "results", "--run", "3"], "expected 0 to 2"),
        (&["snapshot", "results", "--run", "1", "--day", "9"], "expected 0 to 8 days"),
        (&["snapshot", "results", "--run", "1", "--day=-1"], "expected 0 to 8 days"),
        (&["snapshot", "results", "--run", "1", "--day", "nan"], "expected 0 to 8 days"),
        (&["snapshot", "results", "--run", "1", "--at", "2025-01-01"], "expected a date from 2024-03-01 to 2024-03-09"),
    ] {
        let (code, _, error) = said(arguments, here);
        assert!(code == Some(1) && error.contains(expected) && !error.contains("panicked"), "{arguments:?}: {error}");
    }

    // Another seed is another run: it is not what was recorded, and nothing is written.
    let manifest = here.join("results/manifest.json");
    let mut changed: Value = serde_json::from_slice(&std::fs::read(&manifest).unwrap()).unwrap();
    changed["seed"] = json!(changed["seed"].as_u64().unwrap() + 1);
    std::fs::write(&manifest, changed.to_string()).unwrap();
    let (code, _, error) = said(&["snapshot", "results", "--run", "1"], here);
    assert!(code == Some(1) && error.contains("ends differently"), "{error}");
    assert!(!here.join("results/snapshot-1.json").exists() && !here.join("results/proofs-1.json").exists());

    // Results that are overwritten take their snapshots with them.
    succeeds(portage().current_dir(here).args(run).arg("--force"));
    assert!(!here.join(file).exists() && !here.join(proofs).exists());
}
