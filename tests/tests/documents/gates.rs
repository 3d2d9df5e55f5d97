//! `docs/infra-core/handshake-55-45-17.md`: each gate with its code, its file, its actions and the tests that hold it.

use crate::marks::hold;
use nexus_sdk::policy::{Actor, refused_always};
use nexus_tests::programs::checkout;
use nexus_types::{ActionKind, Code, Gate};
use std::collections::BTreeMap;
use std::fs;

const DOCUMENT: &str = "docs/infra-core/handshake-55-45-17.md";
const LAW: &str = "app/machine/src/tests";
const RUNNING: &str = "tests/tests/running";

/// A test: its file and its name.
type Test = (&'static str, &'static str);

/// Tests of the law that hold a gate, and tests in which it refuses a real action on a running network of four validators.
fn held(gate: Gate) -> (&'static [Test], &'static [Test]) {
    match gate {
        Gate::IdentityBinding => (
            &[
                (
                    "guardians.rs",
                    "under_a_freeze_a_thief_can_neither_take_money_nor_names_nor_veto_nor_end_the_identity",
                ),
                (
                    "team.rs",
                    "an_operator_runs_the_imvu_and_owns_nothing_of_it",
                ),
                ("hostile.rs", "nobody_pays_who_signed_no_mandate"),
            ],
            &[("gates.rs", "gate_1_refuses_an_identity_without_attestation")],
        ),
        Gate::ImvuIsolation => (
            &[
                ("placement.rs", "each_gate_says_what_the_named_host_lacks"),
                (
                    "placement.rs",
                    "a_hosts_operator_takes_nothing_from_who_runs_there",
                ),
                (
                    "placement.rs",
                    "slots_give_disjoint_users_subnets_and_ports",
                ),
            ],
            &[(
                "gates.rs",
                "gates_2_6_7_and_9_refuse_activation_while_no_host_is_registered",
            )],
        ),
        Gate::DomainOwnership => (
            &[
                (
                    "names.rs",
                    "a_name_has_one_holder_and_so_have_its_ancestors_and_descendants",
                ),
                ("names.rs", "no_spelling_of_anothers_zone_is_a_second_key"),
                (
                    "governance/registers.rs",
                    "a_denied_name_is_claimed_by_nobody_and_below_it_where_it_says_so",
                ),
            ],
            &[(
                "gates.rs",
                "gate_3_refuses_anothers_name_its_ancestors_and_descendants_in_any_spelling",
            )],
        ),
        Gate::DnsAuthority => (
            &[
                ("names.rs", "the_platform_cannot_edit_a_zone"),
                ("names.rs", "records_stay_inside_their_apex"),
                (
                    "names.rs",
                    "a_set_that_would_make_the_zone_invalid_is_refused_with_its_fault",
                ),
                (
                    "mail/dkim.rs",
                    "a_record_that_publishes_a_dkim_key_changes_only_with_the_key",
                ),
            ],
            &[
                (
                    "gates.rs",
                    "gate_4_refuses_edits_of_anothers_zone_in_any_spelling",
                ),
                (
                    "rest.rs",
                    "a_record_in_anothers_zone_is_forbidden_and_stands_on_the_ledger",
                ),
            ],
        ),
        Gate::MailAttribution => (
            &[
                (
                    "mail/addresses.rs",
                    "a_grant_under_anothers_domain_is_refused_by_gate_5",
                ),
                (
                    "mail/credentials.rs",
                    "a_credential_names_its_holders_addresses_alone",
                ),
                ("mail/epochs.rs", "epochs_follow_each_other_without_a_gap"),
            ],
            &[(
                "rights.rs",
                "gate_5_refuses_an_address_under_anothers_domain_and_gate_16_anothers_mailbox",
            )],
        ),
        Gate::RevenueMetering => (
            &[
                (
                    "metering.rs",
                    "each_hostile_record_is_refused_with_its_reason",
                ),
                (
                    "hostile.rs",
                    "a_record_replayed_under_a_new_sequence_is_refused_however_it_is_dressed",
                ),
                (
                    "money.rs",
                    "what_a_processor_may_not_book_is_refused_by_gate_6",
                ),
            ],
            &[(
                "gates.rs",
                "gates_6_7_9_and_11_refuse_what_a_creator_may_not_do",
            )],
        ),
        Gate::ResourceQuota => (
            &[
                (
                    "placement.rs",
                    "two_transactions_of_one_block_cannot_fill_a_host_twice",
                ),
                (
                    "placement.rs",
                    "a_raise_needs_room_on_the_host_and_a_cut_frees_it_once_the_kernel_has_it",
                ),
                (
                    "metering.rs",
                    "an_implausible_reading_is_capped_and_the_excess_refused_on_record",
                ),
            ],
            &[(
                "gates.rs",
                "gates_6_7_9_and_11_refuse_what_a_creator_may_not_do",
            )],
        ),
        Gate::NetworkPath => (
            &[(
                "approvals.rs",
                "a_reroute_outside_the_policy_is_gate_8_and_inside_it_gate_14",
            )],
            &[(
                "gates.rs",
                "gates_8_14_and_15_refuse_the_platform_what_only_the_creator_can_allow",
            )],
        ),
        Gate::Jurisdiction => (
            &[
                ("names.rs", "an_imvu_without_jurisdiction_can_hold_nothing"),
                ("names.rs", "a_name_is_where_its_holder_is"),
                ("snapshots.rs", "a_snapshot_stays_in_its_jurisdiction"),
                ("mail/addresses.rs", "a_mailbox_is_where_its_imvu_may_be"),
            ],
            &[(
                "gates.rs",
                "gates_6_7_9_and_11_refuse_what_a_creator_may_not_do",
            )],
        ),
        Gate::ConsentLogging => (
            &[
                ("consents.rs", "nobody_edits_or_removes_a_commitment"),
                ("consents.rs", "a_sequence_has_no_gap_and_is_used_once"),
                (
                    "consents.rs",
                    "a_consent_is_revoked_once_and_only_if_it_was_recorded",
                ),
            ],
            &[(
                "rights.rs",
                "gates_10_and_12_refuse_to_rewrite_what_is_recorded",
            )],
        ),
        Gate::AuditLogging => (
            &[("admission.rs", "a_denial_writes_nothing_but_its_evidence")],
            &[(
                "gates.rs",
                "gates_6_7_9_and_11_refuse_what_a_creator_may_not_do",
            )],
        ),
        Gate::ImmutableSnapshots => (
            &[
                ("snapshots.rs", "what_is_recorded_never_changes"),
                (
                    "snapshots.rs",
                    "nothing_moves_without_a_fresh_snapshot_or_its_loss_accepted",
                ),
                ("snapshots.rs", "a_request_is_not_refused_for_lack_of_room"),
            ],
            &[(
                "rights.rs",
                "gates_10_and_12_refuse_to_rewrite_what_is_recorded",
            )],
        ),
        Gate::ExitPortability => (
            &[
                (
                    "exits/platform.rs",
                    "nothing_stops_an_exit_that_is_announced",
                ),
                (
                    "exits/retaliation.rs",
                    "not_even_a_raise_is_the_platforms_alone",
                ),
                (
                    "exits/retaliation.rs",
                    "a_change_that_a_gate_would_let_through_is_refused_by_its_effect",
                ),
            ],
            &[(
                "exits.rs",
                "gate_13_refuses_whatever_would_hold_or_change_who_leaves",
            )],
        ),
        Gate::NoSilentRedirection => (
            &[
                (
                    "approvals.rs",
                    "a_reroute_outside_the_policy_is_gate_8_and_inside_it_gate_14",
                ),
                (
                    "mail/routes.rs",
                    "the_platform_reroutes_mail_only_with_the_creators_approval",
                ),
                ("mail/dkim.rs", "nobody_but_the_creator_changes_a_dkim_key"),
                (
                    "hostile_sequences.rs",
                    "no_sequence_without_the_creators_signature_takes_anything_from_it",
                ),
            ],
            &[(
                "gates.rs",
                "gates_8_14_and_15_refuse_the_platform_what_only_the_creator_can_allow",
            )],
        ),
        Gate::NoSilentThrottling => (
            &[
                ("approvals.rs", "a_cut_hidden_among_increases_is_a_cut"),
                (
                    "approvals.rs",
                    "an_approval_that_does_not_fit_exactly_is_void_and_says_why",
                ),
                (
                    "money.rs",
                    "containment_takes_two_independent_operators_and_72_hours_at_most",
                ),
                (
                    "hostile_sequences.rs",
                    "no_sequence_without_the_creators_signature_takes_anything_from_it",
                ),
            ],
            &[
                (
                    "gates.rs",
                    "gates_8_14_and_15_refuse_the_platform_what_only_the_creator_can_allow",
                ),
                (
                    "rest.rs",
                    "a_quota_cut_by_the_platform_is_forbidden_and_its_creator_is_told",
                ),
            ],
        ),
        Gate::NoCrossLeakage => (
            &[
                (
                    "mail/credentials.rs",
                    "no_action_names_another_imvus_mailbox",
                ),
                ("mail/routes.rs", "no_route_leads_into_another_imvus_subnet"),
                (
                    "snapshots.rs",
                    "a_volume_is_put_back_to_a_snapshot_of_its_own_alone",
                ),
            ],
            &[(
                "rights.rs",
                "gate_5_refuses_an_address_under_anothers_domain_and_gate_16_anothers_mailbox",
            )],
        ),
        Gate::PlatformNonRepudiation => (
            &[
                (
                    "mail/routes.rs",
                    "below_the_threshold_an_approved_mail_route_is_refused_by_gate_17",
                ),
                (
                    "governance/restrictions.rs",
                    "a_restriction_stands_in_the_platforms_log_and_its_creator_is_told",
                ),
            ],
            &[(
                "gates.rs",
                "gate_17_refuses_platform_actions_below_the_threshold",
            )],
        ),
    }
}

