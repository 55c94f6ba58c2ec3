//! What the organisation's own chapter on user management asks for, sentence by sentence in our words, each
//! with the tests that show it.
use std::{fs, path::Path};

/// A behaviour, and where it is shown.
const BEHAVIOURS: &[(&str, &[&str])] = &[
    (
        "People come in by signing up and being admitted; nobody is added by hand in the admin section.",
        &["an_applicant_waits_is_admitted_works_and_leaves", "the_page_has_its_four_areas_and_nine_columns"],
    ),
    (
        "User Management has four areas: totals with those who wait, a search box, the queue, everybody.",
        &["the_page_has_its_four_areas_and_nine_columns"],
    ),
    (
        "The search looks in email, username and display name.",
        &["search_and_filters_stand_in_the_address", "lists_filter_sort_and_page"],
    ),
    (
        "The queue shows new applicants, each with Activate and Delete.",
        &["the_page_has_its_four_areas_and_nine_columns", "an_applicant_waits_is_admitted_works_and_leaves"],
    ),
    (
        "The table shows every account in nine columns, with Edit and Delete in each row.",
        &["the_page_has_its_four_areas_and_nine_columns"],
    ),
    ("A click on a header sorts, a second one turns the order round.", &["headers_sort_and_say_so"]),
    ("The role labels of each person stand beside the tier.", &["people_are_added_by_name_or_not_at_all"]),
    (
        "There are two ways in: signing up with approval, and the corporate single sign-on.",
        &["an_applicant_waits_is_admitted_works_and_leaves", "an_employee_signs_in_at_a_certified_provider"],
    ),
    (
        "The sign-up page is linked at the bottom of the sign-in page and asks for email, password and name.",
        &[
            "an_applicant_waits_is_admitted_works_and_leaves",
            "an_incomplete_form_comes_back_with_what_was_typed",
        ],
    ),
    (
        "Whoever has applied waits and cannot sign in.",
        &[
            "a_57_the_state_is_told_to_whoever_has_the_password_only",
            "an_applicant_waits_is_admitted_works_and_leaves",
        ],
    ),
    (
        "A superuser, or an administrator who may manage users, decides.",
        &[
            "somebody_who_manages_users_sees_what_they_may_use_and_no_more",
            "a_73_every_route_is_open_to_those_who_need_it_and_to_nobody_else",
        ],
    ),
    ("The counter shows how many wait.", &["the_page_has_its_four_areas_and_nine_columns"]),
    (
        "Activate makes the account active, and the person can sign in at once.",
        &["an_applicant_waits_is_admitted_works_and_leaves"],
    ),
    (
        "Delete removes the application, and the person has to apply again.",
        &["a_rejected_applicant_may_apply_again"],
    ),
    (
        "Whether signing up is possible is the organisation's decision.",
        &["settings_are_changed_checked_and_recorded", "what_the_config_file_says_is_fixed"],
    ),
    (
        "With single sign-on people come in without a form.",
        &["an_employee_comes_in_without_a_form_and_is_the_same_the_second_time"],
    ),
    (
        "Decisions and changes of an account's state stand in the audit log.",
        &[
            "a_85_every_event_says_who_whom_where_and_what",
            "an_edit_changes_what_it_says_with_an_event_per_aspect",
        ],
    ),
    (
        "Standard users do not see the section at all.",
        &["a_73_every_route_is_open_to_those_who_need_it_and_to_nobody_else"],
    ),
    (
        "An administrator sets somebody's password in the edit form.",
        &["a_password_reset_ends_the_sessions_and_takes_effect"],
    ),
    (
        "Somebody whose password was set for them changes it at the first sign-in.",
        &["a_79_a_password_set_by_an_administrator_must_be_changed"],
    ),
    (
        "Setting the status to Inactive locks somebody out; their data stays.",
        &[
            "deactivation_ends_everything_by_the_next_click",
            "an_edit_changes_what_it_says_with_an_event_per_aspect",
        ],
    ),
    (
        "Deletion is for good, and the page recommends Deactivate.",
        &[
            "deletion_wants_the_name_typed_and_recommends_deactivation",
            "a_80_nothing_of_a_deleted_account_lives_on",
        ],
    ),
    (
        "User Type has two tiers, and only a superuser changes it, in both directions.",
        &["only_a_superuser_changes_tiers", "a_78_a_demoted_superuser_is_out_at_the_next_request"],
    ),
    (
        "Every change of tier stands in the audit log.",
        &[
            "a_85_every_event_says_who_whom_where_and_what",
            "an_edit_changes_what_it_says_with_an_event_per_aspect",
        ],
    ),
    (
        "The last superuser cannot be lost.",
        &[
            "a_75_the_last_superuser_cannot_be_lost_by_any_page",
            "a_75_two_superusers_who_turn_on_each_other_leave_one",
            "the_last_superuser_gets_no_expiry_date",
        ],
    ),
    (
        "Everybody else is a standard user and gets single menus and features by permissions.",
        &[
            "a_permission_counts_from_the_next_request_on",
            "the_gate_asks_for_roles_and_permissions_and_feels_changes_within_a_second",
            "somebody_who_manages_users_sees_what_they_may_use_and_no_more",
        ],
    ),
    (
        "Minimum length, complexity and rotation period of passwords are managed in the settings.",
        &[
            "the_password_policy_holds_wherever_a_password_is_chosen",
            "a_password_that_is_too_old_is_changed_at_the_next_sign_in",
            "each_rule_of_the_policy_can_be_asked_for_alone",
        ],
    ),
    (
        "Accounts whose last sign-in is more than 90 days ago are reviewed for deactivation each quarter.",
        &["dormant_accounts_are_reviewed", "a_review_is_due_at_the_end_of_each_quarter"],
    ),
    (
        "The audit log tells one person from another: who, whom, from where, what was and what is.",
        &[
            "a_85_every_event_says_who_whom_where_and_what",
            "the_log_is_filtered_by_event_actor_target_and_day",
        ],
    ),
    (
        "Last sign-in and its address are shown for every account.",
        &["the_page_has_its_four_areas_and_nine_columns", "users_are_made_found_and_changed"],
    ),
];

#[test]
fn every_behaviour_is_shown_by_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut code = String::new();
    for folder in ["tests/integration", "src"] {
        read(&root.join(folder), &mut code);
    }
    let missing: Vec<_> = BEHAVIOURS
        .iter()
        .flat_map(|(_, tests)| *tests)
        .filter(|test| !code.contains(&format!("fn {test}(")))
        .collect();
    assert!(missing.is_empty(), "no such tests: {missing:?}");
    assert!(BEHAVIOURS.iter().all(|(_, tests)| !tests.is_empty()));
}

fn read(folder: &Path, code: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, code);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("source_document.rs") {
            code.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}
