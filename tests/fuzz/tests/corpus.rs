//! Every target over its seeds, its corpus, everything that ever broke it, and some mutations: without libFuzzer, in the
//! ordinary tests.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nexus_fuzz::mutate::{Random, blind};
use nexus_fuzz::{TARGETS, Target, corpus};

/// Mutations of each seed that the ordinary tests try.
const MUTATIONS: usize = 8;

/// Mutations of one seed that show what hostile contents come to.
const HOSTILE: usize = 32_000;

/// Inputs of a seed list that are mutated: the first of them are as good as any.
const MUTATED: usize = 64;

fn holds(target: &Target, what: &str, input: &[u8]) {
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    assert!(
        outcome.is_ok(),
        "{} does not hold for {what}: {} (its message is above)",
        target.name,
        hex::encode(&input[..input.len().min(2048)])
    );
}

#[test]
fn every_target_holds_for_its_seeds() {
    for target in &TARGETS {
        let seeds = (target.seeds)();
        assert!(
            seeds.len() >= 6,
            "{} has {} seeds",
            target.name,
            seeds.len()
        );
        for (number, seed) in seeds.iter().enumerate() {
            assert!(
                seed.len() <= target.max_len,
                "{}: seed {number} has {} bytes",
                target.name,
                seed.len()
            );
            holds(target, &format!("seed {number}"), seed);
        }
    }
}

#[test]
fn every_target_holds_for_its_corpus_and_for_all_that_ever_broke_it() {
    for target in &TARGETS {
        let inputs = corpus::kept(target)
            .into_iter()
            .chain(corpus::findings(target));
        for (path, input) in inputs {
            holds(target, &path.display().to_string(), &input);
        }
    }
}

#[test]
fn folders_of_inputs_belong_to_targets() {
    for kind in ["corpus", "findings"] {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(kind);
        for entry in std::fs::read_dir(&folder).expect(kind) {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("a name");
            assert!(
                name == "README.md" || TARGETS.iter().any(|target| target.name == name),
                "{kind}/{name} belongs to no target"
            );
        }
    }
}

#[test]
fn every_target_holds_for_mutations_of_its_seeds() {
    for target in &TARGETS {
        let mut random = Random::new(4);
        for seed in (target.seeds)().iter().take(MUTATED) {
            for _ in 0..MUTATIONS {
                let input = mutated(target, seed, &mut random);
                holds(target, "a mutation", &input);
            }
        }
    }
}

fn mutated(target: &Target, seed: &[u8], random: &mut Random) -> Vec<u8> {
    let mut data = seed.to_vec();
    data.resize(target.max_len, 0);
    let mut underneath = Random::new(random.number());
    let mut bytes =
        |data: &mut [u8], size: usize, max: usize| blind(&mut underneath, data, size, max);
    let size = match target.mutation {
        Some(mutation) => mutation(&mut data, seed.len(), target.max_len, random, &mut bytes),
        None => bytes(&mut data, seed.len(), target.max_len),
    };
    data.truncate(size);
    data
}

/// A mutation whose outputs no decoder takes would leave everything behind the decoder untried.
#[test]
fn transactions_stay_admissible_under_mutation_and_differ() {
    use nexus_fuzz::world::World;
    use nexus_machine::{SingleVerify, admit};

    let target = TARGETS.iter().find(|target| target.name == "transaction");
    let target = target.expect("the target");
    let world = World::shared();
    let mut random = Random::new(11);
    let (mut tried, mut admitted) = (0, std::collections::BTreeSet::new());
    for seed in (target.seeds)() {
        for _ in 0..MUTATIONS {
            let input = mutated(target, &seed, &mut random);
            tried += 1;
            if let Ok(tx) = admit(&input, world, world.next, &SingleVerify) {
                admitted.insert(tx.id());
            }
        }
    }
    println!(
        "{} different transactions admitted of {tried}",
        admitted.len()
    );
    assert!(admitted.len() * 4 > tried, "{} of {tried}", admitted.len());
}

/// Hostile contents that were all refused at the door would try nothing behind it.
#[test]
fn every_kind_is_asked_for_with_success_and_without_and_every_invariant_stays() {
    use nexus_fuzz::world::World;
    use nexus_types::ActionKind as K;
    use std::collections::BTreeMap;

    let target = TARGETS.iter().find(|target| target.name == "transaction");
    let target = target.expect("the target");
    let world = World::shared();
    let seed = (target.seeds)()
        .pop()
        .expect("a transaction that is sealed");
    let mut random = Random::new(17);
    let (mut applied, mut denied) = (BTreeMap::<K, u32>::new(), BTreeMap::<K, u32>::new());
    for _ in 0..HOSTILE {
        let input = mutated(target, &seed, &mut random);
        let executed = world.execute([input.as_slice()].into_iter());
        let verdict = executed.txs.first().and_then(|tx| tx.verdict.as_ref());
        match verdict {
            Some(verdict) if verdict.is_applied() => {
                *applied.entry(verdict.action).or_default() += 1;
                let after = world.after(&executed);
                if let Err(broken) = nexus_machine::invariants::check(&after) {
                    panic!("{broken} after {}", hex::encode(&input));
                }
            }
            Some(verdict) => *denied.entry(verdict.action).or_default() += 1,
            None => {}
        }
    }
    // What came before these is mutated instead.
    let kinds: Vec<K> = K::ALL
        .into_iter()
        .filter(|kind| *kind == K::ActivateImvu || *kind > K::PlatformSuspend)
        .collect();
    for kind in &kinds {
        println!(
            "{kind}: {} applied, {} denied of {HOSTILE}",
            applied.get(kind).unwrap_or(&0),
            denied.get(kind).unwrap_or(&0)
        );
    }
    let never = |seen: &BTreeMap<K, u32>| {
        let missing = kinds.iter().filter(|kind| !seen.contains_key(kind));
        missing.copied().collect::<Vec<_>>()
    };
    assert_eq!(never(&denied), []);
    // Nobody may ever rewrite, or stop an exit. The vectors end with their one host closed to new IMVUs, with nobody frozen, no
    // erasure or snapshot that waits, no mail agent at work, nothing held against an IMVU and no exit of what runs on a host.
    let excused = [
        K::ActivateImvu,
        K::MoveImvu,
        K::ThawIdentity,
        K::RecordDeletion,
        K::RewriteConsent,
        K::RequestSnapshot,
        K::RecordSnapshot,
        K::RewriteSnapshot,
        K::DropSnapshot,
        K::RestoreSnapshot,
        K::ProposeMailRoute,
        K::RecordMailEpoch,
        K::RestrictLegally,
        K::AppealRestriction,
        K::CommitInventory,
        K::RecordArchive,
        K::BlockExit,
    ];
    let mut missed = never(&applied);
    missed.retain(|kind| !excused.contains(kind));
    assert_eq!(missed, []);
}