/// 20NN, which is a code.
fn code(gate: Gate) -> u32 {
    let number = 2000 + u32::from(gate.number());
    let code = Code::from_number(number).expect("every gate has its code");
    assert_eq!(code.number(), number);
    number
}

/// The one file that decides it.
fn file(gate: Gate) -> String {
    let folder = "app/machine/src/gates";
    let begins = format!("g{:02}_", gate.number());
    let files: Vec<String> = fs::read_dir(checkout().join(folder))
        .expect("the gates' folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("a name")
        })
        .filter(|name| name.starts_with(&begins))
        .collect();
    let [one] = files.as_slice() else {
        panic!("{gate} has {files:?}");
    };
    format!("{folder}/{one}")
}

/// The text of a test from its attribute to its end.
fn body((folder, (file, name)): (&str, Test)) -> String {
    let path = checkout().join(folder).join(file);
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    // A test of proptest's has its parameters beside its name.
    let at = text
        .find(&format!("fn {name}("))
        .unwrap_or_else(|| panic!("{} has no test {name}", path.display()));
    let (before, after) = text.split_at(at);
    assert!(
        before.trim_end().ends_with("#[test]"),
        "{}: {name} is no test",
        path.display()
    );
    after.split("\n}\n").next().unwrap_or_default().to_owned()
}

