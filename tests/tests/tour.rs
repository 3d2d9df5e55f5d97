//! The README's tour prints what the README says.

use nexus_tests::programs::{checkout, path, program};
use nexus_tests::tour::{Shell, run, steps};
use nexus_tests::{Network, Options};
use std::fs;

#[test]
fn the_readme_tour_prints_what_it_says() {
    let readme = fs::read_to_string(checkout().join("README.md"))
        .expect("README.md at the top of the checkout");
    let steps = steps(&readme, "tour");
    assert!(
        !steps.is_empty(),
        "README.md has no transcript (```console) below a heading with the word tour"
    );
    // As `make localnet` starts it: with its development host.
    let network = Network::start(&Options {
        host: true,
        ..Options::default()
    });
    let _ = [program("nexus"), program("nexusd")];
    let path = path();
    let scratch = tempfile::tempdir().expect("a folder");
    let home = tempfile::tempdir().expect("a folder");
    let environment = [
        ("PATH", path.to_str().expect("a path")),
        ("HOME", home.path().to_str().expect("a path")),
        ("NO_COLOR", "1"),
        ("TERM", "dumb"),
        ("LC_ALL", "C.UTF-8"),
    ];
    // The network lies in `.localnet` here, as it does at the top of a checkout.
    let mut shell = Shell::new(network.folder(), scratch.path(), &environment);
    let differences = run(&steps, &mut shell);
    let told: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert!(
        told.is_empty(),
        "README.md says otherwise:\n\n{}",
        told.join("\n\n")
    );
}