fn listed(folder: &str, tests: &[Test]) -> String {
    let each = tests
        .iter()
        .map(|(file, name)| format!("`{name}` ({folder}/{file})"));
    each.collect::<Vec<_>>().join("<br>")
}

fn actions(gate: Gate) -> String {
    let judged: Vec<ActionKind> = ActionKind::ALL
        .into_iter()
        .filter(|kind| kind.gates().contains(&gate))
        .collect();
    if judged.len() == ActionKind::ALL.len() {
        return format!("every action ({})", judged.len());
    }
    let names: Vec<String> = judged.iter().map(|kind| format!("`{kind}`")).collect();
    names.join(" ")
}

fn table_of(gate: Gate) -> String {
    let (law, running) = held(gate);
    let running = match running {
        [] => String::from("not yet: no action of this version brings it to refuse alone"),
        tests => listed(RUNNING, tests),
    };
    format!(
        "| | |\n|---|---|\n| says | {} |\n| refuses with | {} |\n| decided in | `{}` |\n| judges | {} |\n\
         | held by | {} |\n| refuses on a running network in | {running} |\n",
        gate.rule(),
        code(gate),
        file(gate),
        actions(gate),
        listed(LAW, law),
    )
}

fn table_of_actions() -> String {
    let mut table = String::from(
        "| action | who may take it | in the owner's stead | gates |\n|---|---|---|---|\n",
    );
    for kind in ActionKind::ALL {
        let gates: Vec<String> = kind
            .gates()
            .iter()
            .map(|gate| gate.number().to_string())
            .collect();
        let stead = kind
            .delegated_to()
            .map_or("–", |role| Actor::Member(role).name());
        let who = if refused_always(kind) {
            "nobody: it exists to be refused".to_owned()
        } else {
            kind.role().to_string()
        };
        table += &format!("| `{kind}` | {who} | {stead} | {} |\n", gates.join(" "));
    }
    table
}

#[test]
fn the_page_of_the_gates_says_what_the_code_does() {
    let mut parts: BTreeMap<String, String> = Gate::ALL
        .into_iter()
        .map(|gate| (format!("gate {}", gate.number()), table_of(gate)))
        .collect();
    parts.insert("actions".to_owned(), table_of_actions());
    hold(DOCUMENT, &parts);
}

#[test]
fn each_gate_has_its_section_with_what_it_is_for() {
    let page = fs::read_to_string(checkout().join(DOCUMENT)).expect("the page");
    for gate in Gate::ALL {
        let heading = format!("\n## Gate {}: {}\n", gate.number(), gate.name());
        let (_, section) = page
            .split_once(&heading)
            .unwrap_or_else(|| panic!("no {heading:?}"));
        let section = section.split("\n## ").next().unwrap_or_default();
        for part in [
            "**Rule.**",
            "**In consensus.**",
            "**On hosts.**",
            "**Reports.**",
            "**Denied.**",
        ] {
            assert!(section.contains(part), "{gate} has no {part}");
        }
        let (_, denied) = section.split_once("**Denied.**").expect("seen above");
        let denied = denied.split("<!--").next().unwrap_or_default();
        assert!(denied.contains(&code(gate).to_string()), "{gate}: {denied}");
    }
}

#[test]
fn each_gate_is_held_by_tests_that_are_there_and_refuses_on_a_running_network() {
    for gate in Gate::ALL {
        let (law, running) = held(gate);
        assert!(!law.is_empty(), "no test of the law holds {gate}");
        for test in law {
            body((LAW, *test));
        }
        assert!(
            !running.is_empty(),
            "{gate} refuses nothing on a running network"
        );
        for test in running {
            let body = body((RUNNING, *test));
            assert!(
                body.contains(&code(gate).to_string()),
                "{} does not speak of {}",
                test.1,
                code(gate)
            );
        }
    }
}
