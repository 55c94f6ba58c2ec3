//! Every function that holds SQL, on both databases: queries are checked nowhere else before they run.
use std::{collections::BTreeSet, sync::Arc};

use narthex::{
    domain::{
        application::State as Outcome,
        audit::{Actor, Change, Entry, Event, Origin, Target},
        chain::{Head, Mac},
        identity::Identity,
        known::Kind,
        language::Language,
        link::{LinkId, Purpose},
        notice::Notice,
        permission::{GrantSource, Permission, Role, RoleName},
        renewal::Vouched,
        secret,
        session::{Session, SessionToken},
        time::Time,
        user::{DisplayName, Email, Source, Status, Tier, User, UserId, Username},
    },
    store::{
        Db, Pools, Tx,
        applications::{self, Decision, Filter as Picked, From as Start, NewApplication},
        audit::{self, Filter, From as Where, Row},
        audit_chain::{self, NewLink},
        blocked_emails::{self, Blocked},
        counters, dormant, facts, grants, identities,
        known_places::{self, Known},
        mail_tokens::{self, MailedLink},
        migrations,
        outbox::{self, NewMail},
        passwords, principals,
        provider_sessions::{self, Claimed, New as NewVouching},
        provider_warnings::{self, ProviderWarning},
        recent_users::{self, Recent},
        revocations, roles, settings,
        signing_keys::{self, Stored},
        signups::{self, Signup},
        sync_warnings,
        user_list::{self, From, Sort, UserList},
        users::{self, NewUser},
    },
};

use crate::harness::{Stack, both_stacks, gateway::mails_to};

both_stacks!(
    users_are_made_found_and_changed,
    names_and_addresses_are_unique_however_they_are_written,
    a_change_of_principals_is_noticed_when_it_is_kept,
    a_session_finds_its_account_unless_it_was_revoked,
    lists_filter_sort_and_page,
    who_signed_in_lately_is_found_and_paged,
    an_epoch_moves_on_once_and_only_for_the_active,
    identities_are_linked_once_and_barred,
    what_came_from_one_source_moves_to_another,
    warnings_about_providers_are_noted_once_a_minute,
    facts_are_written_once,
    audit_entries_are_read_back_as_they_were_written_in_pages,
    events_wait_for_their_place_in_the_chain_and_get_it,
    what_is_not_committed_did_not_happen,
    numbers_are_never_given_twice,
    instances_that_migrate_at_once_find_it_done_once,
    roles_give_supervise_and_go_when_nobody_holds_them,
    what_was_given_to_somebody_is_read_back_with_where_it_came_from,
    settings_and_counters_are_kept,
    dormant_accounts_are_those_that_were_idle_and_are_not_kept,
    former_passwords_are_kept_in_order_and_forgotten,
    mail_waits_in_the_outbox,
    a_mail_with_a_link_goes_before_all_others,
    mail_is_taken_by_one_sent_postponed_given_up_and_tried_again,
    people_are_warned_once_before_accounts_are_closed,
    an_application_is_on_record_from_its_beginning_to_its_end,
    an_upgrade_turns_nobody_away_and_lets_old_passwords_lapse,
    sign_ups_wait_side_by_side_until_their_time,
    addresses_are_blocked_once_and_listed,
    whoever_may_do_something_is_found,
    a_mailed_link_is_good_once_until_its_time_and_only_the_newest,
    where_people_have_been_is_remembered_and_forgotten,
    signing_keys_are_kept_in_their_order_and_forgotten,
    what_a_provider_left_for_a_session_goes_with_it,
    a_question_to_a_provider_is_one_persons_to_ask,
    every_public_function_of_the_store_is_called_here,
);

async fn database(stack: &Stack) -> Db {
    let db = Db::connect(stack.database_url()).await.unwrap();
    migrations::migrate(&db).await.unwrap();
    db
}

const START: audit::Place = (Time::NEVER, uuid::Uuid::nil());

fn at(second: i64) -> Time {
    Time::from_micros((1_800_000_000 + second) * 1_000_000 + 7)
}

struct New<'a> {
    name: &'a str,
    status: Status,
    tier: Tier,
    source: Source,
    registered: i64,
}

impl Default for New<'_> {
    fn default() -> Self {
        let (status, tier, source) = (Status::Active, Tier::Standard, Source::Local);
        Self { name: "ada", status, tier, source, registered: 0 }
    }
}

async fn make(db: &Db, new: New<'_>) -> User {
    let id =
        insert(db, &new, new.name, &format!("{}@Example.com", new.name)).await.expect("nothing is taken");
    users::find(&mut db.read().await.unwrap(), id).await.unwrap().unwrap()
}

async fn insert(db: &Db, new: &New<'_>, name: &str, email: &str) -> Option<UserId> {
    let number = users::next_number(db).await.unwrap();
    let id = UserId(secret::new_id(at(new.registered)));
    let mut tx = db.write().await.unwrap();
    let row = NewUser {
        id,
        number,
        username: &Username::parse(name).unwrap(),
        email: &Email::parse(email).unwrap(),
        email_trusted: false,
        display_name: &DisplayName::parse(&format!("Name Of {name}")).unwrap(),
        status: new.status,
        tier: new.tier,
        source: new.source,
        password_hash: (new.source == Source::Local).then_some("$argon2id$…"),
        reason: Some("because\nI want to"),
        language: Language::En,
        registered_at: at(new.registered),
    };
    let made = users::insert(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
    made.then_some(id)
}

async fn users_are_made_found_and_changed(stack: Stack) {
    let db = database(&stack).await;
    db.ping().await.unwrap();
    let ada = make(&db, New::default()).await;
    assert_eq!(ada.username.as_str(), "ada");
    assert_eq!(ada.email.as_str(), "ada@Example.com", "case is kept");
    assert_eq!(ada.registered_at, at(0), "to the microsecond");
    assert_eq!(ada.last_login_at.happened(), None);
    assert_eq!((ada.session_epoch, ada.version), (0, 0));
    assert!(ada.has_password && !ada.email_trusted);
    assert_eq!(ada.reason.as_deref(), Some("because\nI want to"));

    let mut read = db.read().await.unwrap();
    let email = Email::parse("ADA@example.COM").unwrap();
    assert_eq!(users::find_by_email(&mut read, &email).await.unwrap().unwrap().id, ada.id);
    assert_eq!(users::find_by_username(&mut read, &ada.username).await.unwrap().unwrap().id, ada.id);
    assert_eq!(users::find_by_number(&mut read, ada.number).await.unwrap().unwrap().id, ada.id);
    assert!(users::find_by_number(&mut read, -1).await.unwrap().is_none());
    assert_eq!(passwords::hash(&mut read, ada.id).await.unwrap().as_deref(), Some("$argon2id$…"));
    assert!(users::find(&mut read, UserId(crate::harness::new_id())).await.unwrap().is_none());
    drop(read);

    let mut tx = db.write().await.unwrap();
    users::lock_superusers(&mut tx).await.unwrap();
    assert_eq!(users::count_lasting_superusers(&mut tx).await.unwrap(), 0);
    users::set_tier(&mut tx, ada.id, Tier::Superuser).await.unwrap();
    assert_eq!(users::count_lasting_superusers(&mut tx).await.unwrap(), 1);
    assert!(
        !users::change_status(&mut tx, ada.id, Status::Pending, Status::Active, at(4)).await.unwrap(),
        "not pending"
    );
    assert!(users::change_status(&mut tx, ada.id, Status::Active, Status::Inactive, at(4)).await.unwrap());
    assert_eq!(users::count_lasting_superusers(&mut tx).await.unwrap(), 0);
    users::trust_email(&mut tx, ada.id).await.unwrap();
    passwords::set(&mut tx, ada.id, "$new", Some(at(90)), at(4)).await.unwrap();
    users::end_sessions(&mut tx, ada.id).await.unwrap();
    let (name, email) = (Username::parse("countess").unwrap(), Email::parse("c@example.com").unwrap());
    let display = DisplayName::parse("Countess 러브레이스").unwrap();
    users::set_profile(&mut tx, ada.id, &name, &email, true, &display).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.write().await.unwrap();
    let now = users::find(&mut tx, ada.id).await.unwrap().unwrap();
    assert_eq!((now.status, now.tier, now.email_trusted), (Status::Inactive, Tier::Superuser, true));
    assert_eq!(now.session_epoch, 4, "tier, status, password and sign-out end sessions; a name does not");
    assert!(now.version > ada.version);
    assert_eq!((now.username, now.email, now.display_name), (name.clone(), email, display));
    assert_eq!(passwords::hash(&mut tx, ada.id).await.unwrap().as_deref(), Some("$new"));
    assert!(!users::note_login(&mut tx, ada.id, 4, at(5), "192.0.2.1").await.unwrap(), "inactive");
    assert!(users::change_status(&mut tx, ada.id, Status::Inactive, Status::Active, at(4)).await.unwrap());
    assert!(!users::note_login(&mut tx, ada.id, 4, at(5), "192.0.2.1").await.unwrap(), "an older epoch");
    assert!(users::note_login(&mut tx, ada.id, 5, at(5), "192.0.2.1").await.unwrap());
    assert!(users::name_is_taken(&mut tx, &name, None).await.unwrap());
    assert!(!users::name_is_taken(&mut tx, &name, Some(ada.id)).await.unwrap());
    assert!(!users::delete(&mut tx, ada.id, Status::Pending).await.unwrap());
    assert!(users::delete(&mut tx, ada.id, Status::Active).await.unwrap());
    assert_eq!(users::count_pending(&mut tx).await.unwrap(), 0);
    tx.commit().await.unwrap();
    db.close().await;
}

async fn names_and_addresses_are_unique_however_they_are_written(stack: Stack) {
    let db = database(&stack).await;
    make(&db, New { name: "admin", ..New::default() }).await;
    let new = New::default();
    assert_eq!(insert(&db, &new, "ADMIN", "other@example.com").await, None, "the same name");
    assert_eq!(insert(&db, &new, "\u{430}dmin", "other@example.com").await, None, "a look-alike");
    assert_eq!(insert(&db, &new, "somebody", "ADMIN@example.COM").await, None, "the same address");
    assert!(
        insert(&db, &new, "somebody", "other@example.com").await.is_some(),
        "a failed insert does no harm"
    );
    db.close().await;
}

/// As the gate reads them; the first and the last session were revoked.
async fn behind_several_sessions_at_once(db: &Db, ada: &User, [own, other, from_corp]: [&Session; 3]) {
    let bob = make(db, New { name: "bob", ..New::default() }).await;
    let (lead, read) = (RoleName::parse("lead").unwrap(), Permission::parse("main.page:read").unwrap());
    let mut tx = db.write().await.unwrap();
    roles::insert(&mut tx, &lead, "Lead", "").await.unwrap();
    roles::changed(&mut tx).await.unwrap();
    grants::add_role(&mut tx, bob.id, &lead, &GrantSource::Approval, at(1)).await.unwrap();
    grants::set_permission(&mut tx, bob.id, &read, true, at(1)).await.unwrap();
    tx.commit().await.unwrap();
    let begin =
        |user: &User| Session::begin(&SessionToken::generate(), user, None, &Origin::default(), at(1));
    let gone = User { id: UserId(uuid::Uuid::nil()), ..bob.clone() };
    let (bobs, nobodys) = (begin(&bob), begin(&gone));
    let mut tx = db.read().await.unwrap();
    for many in [1, 2, 5, 64] {
        let mut all = vec![own.clone(), other.clone(), from_corp.clone(), bobs.clone(), nobodys.clone()];
        all.truncate(many);
        all.extend((all.len()..many).map(|_| begin(ada)));
        let all: Vec<_> = all.into_iter().map(Arc::new).collect();
        let found = principals::behind(&mut tx, &all).await.unwrap();
        assert_eq!(found.roles, roles::version(&mut tx).await.unwrap());
        let whose = |session: &Session| found.behind(session).map(|(user, _)| user.id);
        assert_eq!(whose(own), None);
        assert!(many < 3 || whose(from_corp).is_none());
        assert!(many < 2 || whose(other) == Some(ada.id));
        if many > 4 {
            assert_eq!((whose(&bobs), whose(&nobodys)), (Some(bob.id), None));
            let (_, held) = found.behind(&bobs).unwrap();
            assert_eq!(*held, grants::of_user(&mut tx, bob.id).await.unwrap().0);
            assert_eq!((held.roles.len(), held.denied.len()), (1, 1));
            assert!(found.behind(other).unwrap().1.roles.is_empty());
        }
    }
    assert!(principals::behind(&mut tx, &[]).await.unwrap().behind(&bobs).is_none());
}

/// What a commit says of itself, for whoever remembers principals.
async fn a_change_of_principals_is_noticed_when_it_is_kept(stack: Stack) {
    let db = database(&stack).await;
    let ada = make(&db, New::default()).await;
    let (role, read) = (RoleName::parse("lead").unwrap(), Permission::parse("main.page:read").unwrap());
    let mut tx = db.write().await.unwrap();
    roles::insert(&mut tx, &role, "Lead", "").await.unwrap();
    tx.commit().await.unwrap();
    let clone = db.clone();
    macro_rules! noticed {
        ($tx:ident, $change:expr) => {{
            let before = clone.generation();
            let mut $tx = db.write().await.unwrap();
            $change.unwrap();
            assert_eq!(clone.generation(), before, "not yet: {}", stringify!($change));
            $tx.commit().await.unwrap();
            clone.generation() - before
        }};
    }
    let (manual, wide) = (GrantSource::Manual, at(1_000_000));
    assert_eq!(noticed!(tx, grants::add_role(&mut tx, ada.id, &role, &manual, at(1)).await), 1);
    assert_eq!(noticed!(tx, grants::remove_role(&mut tx, ada.id, &role, &manual).await), 1);
    assert_eq!(noticed!(tx, grants::set_permission(&mut tx, ada.id, &read, true, at(1)).await), 1);
    assert_eq!(noticed!(tx, grants::clear_permission(&mut tx, ada.id, &read).await), 1);
    assert_eq!(noticed!(tx, roles::changed(&mut tx).await), 1);
    assert_eq!(noticed!(tx, revocations::insert(&mut tx, "s:x", wide).await), 1);
    assert_eq!(noticed!(tx, users::set_tier(&mut tx, ada.id, Tier::Superuser).await), 1);
    let corp = GrantSource::Provider("corp".into());
    assert_eq!(noticed!(tx, users::set_tier_from(&mut tx, ada.id, Tier::Superuser, &corp).await), 1);
    assert_eq!(noticed!(tx, grants::move_source(&mut tx, ada.id, &corp, &manual).await), 1);
    let identity = Identity { issuer: "i".into(), subject: "s".into() };
    assert_eq!(noticed!(tx, identities::unlink(&mut tx, &identity, ada.id).await), 1);
    assert_eq!(noticed!(tx, users::set_expiry(&mut tx, ada.id, wide).await), 1);
    assert_eq!(noticed!(tx, users::end_sessions(&mut tx, ada.id).await), 1);
    assert_eq!(noticed!(tx, users::trust_email(&mut tx, ada.id).await), 1);
    assert_eq!(noticed!(tx, passwords::set(&mut tx, ada.id, "h", None, at(2)).await), 1);
    let epoch = users::find(&mut db.read().await.unwrap(), ada.id).await.unwrap().unwrap().session_epoch;
    assert_eq!(noticed!(tx, users::next_epoch(&mut tx, ada.id, epoch).await), 1);
    assert_eq!(noticed!(tx, users::set_language(&mut tx, ada.id, Language::Ko).await), 0);
    let before = db.generation();
    let mut tx = db.write().await.unwrap();
    users::end_sessions(&mut tx, ada.id).await.unwrap();
    let mut commit = Box::pin(tx.commit());
    let _hangs_up = futures_util::poll!(&mut commit);
    drop(commit);
    for _ in 0..200 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        if db.generation() > before {
            break;
        }
    }
    assert_eq!(db.generation(), before + 1, "kept, and noticed, although whoever waited has hung up");
    let before = db.generation();
    let mut tx = db.write().await.unwrap();
    assert!(users::delete(&mut tx, ada.id, Status::Active).await.unwrap());
    drop(tx);
    assert_eq!(db.generation(), before, "it was not kept");
    assert_eq!(noticed!(tx, users::delete(&mut tx, ada.id, Status::Active).await), 1);
    db.close().await;
}

async fn a_session_finds_its_account_unless_it_was_revoked(stack: Stack) {
    let db = database(&stack).await;
    let ada = make(&db, New::default()).await;
    let token = SessionToken::generate();
    let begin = |provider| Session::begin(&token, &ada, provider, &Origin::default(), at(1));
    let (own, other) = (begin(None), begin(None));
    let from_corp = begin(Some(("corp", Some("s1"))));
    let found = async |session: &Session| {
        users::find_for_session(&mut db.read().await.unwrap(), session).await.unwrap().is_some()
    };
    assert!(found(&own).await && found(&from_corp).await);
    let mut tx = db.write().await.unwrap();
    assert!(revocations::insert(&mut tx, &own.revocation(), at(100)).await.unwrap());
    assert!(!revocations::insert(&mut tx, &own.revocation(), at(100)).await.unwrap(), "once");
    revocations::insert(&mut tx, &from_corp.provider_revocation().unwrap(), at(50)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!found(&own).await && !found(&from_corp).await);
    behind_several_sessions_at_once(&db, &ada, [&own, &other, &from_corp]).await;
    let mut read = db.read().await.unwrap();
    let keys = [own.revocation(), other.revocation()];
    assert_eq!(revocations::among(&mut read, &keys).await.unwrap(), keys[..1]);
    assert!(revocations::among(&mut read, &[]).await.unwrap().is_empty());
    // More than either database takes in one query.
    let many: Vec<_> = (0..70_000).map(|at| format!("s:{at}")).chain([own.revocation()]).collect();
    assert_eq!(revocations::among(&mut read, &many).await.unwrap(), keys[..1]);
    drop(read);
    assert!(found(&other).await, "another session of the same person");
    assert!(found(&begin(Some(("corp", Some("s2"))))).await, "another session at the same provider");
    let mut tx = db.write().await.unwrap();
    assert_eq!(revocations::purge(&mut tx, at(50)).await.unwrap(), 0, "not yet");
    assert_eq!(revocations::purge(&mut tx, at(51)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    db.close().await;
}

async fn lists_filter_sort_and_page(stack: Stack) {
    let db = database(&stack).await;
    for (index, name) in ["dora", "ada", "carl", "bea", "emil", "a_b", "a%b", "a!b"].iter().enumerate() {
        let status = [Status::Active, Status::Pending, Status::Inactive][index % 3];
        let tier = if index == 0 { Tier::Superuser } else { Tier::Standard };
        let source = if index % 2 == 0 { Source::Local } else { Source::Sso };
        // Characters that a username may not have go into the address.
        let plain = name.replace('%', "-").replace('!', ".");
        let new =
            New { name: &plain, status, tier, source, registered: 60 - i64::try_from(index / 2).unwrap() };
        insert(&db, &new, &plain, &format!("{name}@example.com")).await.unwrap();
    }
    let mut tx = db.read().await.unwrap();
    let everybody = UserList::default();
    assert_eq!(user_list::count(&mut tx, &everybody).await.unwrap(), 8);
    let totals = user_list::totals(&mut tx).await.unwrap();
    assert_eq!(totals.iter().map(|(_, _, n)| n).sum::<i64>(), 8);
    for (sort, word) in Sort::ALL {
        for descending in [false, true] {
            let list = UserList { sort, descending, ..UserList::default() };
            let whole = user_list::page(&mut tx, &list, 100).await.unwrap();
            assert!(!whole.has_previous && !whole.has_next);
            let whole: Vec<_> = whole.users.iter().map(|user| user.number).collect();
            assert_eq!(whole.len(), 8, "{word}");
            let mut walked = vec![];
            let mut list = list.clone();
            loop {
                let page = user_list::page(&mut tx, &list, 3).await.unwrap();
                assert_eq!(page.has_previous, !walked.is_empty(), "{word}");
                walked.extend(page.users.iter().map(|user| user.number));
                if !page.has_next {
                    break;
                }
                list.from = walked.last().copied().map(From::After);
            }
            assert_eq!(walked, whole, "{word}");
            list.from = Some(From::Before(whole[5]));
            let back = user_list::page(&mut tx, &list, 3).await.unwrap();
            assert_eq!(back.users.iter().map(|user| user.number).collect::<Vec<_>>(), whole[2..5], "{word}");
            assert!(back.has_previous && back.has_next);
        }
    }
    let gone = UserList { from: Some(From::After(999)), ..UserList::default() };
    assert_eq!(user_list::page(&mut tx, &gone, 3).await.unwrap().users[0].number, 1, "from the start");
    let mut names = async |list: UserList| {
        let found = user_list::page(&mut tx, &list, 100).await.unwrap().users;
        let names: BTreeSet<_> = found.iter().map(|user| user.email.key()).collect();
        assert_eq!(user_list::count(&mut tx, &list).await.unwrap(), i64::try_from(names.len()).unwrap());
        names.iter().map(|key| key.split('@').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let search = |search: &str| UserList { search: search.to_owned(), ..UserList::default() };
    assert_eq!(names(search("a_b")).await, ["a_b"]);
    assert_eq!(names(search("a%b")).await, ["a%b"]);
    assert_eq!(names(search("a!b")).await, ["a!b"]);
    assert_eq!(names(search("NAME OF bea")).await, ["bea"]);
    {
        let mut tx = db.write().await.unwrap();
        let carl =
            users::find_by_username(&mut tx, &Username::parse("carl").unwrap()).await.unwrap().unwrap();
        let name = DisplayName::parse("김지호 René").unwrap();
        let email = Email::parse("carl@example.com").unwrap();
        users::set_profile(&mut tx, carl.id, &carl.username, &email, false, &name).await.unwrap();
        tx.commit().await.unwrap();
    }
    // As a Mac types it, in parts.
    for decomposed in ["\u{1100}\u{1175}\u{11b7}", "RENE\u{301}"] {
        assert_eq!(names(search(decomposed)).await, ["carl"]);
    }
    assert_eq!(names(search("' OR 1=1 --")).await, Vec::<String>::new());
    assert_eq!(names(UserList { status: Some(Status::Inactive), ..UserList::default() }).await.len(), 2);
    assert_eq!(names(UserList { tier: Some(Tier::Superuser), ..UserList::default() }).await, ["dora"]);
    assert_eq!(names(UserList { source: Some(Source::Sso), ..UserList::default() }).await.len(), 4);
    let both = UserList { source: Some(Source::Sso), status: Some(Status::Pending), ..search("a") };
    assert_eq!(names(both).await.len(), 2);
    drop(tx);
    db.close().await;
}

async fn who_signed_in_lately_is_found_and_paged(stack: Stack) {
    let db = database(&stack).await;
    let mut people = vec![];
    for (second, name) in (0..).zip(["ada", "bob", "cyd", "dan", "eve"]) {
        let tier = if name == "eve" { Tier::Superuser } else { Tier::Standard };
        let user = make(&db, New { name, tier, ..New::default() }).await;
        let mut tx = db.write().await.unwrap();
        // Two of them at the same moment.
        let when = at(100 + second / 2);
        let address = format!("192.0.2.{second}");
        assert!(users::note_login(&mut tx, user.id, user.session_epoch, when, &address).await.unwrap());
        tx.commit().await.unwrap();
        people.push(user);
    }
    let mut read = db.read().await.unwrap();
    let recent = |search| Recent { search, since: at(100) };
    let names = |users: Vec<User>| users.iter().map(|user| user.username.to_string()).collect::<Vec<_>>();
    let all = recent_users::page(&mut read, &recent("NAME of"), None, 10).await.unwrap();
    assert_eq!(names(all.clone()), ["eve", "dan", "cyd", "bob", "ada"]);
    let place = |user: &User| (user.last_login_at, user.number);
    let behind = recent_users::page(&mut read, &recent(""), Some(place(&all[1])), 2).await.unwrap();
    assert_eq!(names(behind), ["cyd", "bob"]);
    let before = recent_users::page_before(&mut read, &recent(""), place(&all[3]), 2).await.unwrap();
    assert_eq!(names(before), ["dan", "cyd"]);
    let late = Recent { search: "", since: at(101) };
    assert_eq!(names(recent_users::page(&mut read, &late, None, 10).await.unwrap()), ["eve", "dan", "cyd"]);
    let by_address = recent_users::page(&mut read, &recent("192.0.2.1"), None, 10).await.unwrap();
    assert_eq!(names(by_address), ["bob"]);
    assert!(recent_users::page(&mut read, &recent("b%b"), None, 10).await.unwrap().is_empty());
    assert_eq!(recent_users::superusers(&mut read, at(100), 5).await.unwrap(), [people[4].id]);
    assert!(recent_users::superusers(&mut read, at(200), 5).await.unwrap().is_empty());
    let wanted = [people[1].id, people[3].id, UserId(crate::harness::new_id())];
    let some = users::among(&mut read, &wanted).await.unwrap();
    assert_eq!(names(some).into_iter().collect::<BTreeSet<_>>(), ["bob", "dan"].map(String::from).into());
    assert!(users::among(&mut read, &[]).await.unwrap().is_empty());
    drop(read);
    db.close().await;
}

async fn an_epoch_moves_on_once_and_only_for_the_active(stack: Stack) {
    let db = database(&stack).await;
    let ada = make(&db, New::default()).await;
    let mut tx = db.write().await.unwrap();
    assert_eq!(users::next_epoch(&mut tx, ada.id, 0).await.unwrap(), Some(1));
    assert_eq!(users::next_epoch(&mut tx, ada.id, 0).await.unwrap(), None, "that epoch is over");
    assert!(users::change_status(&mut tx, ada.id, Status::Active, Status::Inactive, at(4)).await.unwrap());
    assert_eq!(users::next_epoch(&mut tx, ada.id, 2).await.unwrap(), None, "inactive");
    tx.commit().await.unwrap();
    db.close().await;
}

async fn addresses_are_proven_until_they_change(tx: &mut Tx, id: UserId) {
    let ada = users::find(tx, id).await.unwrap().unwrap();
    assert!(!users::email_is_proven(tx, id).await.unwrap());
    users::prove_email(tx, id).await.unwrap();
    for (email, proven) in
        [(ada.email.as_str().to_uppercase(), true), ("another@example.com".to_owned(), false)]
    {
        let email = Email::parse(&email).unwrap();
        users::set_profile(tx, id, &ada.username, &email, true, &ada.display_name).await.unwrap();
        assert_eq!(users::email_is_proven(tx, id).await.unwrap(), proven, "{email}");
    }
    // What providers gave, and what could not be followed of what they say.
    let source = GrantSource::Provider("corp".to_owned());
    assert!(grants::provider_sources(tx, id).await.unwrap().is_empty());
    users::set_tier_from(tx, id, Tier::Superuser, &source).await.unwrap();
    assert_eq!(grants::provider_sources(tx, id).await.unwrap(), [source]);
    assert_eq!(grants::all_provider_sources(tx).await.unwrap(), [("corp".to_owned(), 1)]);
    let day = std::time::Duration::from_secs(86_400);
    for (now, due) in [(10, true), (86_409, false), (86_410, true), (86_411, false)] {
        let noted =
            sync_warnings::note(tx, id, "corp", "groups_absent", "groups", at(now), day).await.unwrap();
        assert_eq!(noted, due, "{now}");
    }
    assert_eq!(sync_warnings::purge(tx, at(86_411)).await.unwrap(), 1);
    let before = users::find(tx, id).await.unwrap().unwrap();
    passwords::remove(tx, id).await.unwrap();
    let after = users::find(tx, id).await.unwrap().unwrap();
    assert_eq!((after.has_password, after.session_epoch), (false, before.session_epoch + 1));
}

async fn identities_are_linked_once_and_barred(stack: Stack) {
    let db = database(&stack).await;
    let ada = make(&db, New::default()).await;
    let identity = |issuer: &str| Identity { issuer: issuer.into(), subject: "s\u{0301}".into() };
    let (one, two) = (identity("https://one.example"), identity("https://two.example"));
    let mut tx = db.write().await.unwrap();
    assert_eq!(identities::owner(&mut tx, &one).await.unwrap(), None);
    assert!(identities::link(&mut tx, &one, ada.id, "corp", at(2)).await.unwrap());
    assert!(!identities::link(&mut tx, &one, ada.id, "corp", at(3)).await.unwrap(), "once");
    assert!(
        identities::link(&mut tx, &two, ada.id, "other", at(1)).await.unwrap(),
        "the same subject elsewhere"
    );
    assert_eq!(identities::owner(&mut tx, &one).await.unwrap(), Some(ada.id));
    let linked = identities::of_user(&mut tx, ada.id).await.unwrap();
    assert_eq!(linked.iter().map(|it| it.provider.as_str()).collect::<Vec<_>>(), ["other", "corp"]);
    assert_eq!(linked[1].linked_at, at(2));
    assert_eq!(linked[1].identity(), one);
    assert_ne!(linked[0].handle(), linked[1].handle());
    let counted = identities::count_by_provider(&mut tx).await.unwrap();
    assert_eq!((counted.len(), counted["corp"], counted["other"]), (2, 1, 1));
    identities::set_provider(&mut tx, &one, "renamed").await.unwrap();
    assert_eq!(identities::find(&mut tx, &one).await.unwrap(), Some((ada.id, "renamed".to_owned())));
    let nobody = UserId(crate::harness::new_id());
    assert!(!identities::unlink(&mut tx, &two, nobody).await.unwrap(), "somebody else's");
    assert!(identities::unlink(&mut tx, &two, ada.id).await.unwrap());
    assert!(!identities::unlink(&mut tx, &two, ada.id).await.unwrap(), "once");
    assert_eq!(identities::find(&mut tx, &two).await.unwrap(), None);
    assert!(!identities::was_unlinked(&mut tx, ada.id, "h").await.unwrap());
    identities::note_unlinked(&mut tx, ada.id, "h", at(1)).await.unwrap();
    identities::note_unlinked(&mut tx, ada.id, "h", at(2)).await.unwrap();
    assert!(identities::was_unlinked(&mut tx, ada.id, "h").await.unwrap());
    assert!(!identities::was_unlinked(&mut tx, nobody, "h").await.unwrap(), "from this account only");
    identities::forget_unlinked(&mut tx, ada.id, "h").await.unwrap();
    assert!(!identities::was_unlinked(&mut tx, ada.id, "h").await.unwrap());
    addresses_are_proven_until_they_change(&mut tx, ada.id).await;
    assert!(!identities::is_barred(&mut tx, "h").await.unwrap());
    identities::bar(&mut tx, "h", at(1)).await.unwrap();
    identities::bar(&mut tx, "h", at(2)).await.unwrap();
    assert!(identities::is_barred(&mut tx, "h").await.unwrap());
    users::delete(&mut tx, ada.id, Status::Active).await.unwrap();
    assert_eq!(identities::owner(&mut tx, &one).await.unwrap(), None, "they go with the account");
    tx.commit().await.unwrap();
    db.close().await;
}

async fn what_came_from_one_source_moves_to_another(stack: Stack) {
    let db = database(&stack).await;
    let ada = make(&db, New::default()).await;
    let (old, new) = (GrantSource::Provider("old".into()), GrantSource::Provider("new".into()));
    let mut tx = db.write().await.unwrap();
    let (dev, ops) = (RoleName::parse("dev").unwrap(), RoleName::parse("ops").unwrap());
    for role in [&dev, &ops] {
        assert!(roles::insert(&mut tx, role, "R", "").await.unwrap());
        grants::add_role(&mut tx, ada.id, role, &old, at(1)).await.unwrap();
    }
    let asked = [dev.clone(), RoleName::parse("none").unwrap()];
    let found = roles::among(&mut tx, &asked).await.unwrap();
    assert!(found.len() == 1 && found.contains(&dev));
    assert!(roles::among(&mut tx, &[]).await.unwrap().is_empty());
    grants::add_role(&mut tx, ada.id, &ops, &new, at(1)).await.unwrap();
    grants::add_role(&mut tx, ada.id, &dev, &GrantSource::Manual, at(1)).await.unwrap();
    assert_eq!(users::tier_source(&mut tx, ada.id).await.unwrap(), Some(GrantSource::Manual));
    users::set_tier_from(&mut tx, ada.id, Tier::Superuser, &old).await.unwrap();
    grants::move_source(&mut tx, ada.id, &old, &new).await.unwrap();
    let (held, _) = grants::of_user(&mut tx, ada.id).await.unwrap();
    let held: Vec<_> = held.roles.iter().map(|(role, source)| format!("{role} {}", source.word())).collect();
    assert_eq!(held, ["dev manual", "dev provider:new", "ops provider:new"]);
    assert_eq!(users::tier_source(&mut tx, ada.id).await.unwrap(), Some(new));
    users::set_tier(&mut tx, ada.id, Tier::Standard).await.unwrap();
    assert_eq!(users::tier_source(&mut tx, ada.id).await.unwrap(), Some(GrantSource::Manual));
    assert_eq!(users::tier_source(&mut tx, UserId(crate::harness::new_id())).await.unwrap(), None);
    tx.commit().await.unwrap();
    db.close().await;
}

async fn warnings_about_providers_are_noted_once_a_minute(stack: Stack) {
    let db = database(&stack).await;
    let mut tx = db.write().await.unwrap();
    let seen = |warning: &str, username: &str, second: i64| ProviderWarning {
        provider: "corp".into(),
        warning: warning.into(),
        about: "groups".into(),
        username: username.into(),
        first_at: at(second),
        last_at: at(second),
    };
    for (username, second) in [("ada", 0), ("bob", 60), ("cyd", 61)] {
        provider_warnings::note(&mut tx, &seen("groups_absent", username, second)).await.unwrap();
    }
    provider_warnings::note(&mut tx, &seen("groups_elsewhere", "dan", 30)).await.unwrap();
    let noted = provider_warnings::since(&mut tx, at(0)).await.unwrap();
    let expected = ProviderWarning { first_at: at(0), ..seen("groups_absent", "cyd", 61) };
    assert_eq!(noted, [expected.clone(), seen("groups_elsewhere", "dan", 30)]);
    assert_eq!(provider_warnings::since(&mut tx, at(31)).await.unwrap(), [expected]);
    assert_eq!(provider_warnings::purge(&mut tx, at(61)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    db.close().await;
}

async fn facts_are_written_once(stack: Stack) {
    let db = database(&stack).await;
    let mut tx = db.write().await.unwrap();
    assert_eq!(facts::get(&mut tx, "moon").await.unwrap(), None);
    assert!(facts::put_new(&mut tx, "moon", "cheese").await.unwrap());
    assert!(!facts::put_new(&mut tx, "moon", "rock").await.unwrap());
    assert_eq!(facts::get(&mut tx, "moon").await.unwrap().as_deref(), Some("cheese"));
    facts::set(&mut tx, "moon", "rock").await.unwrap();
    facts::set(&mut tx, "mars", "dust").await.unwrap();
    assert_eq!(facts::get(&mut tx, "moon").await.unwrap().as_deref(), Some("rock"));
    assert_eq!(facts::get(&mut tx, "mars").await.unwrap().as_deref(), Some("dust"));
    tx.commit().await.unwrap();
    db.close().await;
}

async fn audit_entries_are_read_back_as_they_were_written_in_pages(stack: Stack) {
    let db = database(&stack).await;
    let user = UserId(crate::harness::new_id());
    let mut written = vec![];
    let mut tx = db.write().await.unwrap();
    for index in 0..10 {
        let entry = Entry {
            id: secret::new_id(at(index / 2)),
            at: at(index / 2),
            event: Event::ALL[usize::try_from(index).unwrap()],
            actor: if index % 2 == 0 {
                Actor::Cli
            } else {
                Actor::User { id: user, name: "윤 \"지호\"".into() }
            },
            target: (index % 3 == 0).then(|| Target { id: user, name: "ada".into() }),
            origin: Origin {
                address: "::1".into(),
                user_agent: "\u{0}x\n".replace('\0', ""),
                request_id: "r".into(),
                language: Language::En,
            },
            changes: vec![Change::new("status", &"pending", &"active")],
            detail: (index % 2 == 0).then(|| "detail".to_owned()),
        };
        audit::insert(&mut tx, &entry).await.unwrap();
        written.push(entry);
    }
    tx.commit().await.unwrap();
    written.sort_by_key(|entry| std::cmp::Reverse((entry.at, entry.id)));
    let mut tx = db.read().await.unwrap();
    let read = |rows: &[Row]| rows.iter().map(|row| row.read().unwrap()).collect::<Vec<_>>();
    let all = Filter::default();
    assert_eq!(read(&audit::page(&mut tx, &all, Where::Newest, 100).await.unwrap()), written);
    let first = audit::page(&mut tx, &all, Where::Newest, 4).await.unwrap();
    let second = audit::page(&mut tx, &all, Where::Before(first[3].place()), 4).await.unwrap();
    assert_eq!(read(&[first.clone(), second.clone()].concat()), written[..8]);
    let back = audit::page(&mut tx, &all, Where::After(second[0].place()), 4).await.unwrap();
    assert_eq!(read(&back), read(&first));

    let mut found = async |filter: Filter| {
        let rows = audit::page(&mut tx, &filter, Where::Newest, 100).await.unwrap();
        let mut upwards = audit::newer(&mut tx, &filter, START, 100).await.unwrap();
        upwards.reverse();
        assert_eq!(read(&rows), read(&upwards), "the same from both ends");
        assert_eq!(audit::count(&mut tx, &filter).await.unwrap(), rows.len() as i64);
        read(&rows)
    };
    let of = |keep: &dyn Fn(&Entry) -> bool| {
        written.iter().filter(|entry| keep(entry)).cloned().collect::<Vec<_>>()
    };
    let acted = |entry: &Entry| entry.actor.user_id() == Some(user);
    let suffered = |entry: &Entry| entry.target.is_some();
    assert_eq!(found(Filter { actor: Some(user), ..all }).await, of(&acted));
    assert_eq!(found(Filter { target: Some(user), ..all }).await, of(&suffered));
    let either = of(&|entry| acted(entry) || suffered(entry));
    assert_eq!(found(Filter { user: Some(user), ..all }).await, either, "each once");
    assert_eq!(found(Filter { user: Some(UserId(crate::harness::new_id())), ..all }).await, []);
    let event = written[3].event;
    assert_eq!(found(Filter { event: Some(event), ..all }).await, of(&|entry| entry.event == event));
    assert_eq!(found(Filter { entry: Some(written[3].id), ..all }).await, written[3..4]);
    let during = of(&|entry| (at(1)..at(3)).contains(&entry.at));
    assert_eq!(found(Filter { from: Some(at(1)), until: Some(at(3)), ..all }).await, during);
    let both = Filter { actor: Some(user), from: Some(at(1)), until: Some(at(3)), user: Some(user), ..all };
    assert_eq!(found(both).await, of(&|entry| acted(entry) && during.contains(entry)));
    drop(tx);
    db.close().await;
}

async fn events_wait_for_their_place_in_the_chain_and_get_it(stack: Stack) {
    let db = database(&stack).await;
    let mut tx = db.write().await.unwrap();
    assert!(audit_chain::try_lock(&mut tx).await.unwrap());
    assert_eq!(audit_chain::waiting_since(&mut tx).await.unwrap(), None);
    assert_eq!(
        audit_chain::clock(&mut tx).await.unwrap().is_some(),
        stack.database_url().starts_with("postgres")
    );
    assert_eq!(audit_chain::count_misshapen(&mut tx).await.unwrap(), 0);
    assert!(audit_chain::last(&mut tx).await.unwrap().is_none());
    let mut ids = vec![];
    for second in [3, 1, 2] {
        let entry = Entry {
            id: secret::new_id(at(second)),
            at: at(second),
            event: Event::LoginFailed,
            actor: Actor::Stranger,
            target: None,
            origin: Origin::default(),
            changes: vec![],
            detail: None,
        };
        audit::insert(&mut tx, &entry).await.unwrap();
        ids.push(entry.id);
    }
    assert_eq!(audit_chain::waiting_since(&mut tx).await.unwrap(), Some(at(1)));
    assert_eq!(audit_chain::count_waiting(&mut tx).await.unwrap(), 3);
    let waiting = audit_chain::waiting(&mut tx, 2).await.unwrap();
    assert_eq!(waiting.iter().map(|it| it.id).collect::<Vec<_>>(), [ids[1], ids[2]], "by time");
    assert!(waiting.iter().all(|it| !it.sealed && it.entry.contains(&it.id.to_string())));

    let link = |position: i64, event_id| NewLink {
        event_id,
        previous: Mac([u8::try_from(position).unwrap() - 1; 32]),
        head: Head { position, mac: Mac([u8::try_from(position).unwrap(); 32]) },
    };
    audit_chain::append(&mut tx, &[]).await.unwrap();
    audit_chain::append(&mut tx, &[link(1, ids[1]), link(2, ids[2])]).await.unwrap();
    assert!(audit_chain::waiting(&mut tx, 9).await.unwrap().iter().any(|it| it.sealed));
    assert_eq!(audit_chain::end_waiting(&mut tx, &[]).await.unwrap(), 0);
    assert_eq!(audit_chain::end_waiting(&mut tx, &[(at(1), ids[1]), (at(2), ids[2])]).await.unwrap(), 2);
    assert_eq!(audit_chain::count_waiting(&mut tx).await.unwrap(), 1, "one has no place yet");
    let last = audit_chain::last(&mut tx).await.unwrap().unwrap();
    assert_eq!((last.position, last.mac, last.at), (2, vec![2; 32], Some(at(2))));
    assert_eq!(audit_chain::mac_at(&mut tx, 1).await.unwrap(), Some(vec![1; 32]));
    assert_eq!(audit_chain::mac_at(&mut tx, 9).await.unwrap(), None);
    let links = audit_chain::links(&mut tx, 0, 9, 9).await.unwrap();
    assert_eq!(
        links.iter().map(|it| (it.position, it.event_id)).collect::<Vec<_>>(),
        [(1, ids[1]), (2, ids[2])]
    );
    assert_eq!((links[0].at, links[0].event.as_deref()), (Some(at(1)), Some("login.failed")));
    assert_eq!(audit_chain::links(&mut tx, 0, 1, 9).await.unwrap().len(), 1);
    let all = audit_chain::whereabouts(&mut tx, uuid::Uuid::nil(), 9).await.unwrap();
    let told: Vec<_> = all.iter().map(|it| (it.id, it.sealed, it.waits)).collect();
    assert_eq!(told, [(ids[1], true, false), (ids[2], true, false), (ids[0], false, true)]);
    assert_eq!(audit_chain::lost_waiting(&mut tx, 9).await.unwrap(), Vec::<uuid::Uuid>::new());
    assert_eq!(audit_chain::delete_up_to(&mut tx, 1).await.unwrap(), 1);
    assert_eq!(audit::count(&mut tx, &Filter::default()).await.unwrap(), 2);
    tx.commit().await.unwrap();
    db.close().await;
}

async fn what_is_not_committed_did_not_happen(stack: Stack) {
    let db = database(&stack).await;
    let ada = make(&db, New::default()).await;
    let mut tx = db.write().await.unwrap();
    users::set_tier(&mut tx, ada.id, Tier::Superuser).await.unwrap();
    facts::put_new(&mut tx, "moon", "cheese").await.unwrap();
    drop(tx);
    let mut read = db.read().await.unwrap();
    assert_eq!(users::find(&mut read, ada.id).await.unwrap().unwrap().tier, Tier::Standard);
    assert_eq!(facts::get(&mut read, "moon").await.unwrap(), None);
    drop(read);
    db.close().await;
}

async fn numbers_are_never_given_twice(stack: Stack) {
    let db = database(&stack).await;
    let mut taking = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let db = db.clone();
        taking.spawn(async move { users::next_number(&db).await.unwrap() });
    }
    let numbers: BTreeSet<_> = taking.join_all().await.into_iter().collect();
    assert_eq!(numbers, (1..=50).collect());
    db.close().await;
}

async fn instances_that_migrate_at_once_find_it_done_once(stack: Stack) {
    let mut starting = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let url = stack.database_url().to_owned();
        starting.spawn(async move {
            let db = Db::connect(&url).await.unwrap();
            let before = migrations::migrate(&db).await.unwrap();
            db.close().await;
            before.applied
        });
    }
    let applied = starting.join_all().await;
    assert_eq!(applied.iter().filter(|applied| **applied == 0).count(), 1, "one of them did it: {applied:?}");
    let db = Db::connect(stack.database_url()).await.unwrap();
    assert_eq!(migrations::schema(&db).await.unwrap().pending, 0);
    make(&db, New::default()).await;
    db.close().await;
}

async fn an_upgrade_turns_nobody_away_and_lets_old_passwords_lapse(stack: Stack) {
    let db = Db::connect(stack.database_url()).await.unwrap();
    let mut old = sqlx::migrate!("./migrations");
    old.migrations = old.iter().filter(|migration| migration.version <= 3).cloned().collect();
    match &db.pools {
        Pools::Sqlite { write, .. } => old.run(write).await.unwrap(),
        Pools::Postgres(pool) => old.run(pool).await.unwrap(),
    }
    let text = "INSERT INTO users (id, number, username, username_skeleton, email, email_key, email_trusted, \
                display_name, search_text, status, tier, source, must_change_password, password_changed_at, \
                registered_at) VALUES ($1, $2, $3, $3, $3, $3, FALSE, $3, $3, $4, 'standard', 'local', $5, 7, 5)";
    for (number, name, status, must) in
        [(1_i64, "waits@x.example", "pending", false), (2, "reset@x.example", "active", true)]
    {
        let id = crate::harness::new_id();
        match &db.pools {
            Pools::Sqlite { write, .. } => {
                let query = sqlx::query(text).bind(id).bind(number).bind(name).bind(status).bind(must);
                query.execute(write).await.unwrap();
            }
            Pools::Postgres(pool) => {
                let query = sqlx::query(text).bind(id).bind(number).bind(name).bind(status).bind(must);
                query.execute(pool).await.unwrap();
            }
        }
    }
    migrations::migrate(&db).await.unwrap();
    let mut tx = db.read().await.unwrap();
    let set = settings::all(&mut tx).await.unwrap();
    assert!(format!("{set:?}").contains("signup.expire_days"), "{set:?}");
    let waits = applications::waiting_since(&mut tx, Time::from_micros(6), 9).await.unwrap();
    assert_eq!(waits.len(), 1, "since they applied");
    for (email, until) in [("waits@x.example", 0), ("reset@x.example", 86_400_000_007)] {
        let email = Email::parse(email).unwrap();
        let user = users::find_by_email(&mut tx, &email).await.unwrap().unwrap();
        assert_eq!(user.password_expires_at, Time::from_micros(until), "{email}");
    }
    drop(tx);
    db.close().await;
}

/// Holds this file to its promise: whoever adds a function to the store adds a call here.
fn role(name: &str) -> RoleName {
    RoleName::parse(name).unwrap()
}

fn permission(key: &str) -> Permission {
    Permission::parse(key).unwrap()
}

async fn roles_give_supervise_and_go_when_nobody_holds_them(stack: Stack) {
    let db = database(&stack).await;
    let ada = make(&db, New::default()).await;
    let (lead, auditor) = (role("lead"), role("auditor"));
    let mut tx = db.write().await.unwrap();
    let before = roles::version(&mut tx).await.unwrap();
    roles::changed(&mut tx).await.unwrap();
    assert_eq!(roles::version(&mut tx).await.unwrap(), before + 1);
    assert!(roles::insert(&mut tx, &lead, "Lead", "").await.unwrap());
    assert!(roles::insert(&mut tx, &auditor, "Auditor", "reads").await.unwrap());
    assert!(!roles::insert(&mut tx, &auditor, "Another", "").await.unwrap(), "the name is taken");
    for key in ["admin.audit:read", "main.page:edit"] {
        roles::add_permission(&mut tx, &auditor, &permission(key)).await.unwrap();
    }
    roles::remove_permission(&mut tx, &auditor, &permission("main.page:edit")).await.unwrap();
    roles::add_supervised(&mut tx, &lead, &auditor).await.unwrap();
    roles::update(&mut tx, &lead, "Team lead", "leads").await.unwrap();
    let all = roles::all(&mut tx).await.unwrap();
    let expected = Role {
        display_name: "Team lead".into(),
        description: "leads".into(),
        supervises: [auditor.clone()].into(),
        version: 1,
        ..Role::default()
    };
    assert_eq!(all.0[&lead], expected);
    assert_eq!(all.0[&auditor].permissions, [permission("admin.audit:read")].into());
    roles::remove_supervised(&mut tx, &lead, &auditor).await.unwrap();
    assert!(roles::all(&mut tx).await.unwrap().0[&lead].supervises.is_empty());

    assert!(grants::add_role(&mut tx, ada.id, &lead, &GrantSource::Manual, at(1)).await.unwrap());
    assert!(!roles::delete(&mut tx, &lead).await.unwrap(), "somebody holds it");
    assert!(roles::delete(&mut tx, &auditor).await.unwrap());
    assert!(!roles::delete(&mut tx, &auditor).await.unwrap(), "gone already");
    assert!(users::delete(&mut tx, ada.id, Status::Active).await.unwrap());
    assert!(roles::delete(&mut tx, &lead).await.unwrap(), "its only holder is gone");
    tx.commit().await.unwrap();
    db.close().await;
}

async fn what_was_given_to_somebody_is_read_back_with_where_it_came_from(stack: Stack) {
    let db = database(&stack).await;
    let (ada, bob) = (
        make(&db, New::default()).await,
        make(&db, New { name: "bob", registered: 1, ..New::default() }).await,
    );
    let (lead, corp) = (role("lead"), GrantSource::Provider("corp".into()));
    let (read, edit) = (permission("main.page:read"), permission("main.page:edit"));
    let mut tx = db.write().await.unwrap();
    roles::insert(&mut tx, &lead, "Lead", "").await.unwrap();
    assert!(grants::add_role(&mut tx, ada.id, &lead, &GrantSource::Manual, at(1)).await.unwrap());
    assert!(!grants::add_role(&mut tx, ada.id, &lead, &GrantSource::Manual, at(2)).await.unwrap());
    assert!(grants::add_role(&mut tx, ada.id, &lead, &corp, at(1)).await.unwrap());
    assert!(grants::add_role(&mut tx, bob.id, &lead, &GrantSource::Approval, at(1)).await.unwrap());
    grants::set_permission(&mut tx, ada.id, &read, false, at(1)).await.unwrap();
    grants::set_permission(&mut tx, ada.id, &edit, false, at(1)).await.unwrap();
    grants::set_permission(&mut tx, ada.id, &edit, true, at(2)).await.unwrap();
    let (held, version) = grants::of_user(&mut tx, ada.id).await.unwrap();
    assert_eq!(held.roles, [(lead.clone(), GrantSource::Manual), (lead.clone(), corp.clone())]);
    assert_eq!(held.direct, [(read.clone(), GrantSource::Manual)]);
    assert_eq!(held.denied, [edit.clone()].into(), "a deny takes the grant's place");
    assert_eq!(version, roles::version(&mut tx).await.unwrap());
    let of = grants::of_users(&mut tx, &[ada.id, bob.id, UserId(uuid::Uuid::nil())]).await.unwrap();
    assert_eq!((of.len(), &of[&ada.id]), (2, &held));
    assert_eq!(of[&bob.id], grants::of_user(&mut tx, bob.id).await.unwrap().0);
    assert!(grants::of_users(&mut tx, &[]).await.unwrap().is_empty());
    grants::clear_permission(&mut tx, ada.id, &edit).await.unwrap();
    assert!(grants::of_user(&mut tx, ada.id).await.unwrap().0.denied.is_empty());

    let of = grants::roles_of(&mut tx, &[ada.id, bob.id]).await.unwrap();
    assert_eq!(
        (of[&ada.id].as_slice(), of[&bob.id].as_slice()),
        ([lead.clone()].as_slice(), [lead.clone()].as_slice())
    );
    assert!(grants::roles_of(&mut tx, &[]).await.unwrap().is_empty());
    assert_eq!(grants::counts(&mut tx).await.unwrap()[&lead], 2);
    assert_eq!(grants::count(&mut tx, &lead).await.unwrap(), 2);
    let nobody = UserId(uuid::Uuid::nil());
    let first = grants::holders(&mut tx, &lead, nobody, 1).await.unwrap();
    assert_eq!((first.len(), first[0].0.id, first[0].1.len()), (1, ada.id, 2));
    let rest = grants::holders(&mut tx, &lead, ada.id, 10).await.unwrap();
    assert_eq!((rest.len(), rest[0].0.id, rest[0].1.clone()), (1, bob.id, vec![GrantSource::Approval]));
    let with_role = UserList { role: Some(lead.clone()), ..UserList::default() };
    assert_eq!(user_list::count(&mut tx, &with_role).await.unwrap(), 2);

    assert!(
        !grants::remove_role(&mut tx, bob.id, &lead, &GrantSource::Manual).await.unwrap(),
        "from elsewhere"
    );
    assert!(grants::remove_role(&mut tx, bob.id, &lead, &GrantSource::Approval).await.unwrap());
    assert_eq!(user_list::page(&mut tx, &with_role, 10).await.unwrap().users.len(), 1);
    users::touch_version(&mut tx, ada.id).await.unwrap();
    assert_eq!(users::find(&mut tx, ada.id).await.unwrap().unwrap().version, ada.version + 1);
    tx.commit().await.unwrap();
    db.close().await;
}

async fn settings_and_counters_are_kept(stack: Stack) {
    let db = database(&stack).await;
    let mut tx = db.write().await.unwrap();
    let before = settings::version(&mut tx).await.unwrap();
    settings::changed(&mut tx).await.unwrap();
    assert_eq!(settings::version(&mut tx).await.unwrap(), before + 1);
    settings::put(&mut tx, "dormant.days", "30", at(1), "ada").await.unwrap();
    settings::put(&mut tx, "dormant.days", "60", at(2), "bob").await.unwrap();
    let all = settings::all(&mut tx).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].value.as_str(), all[0].changed_at, all[0].changed_by.as_str()), ("60", at(2), "bob"));
    facts::set(&mut tx, "x", "1").await.unwrap();
    facts::set(&mut tx, "x", "2").await.unwrap();
    assert_eq!(facts::get(&mut tx, "x").await.unwrap().as_deref(), Some("2"));
    counters::increment(&mut tx, "roles").await.unwrap();
    assert!(counters::get(&mut tx, "roles").await.unwrap() > 0);
    assert_eq!(counters::get(&mut tx, "nothing").await.unwrap(), 0);
    assert!(counters::claim(&mut tx, "dormant_job", at(10), at(5)).await.unwrap());
    assert!(!counters::claim(&mut tx, "dormant_job", at(11), at(5)).await.unwrap(), "somebody was here");
    tx.commit().await.unwrap();
    db.close().await;
}

async fn dormant_accounts_are_those_that_were_idle_and_are_not_kept(stack: Stack) {
    let db = database(&stack).await;
    for (name, status, registered) in [
        ("old", Status::Active, 0),
        ("older", Status::Active, -5),
        ("gone", Status::Inactive, 0),
        ("new", Status::Active, 90),
    ] {
        make(&db, New { name, status, registered, ..New::default() }).await;
    }
    let mut tx = db.write().await.unwrap();
    let names =
        |users: Vec<User>| users.into_iter().map(|user| user.username.to_string()).collect::<Vec<_>>();
    let begin = (Time::NEVER, 0);
    let found = dormant::page(&mut tx, at(50), at(100), begin, 10).await.unwrap();
    let first = (found[0].idle_since, found[0].number);
    let old = found[1].id;
    assert_eq!(names(found), ["older", "old"], "the longest away first");
    assert_eq!(names(dormant::page(&mut tx, at(50), at(100), first, 10).await.unwrap()), ["old"]);
    assert_eq!(dormant::count(&mut tx, at(50), at(100)).await.unwrap(), 2);
    assert!(dormant::keep(&mut tx, old, at(200)).await.unwrap());
    assert_eq!(dormant::count(&mut tx, at(50), at(100)).await.unwrap(), 1, "one is kept");
    assert_eq!(dormant::count(&mut tx, at(50), at(200)).await.unwrap(), 2, "until its time has come");
    assert!(users::note_login(&mut tx, old, 0, at(150), "192.0.2.1").await.unwrap());
    assert_eq!(dormant::count(&mut tx, at(50), at(200)).await.unwrap(), 1, "a sign-in ends it");
    tx.commit().await.unwrap();
    db.close().await;
}

async fn former_passwords_are_kept_in_order_and_forgotten(stack: Stack) {
    let db = database(&stack).await;
    let ada = make(&db, New::default()).await;
    assert_eq!((ada.password_changed_at, ada.idle_since), (at(0), at(0)));
    let mut tx = db.write().await.unwrap();
    for (second, hash) in [(1, "$one"), (2, "$two"), (3, "$three")] {
        passwords::set(&mut tx, ada.id, hash, (second == 3).then_some(at(99)), at(second)).await.unwrap();
    }
    let now = users::find(&mut tx, ada.id).await.unwrap().unwrap();
    assert_eq!((now.password_changed_at, now.must_change_password), (at(3), true));
    assert_eq!((now.password_expires_at, now.has_lapsed_password(at(98))), (at(99), false));
    assert!(now.has_lapsed_password(at(99)));
    let past = passwords::past(&mut tx, ada.id, 3).await.unwrap();
    assert_eq!(past, ["$three", "$two", "$one"], "that of now first");
    passwords::rehash(&mut tx, ada.id, "$two", "$four").await.unwrap();
    assert_eq!(passwords::hash(&mut tx, ada.id).await.unwrap().as_deref(), Some("$three"), "not that one");
    passwords::rehash(&mut tx, ada.id, "$three", "$four").await.unwrap();
    assert_eq!(passwords::hash(&mut tx, ada.id).await.unwrap().as_deref(), Some("$four"));
    passwords::rehash(&mut tx, ada.id, "$four", "$three").await.unwrap();
    users::unlock(&mut tx, ada.id, at(3)).await.unwrap();
    let same = users::find(&mut tx, ada.id).await.unwrap().unwrap();
    assert_eq!((same.unlocked_at, same.session_epoch, same.version), (at(3), now.session_epoch, now.version));
    passwords::forget(&mut tx, ada.id, 1).await.unwrap();
    assert_eq!(passwords::past(&mut tx, ada.id, 10).await.unwrap(), ["$three", "$two"]);
    users::set_expiry(&mut tx, ada.id, at(9)).await.unwrap();
    assert_eq!(users::find(&mut tx, ada.id).await.unwrap().unwrap().expires_at, at(9));
    assert!(!users::note_login(&mut tx, ada.id, 3, at(9), "192.0.2.1").await.unwrap(), "its time is over");
    assert!(users::note_login(&mut tx, ada.id, 3, at(8), "192.0.2.1").await.unwrap());
    assert_eq!(users::count_superusers(&mut tx).await.unwrap(), 0);
    tx.commit().await.unwrap();
    db.close().await;
}

async fn mail_waits_in_the_outbox(stack: Stack) {
    let db = database(&stack).await;
    let ada = make(&db, New::default()).await;
    let mut tx = db.write().await.unwrap();
    users::set_language(&mut tx, ada.id, Language::Ko).await.unwrap();
    assert_eq!(users::find(&mut tx, ada.id).await.unwrap().unwrap().language, Language::Ko);
    let notices = [
        Notice::Rejected { name: "Ada \"Lovelace\"\n".into(), message: None, blocked: true },
        Notice::Withdrawn { name: "윤지호".into() },
    ];
    for (notice, second) in notices.iter().zip(1..) {
        let mail = NewMail {
            id: secret::new_id(at(second)),
            recipient: &ada.email,
            language: Language::Ko,
            user_id: Some(ada.id),
            notice,
            created_at: at(second),
        };
        outbox::insert(&mut tx, &mail).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(mails_to(&db, ada.email.as_str()).await, notices);
    db.close().await;
}

async fn a_mail_with_a_link_goes_before_all_others(stack: Stack) {
    let db = database(&stack).await;
    let mut tx = db.write().await.unwrap();
    let recipient = Email::parse("ada@example.com").unwrap();
    let link = Notice::ResetPassword { name: "Ada".into(), username: "ada".into(), link: LinkId::draw() };
    let others = Notice::Withdrawn { name: "Ada".into() };
    for (notice, second) in [(&others, 1), (&others, 2), (&link, 3)] {
        let mail = NewMail {
            id: secret::new_id(at(second)),
            recipient: &recipient,
            language: Language::En,
            user_id: None,
            notice,
            created_at: at(second),
        };
        outbox::insert(&mut tx, &mail).await.unwrap();
    }
    let mut order = vec![];
    for _ in 0..3 {
        order.extend(outbox::take(&mut tx, at(9), at(40), 1).await.unwrap());
    }
    assert_eq!(order.iter().map(|row| row.created_at).collect::<Vec<_>>(), [at(3), at(1), at(2)]);
    tx.commit().await.unwrap();
    db.close().await;
}

async fn mail_is_taken_by_one_sent_postponed_given_up_and_tried_again(stack: Stack) {
    let db = database(&stack).await;
    let mut tx = db.write().await.unwrap();
    let recipient = Email::parse("ada@example.com").unwrap();
    let notice = Notice::Withdrawn { name: "Ada".into() };
    let mut ids = vec![];
    for second in 1..=5 {
        let (id, created_at) = (secret::new_id(at(second)), at(second));
        let mail = NewMail {
            id,
            recipient: &recipient,
            language: Language::En,
            user_id: None,
            notice: &notice,
            created_at,
        };
        outbox::insert(&mut tx, &mail).await.unwrap();
        ids.push(id);
    }
    tx.commit().await.unwrap();
    assert!(!outbox::is_due(&mut db.read().await.unwrap(), at(0)).await.unwrap());
    assert!(outbox::is_due(&mut db.read().await.unwrap(), at(1)).await.unwrap());
    let mut takers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let db = db.clone();
        takers.spawn(async move {
            let mut tx = db.write().await.unwrap();
            let taken = outbox::take(&mut tx, at(10), at(40), 2).await.unwrap();
            tx.commit().await.unwrap();
            taken
        });
    }
    let mut taken: Vec<_> = takers.join_all().await.into_iter().flatten().collect();
    let mut tx = db.write().await.unwrap();
    taken.extend(outbox::take(&mut tx, at(10), at(40), 9).await.unwrap());
    taken.sort_by_key(|row| row.created_at);
    assert_eq!(taken.iter().map(|row| row.id).collect::<Vec<_>>(), ids, "each by one");
    assert!(taken.iter().all(|row| row.attempts == 1 && row.taken_until == at(40)));
    assert!(!outbox::is_due(&mut tx, at(39)).await.unwrap(), "others wait for the lease to end");
    assert_eq!(outbox::take(&mut tx, at(40), at(50), 1).await.unwrap()[0].id, ids[0], "of one that died");

    outbox::note_sent(&mut tx, ids[0], at(41)).await.unwrap();
    assert!(!outbox::give_up(&mut tx, ids[0], 2, at(42), "no").await.unwrap(), "it was sent");
    assert!(outbox::postpone(&mut tx, ids[1], 1, at(60), "later").await.unwrap());
    assert!(!outbox::postpone(&mut tx, ids[2], 2, at(60), "later").await.unwrap(), "of another attempt");
    assert!(outbox::give_up(&mut tx, ids[2], 1, at(43), "never").await.unwrap());
    assert!(!outbox::give_up(&mut tx, ids[2], 1, at(44), "never").await.unwrap(), "once");
    assert_eq!(outbox::counts(&mut tx).await.unwrap(), (3, 1, 1));

    assert!(outbox::retry(&mut tx, ids[0], at(45)).await.unwrap().is_none(), "it was sent");
    assert!(outbox::retry(&mut tx, ids[3], at(39)).await.unwrap().is_none(), "it is being delivered");
    let again = outbox::retry(&mut tx, ids[2], at(45)).await.unwrap().unwrap();
    assert_eq!(
        (again.attempts, again.failed_at, again.due_at, again.tried_since),
        (0, Time::NEVER, at(45), at(45))
    );
    let hurried = outbox::retry(&mut tx, ids[1], at(45)).await.unwrap().unwrap();
    assert_eq!((hurried.attempts, hurried.due_at), (1, at(45)));
    assert!(outbox::give_up(&mut tx, ids[2], 0, at(46), "never").await.unwrap());
    assert_eq!(outbox::retry_failed(&mut tx, at(47)).await.unwrap(), 1);
    assert_eq!(outbox::retry_failed(&mut tx, at(47)).await.unwrap(), 0);

    let waiting = outbox::State::Waiting;
    let page = outbox::page(&mut tx, waiting, outbox::From::Newest, 3).await.unwrap();
    assert_eq!(page.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[4], ids[3], ids[2]], "newest first");
    let older = outbox::page(&mut tx, waiting, outbox::From::Before(at(3), ids[2]), 3).await.unwrap();
    assert_eq!(older.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[1]]);
    let newer = outbox::page(&mut tx, waiting, outbox::From::After(at(3), ids[2]), 3).await.unwrap();
    assert_eq!(newer.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[4], ids[3]]);
    assert!(outbox::give_up(&mut tx, ids[3], 1, at(50), "never").await.unwrap());
    for (state, id) in [(outbox::State::Sent, ids[0]), (outbox::State::Failed, ids[3])] {
        assert_eq!(outbox::page(&mut tx, state, outbox::From::Newest, 9).await.unwrap()[0].id, id);
    }
    assert_eq!(outbox::purge(&mut tx, at(41), at(50)).await.unwrap(), 0);
    assert_eq!(outbox::purge(&mut tx, at(42), at(51)).await.unwrap(), 2, "what waits stays");
    assert_eq!(outbox::counts(&mut tx).await.unwrap(), (3, 0, 0));
    tx.commit().await.unwrap();
    db.close().await;
}

async fn people_are_warned_once_before_accounts_are_closed(stack: Stack) {
    let db = database(&stack).await;
    for (name, tier) in [("old", Tier::Standard), ("root", Tier::Superuser)] {
        make(&db, New { name, tier, ..New::default() }).await;
    }
    let mut tx = db.write().await.unwrap();
    let names = |users: &[User]| users.iter().map(|user| user.username.to_string()).collect::<Vec<_>>();
    let found = dormant::to_warn(&mut tx, at(50), at(60), 9).await.unwrap();
    assert_eq!(names(&found), ["old"], "people decide about superusers");
    let begin = (Time::NEVER, 0);
    assert!(dormant::warned(&mut tx, at(50), at(60), at(60), begin, 9).await.unwrap().is_empty());
    assert!(dormant::note_warned(&mut tx, &found[0], at(60)).await.unwrap());
    assert!(!dormant::note_warned(&mut tx, &found[0], at(61)).await.unwrap(), "once");
    assert!(dormant::to_warn(&mut tx, at(50), at(62), 9).await.unwrap().is_empty());
    assert!(
        dormant::warned(&mut tx, at(50), at(62), at(59), begin, 9).await.unwrap().is_empty(),
        "too lately"
    );
    assert_eq!(names(&dormant::warned(&mut tx, at(50), at(62), at(60), begin, 9).await.unwrap()), ["old"]);
    assert!(dormant::keep(&mut tx, found[0].id, at(70)).await.unwrap());
    assert!(dormant::warned(&mut tx, at(50), at(75), at(75), begin, 9).await.unwrap().is_empty());
    assert_eq!(dormant::to_warn(&mut tx, at(50), at(75), 9).await.unwrap().len(), 1, "kept, and warned anew");

    users::set_expiry(&mut tx, found[0].id, at(90)).await.unwrap();
    assert!(dormant::to_tell_of_expiry(&mut tx, at(80), at(89), 9).await.unwrap().is_empty(), "not yet");
    let telling = dormant::to_tell_of_expiry(&mut tx, at(80), at(90), 9).await.unwrap();
    assert_eq!(names(&telling), ["old"]);
    assert!(dormant::note_told_of_expiry(&mut tx, &telling[0]).await.unwrap());
    assert!(!dormant::note_told_of_expiry(&mut tx, &telling[0]).await.unwrap(), "once");
    users::set_expiry(&mut tx, found[0].id, at(91)).await.unwrap();
    assert_eq!(dormant::to_tell_of_expiry(&mut tx, at(80), at(95), 9).await.unwrap().len(), 1, "another day");
    assert!(!dormant::note_told_of_expiry(&mut tx, &telling[0]).await.unwrap(), "that day was changed");
    tx.commit().await.unwrap();
    db.close().await;
}

async fn a_mailed_link_is_good_once_until_its_time_and_only_the_newest(stack: Stack) {
    let db = database(&stack).await;
    let mut tx = db.write().await.unwrap();
    let link = MailedLink {
        subject: secret::new_id(at(1)),
        email_key: "ada@example.com".into(),
        expires_at: at(10),
    };
    let (older, newer, other) = (LinkId::draw(), LinkId::draw(), LinkId::draw());
    let (reset, verify) = (Purpose::ResetPassword, Purpose::VerifyEmail);
    mail_tokens::put(&mut tx, older, reset, &link).await.unwrap();
    mail_tokens::put(&mut tx, other, verify, &link).await.unwrap();
    mail_tokens::put(&mut tx, newer, reset, &link).await.unwrap();
    assert_eq!(mail_tokens::find(&mut tx, older, reset, at(2)).await.unwrap(), None, "only the newest");
    assert_eq!(mail_tokens::find(&mut tx, newer, verify, at(2)).await.unwrap(), None, "another purpose");
    assert_eq!(mail_tokens::find(&mut tx, newer, reset, at(2)).await.unwrap(), Some(link.clone()));
    assert_eq!(mail_tokens::find(&mut tx, newer, reset, at(10)).await.unwrap(), None, "its time is over");
    assert_eq!(mail_tokens::take(&mut tx, newer, reset, at(10)).await.unwrap(), None);
    assert_eq!(mail_tokens::take(&mut tx, newer, reset, at(9)).await.unwrap(), Some(link.clone()));
    assert_eq!(mail_tokens::take(&mut tx, newer, reset, at(9)).await.unwrap(), None, "once");
    assert_eq!(mail_tokens::purge(&mut tx, at(9)).await.unwrap(), 0);
    assert_eq!(mail_tokens::purge(&mut tx, at(10)).await.unwrap(), 1);
    mail_tokens::put(&mut tx, newer, reset, &link).await.unwrap();
    mail_tokens::take_back(&mut tx, reset, link.subject).await.unwrap();
    assert_eq!(mail_tokens::find(&mut tx, newer, reset, at(2)).await.unwrap(), None);
    for (email, stands) in [("ada@example.com", true), ("ada@elsewhere.example", false)] {
        mail_tokens::put(&mut tx, newer, reset, &link).await.unwrap();
        mail_tokens::take_back_from_others(&mut tx, link.subject, email).await.unwrap();
        let found = mail_tokens::find(&mut tx, newer, reset, at(2)).await.unwrap();
        assert_eq!(found.is_some(), stands, "{email}");
    }
    tx.commit().await.unwrap();
    db.close().await;
}

async fn an_application_is_on_record_from_its_beginning_to_its_end(stack: Stack) {
    let db = database(&stack).await;
    let mut people = vec![];
    for (name, second) in [("ada", 1), ("bob", 2), ("cyd", 3)] {
        let person =
            make(&db, New { name, status: Status::Pending, registered: second, ..New::default() }).await;
        let new = NewApplication {
            id: secret::new_id(at(second)),
            user_id: person.id,
            applied_at: at(second),
            address: "2001:db8::7",
            network: "2001:db8::",
        };
        let mut tx = db.write().await.unwrap();
        applications::insert(&mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        people.push(person);
    }
    let (ada, bob, cyd) = (&people[0], &people[1], &people[2]);
    let mut tx = db.write().await.unwrap();
    assert_eq!(applications::count_open_from(&mut tx, "2001:db8::").await.unwrap(), 3);
    assert_eq!(applications::count_open_from(&mut tx, "192.0.2.1").await.unwrap(), 0);
    assert_eq!(applications::waiting_since(&mut tx, at(3), 9).await.unwrap(), [ada.id, bob.id]);
    assert_eq!(applications::waiting_since(&mut tx, at(9), 1).await.unwrap(), [ada.id]);
    assert_eq!(applications::count_untold(&mut tx).await.unwrap(), 3);
    let names = vec!["Name Of ada".to_owned(), "Name Of bob".to_owned()];
    assert_eq!(applications::note_told(&mut tx, at(4), 2).await.unwrap(), (3, names));
    assert_eq!(applications::note_told(&mut tx, at(5), 2).await.unwrap(), (0, vec![]));
    assert_eq!(applications::count_untold(&mut tx).await.unwrap(), 0);

    let decision = |state, second, message| Decision { state, at: at(second), by: Some("boss"), message };
    let rejected = decision(Outcome::Rejected, 10, Some("Not now."));
    assert!(applications::decide(&mut tx, ada, &rejected).await.unwrap());
    assert!(!applications::decide(&mut tx, ada, &rejected).await.unwrap(), "once");
    let renamed = User { username: Username::parse("robert").unwrap(), ..bob.clone() };
    assert!(applications::decide(&mut tx, &renamed, &decision(Outcome::Approved, 11, None)).await.unwrap());
    applications::close_orphan(&mut tx, cyd.id, at(12)).await.unwrap();
    let all = Picked::default();
    let page = applications::page(&mut tx, &all, Start::Newest, 2).await.unwrap();
    let names = |page: &applications::Page| {
        page.applications.iter().map(|one| one.username.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        (names(&page), page.has_previous, page.has_next),
        (vec!["cyd".into(), "robert".into()], false, true)
    );
    let page = applications::page(&mut tx, &all, Start::After(page.applications[1].id), 2).await.unwrap();
    assert_eq!((names(&page), page.has_previous, page.has_next), (vec!["ada".into()], true, false));
    let first = &page.applications[0];
    assert_eq!((first.state, first.message.as_deref()), (Outcome::Rejected, Some("Not now.")));
    assert_eq!(
        (first.applied_at, first.decided_at, first.decided_by.as_deref()),
        (at(1), at(10), Some("boss"))
    );
    assert_eq!(
        (first.reason.as_deref(), first.address.as_str()),
        (Some("because\nI want to"), "2001:db8::7")
    );
    let page = applications::page(&mut tx, &all, Start::Before(first.id), 2).await.unwrap();
    assert_eq!(
        (names(&page), page.has_previous, page.has_next),
        (vec!["cyd".into(), "robert".into()], false, true)
    );
    let gone = Start::After(crate::harness::new_id());
    assert_eq!(applications::page(&mut tx, &all, gone, 9).await.unwrap().applications.len(), 3);
    let some = |search: &str, state| Picked { search: search.into(), state };
    for (filter, many) in [
        (some("", None), 3),
        (some("ROBERT", None), 1),
        (some("bob@example", None), 1),
        (some("%", None), 0),
        (some("", Some(Outcome::Rejected)), 1),
        (some("ada", Some(Outcome::Approved)), 0),
    ] {
        assert_eq!(applications::count(&mut tx, &filter).await.unwrap(), many, "{filter:?}");
    }
    assert_eq!(applications::blank(&mut tx, bob).await.unwrap(), 1);
    assert_eq!(applications::blank(&mut tx, bob).await.unwrap(), 1, "again is no harm");
    assert_eq!(applications::count(&mut tx, &some("ROBERT", None)).await.unwrap(), 0);
    assert_eq!(applications::count(&mut tx, &some("", None)).await.unwrap(), 3);
    let keys = ["ada@example.com".to_owned(), "bob@example.com".to_owned()];
    let before = applications::rejections(&mut tx, &keys).await.unwrap();
    assert_eq!(before.len(), 1);
    assert_eq!((before[&keys[0]].at, before[&keys[0]].message.as_deref()), (at(10), Some("Not now.")));
    assert!(applications::rejections(&mut tx, &[]).await.unwrap().is_empty());
    assert_eq!(applications::purge(&mut tx, at(11)).await.unwrap(), 1);
    assert_eq!(applications::count(&mut tx, &all).await.unwrap(), 2);
    tx.commit().await.unwrap();
    db.close().await;
}

async fn sign_ups_wait_side_by_side_until_their_time(stack: Stack) {
    let db = database(&stack).await;
    let mut tx = db.write().await.unwrap();
    let signup = |second: i64, email: &str| Signup {
        id: secret::new_id(at(second)),
        email: Email::parse(email).unwrap(),
        display_name: DisplayName::parse("Ada 러브레이스").unwrap(),
        username: (second == 1).then(|| Username::parse("ada").unwrap()),
        password_hash: "$argon2id$…".into(),
        reason: (second == 1).then(|| "because".into()),
        language: Language::Ko,
        address: "192.0.2.7".into(),
        network: "192.0.2.7".into(),
        created_at: at(second),
        expires_at: at(second + 10),
    };
    let waiting = [signup(1, "Ada@Example.com"), signup(2, "ada@example.com"), signup(3, "bob@example.com")];
    for one in &waiting {
        signups::insert(&mut tx, one).await.unwrap();
    }
    let found = signups::find(&mut tx, waiting[0].id, at(10)).await.unwrap().unwrap();
    assert_eq!(format!("{found:?}"), format!("{:?}", waiting[0]));
    assert!(signups::find(&mut tx, waiting[0].id, at(11)).await.unwrap().is_none(), "its time is over");
    assert_eq!(signups::count(&mut tx, at(10)).await.unwrap(), 3);
    assert_eq!(signups::count_from(&mut tx, "192.0.2.7", at(11)).await.unwrap(), 2);
    assert_eq!(signups::count_from(&mut tx, "192.0.2.8", at(1)).await.unwrap(), 0);
    signups::delete_of(&mut tx, &Email::parse("ADA@example.com").unwrap()).await.unwrap();
    assert_eq!(signups::count(&mut tx, at(10)).await.unwrap(), 1);
    assert_eq!(signups::purge(&mut tx, at(12)).await.unwrap(), 0);
    assert_eq!(signups::purge(&mut tx, at(13)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    db.close().await;
}

async fn addresses_are_blocked_once_and_listed(stack: Stack) {
    let db = database(&stack).await;
    let mut tx = db.write().await.unwrap();
    let email = |text: &str| Email::parse(text).unwrap();
    assert!(blocked_emails::put(&mut tx, &email("Ada@Example.com"), at(1), "boss").await.unwrap());
    assert!(!blocked_emails::put(&mut tx, &email("ada@example.com"), at(2), "other").await.unwrap());
    assert!(blocked_emails::put(&mut tx, &email("bob@example.com"), at(3), "boss").await.unwrap());
    assert!(blocked_emails::is_there(&mut tx, &email("ADA@example.com")).await.unwrap());
    assert!(!blocked_emails::is_there(&mut tx, &email("cyd@example.com")).await.unwrap());
    let (newest, total) = blocked_emails::list(&mut tx, "", 1).await.unwrap();
    assert_eq!((newest.len(), newest[0].email.as_str(), total), (1, "bob@example.com", 2));
    let (found, total) = blocked_emails::list(&mut tx, "ADA", 9).await.unwrap();
    let ada = Blocked { email: "Ada@Example.com".into(), blocked_at: at(1), blocked_by: "boss".into() };
    assert_eq!((found, total), (vec![ada], 1));
    assert_eq!(blocked_emails::list(&mut tx, "%", 9).await.unwrap().1, 0);
    assert!(blocked_emails::remove(&mut tx, &email("aDa@example.com")).await.unwrap());
    assert!(!blocked_emails::remove(&mut tx, &email("ada@example.com")).await.unwrap());
    tx.commit().await.unwrap();
    db.close().await;
}

async fn whoever_may_do_something_is_found(stack: Stack) {
    let db = database(&stack).await;
    let boss = make(&db, New { name: "boss", tier: Tier::Superuser, registered: 9, ..New::default() }).await;
    let mut people = vec![];
    for name in ["role", "grant", "denied", "nobody"] {
        people.push(make(&db, New { name, ..New::default() }).await);
    }
    let out =
        make(&db, New { name: "out", status: Status::Inactive, tier: Tier::Superuser, ..New::default() })
            .await;
    let mut tx = db.write().await.unwrap();
    let (role, other) = (RoleName::parse("doorkeeper").unwrap(), RoleName::parse("other").unwrap());
    roles::insert(&mut tx, &role, "Doorkeeper", "").await.unwrap();
    let approve = Permission::parse("admin.user:approve").unwrap();
    let manual = GrantSource::Manual;
    grants::add_role(&mut tx, people[0].id, &role, &manual, at(1)).await.unwrap();
    grants::add_role(&mut tx, people[2].id, &role, &manual, at(1)).await.unwrap();
    grants::set_permission(&mut tx, people[1].id, &approve, false, at(1)).await.unwrap();
    grants::set_permission(&mut tx, people[2].id, &approve, true, at(1)).await.unwrap();
    grants::set_permission(&mut tx, boss.id, &approve, true, at(1)).await.unwrap();
    let ids = |users: Vec<User>| users.into_iter().map(|user| user.id).collect::<Vec<_>>();
    let both = [role, other];
    let found = grants::who_may(&mut tx, &approve, &both, at(5), 9).await.unwrap();
    assert_eq!(ids(found), [boss.id, people[0].id, people[1].id]);
    let found = grants::who_may(&mut tx, &approve, &[], at(5), 9).await.unwrap();
    assert_eq!(ids(found), [boss.id, people[1].id]);
    assert_eq!(ids(grants::who_may(&mut tx, &approve, &both, at(5), 1).await.unwrap()), [boss.id]);
    users::set_expiry(&mut tx, boss.id, at(5)).await.unwrap();
    let found = grants::who_may(&mut tx, &approve, &both, at(5), 9).await.unwrap();
    assert_eq!(ids(found), [people[0].id, people[1].id]);
    assert_ne!(out.id, boss.id);
    tx.commit().await.unwrap();
    db.close().await;
}

async fn where_people_have_been_is_remembered_and_forgotten(stack: Stack) {
    let db = database(&stack).await;
    let (ada, nobody) = (make(&db, New::default()).await, UserId(secret::new_id(at(1))));
    let bob = make(&db, New { name: "bob", ..New::default() }).await;
    let mut tx = db.write().await.unwrap();
    for (second, place) in [(1, "a"), (2, "b"), (3, "c"), (4, "a")] {
        known_places::see(&mut tx, ada.id, Kind::Device, place, at(second)).await.unwrap();
    }
    known_places::see(&mut tx, ada.id, Kind::Network, "a", at(2)).await.unwrap();
    known_places::see(&mut tx, nobody, Kind::Device, "a", at(2)).await.unwrap();
    let found = known_places::of_user(&mut tx, ada.id).await.unwrap();
    let first = Known { kind: Kind::Device, place: "a".into(), first_seen: at(1), last_seen: at(4) };
    assert_eq!((found.len(), found.last()), (4, Some(&first)));
    assert_eq!(known_places::of_user(&mut tx, nobody).await.unwrap(), vec![], "gone meanwhile");
    let seen = known_places::find(&mut tx, ada.id, Kind::Device, "b").await.unwrap();
    assert_eq!(seen.map(|known| known.last_seen), Some(at(2)));
    known_places::see(&mut tx, bob.id, Kind::Device, "a", at(5)).await.unwrap();
    known_places::rename_device(&mut tx, "a", "new").await.unwrap();
    for (user, first_seen, last_seen) in [(ada.id, at(1), at(4)), (bob.id, at(5), at(5))] {
        let there = known_places::find(&mut tx, user, Kind::Device, "new").await.unwrap();
        assert_eq!(there, Some(Known { kind: Kind::Device, place: "new".into(), first_seen, last_seen }));
        assert_eq!(known_places::find(&mut tx, user, Kind::Device, "a").await.unwrap(), None);
    }
    assert!(known_places::find(&mut tx, ada.id, Kind::Network, "a").await.unwrap().is_some(), "no browser");
    assert_eq!(known_places::find(&mut tx, ada.id, Kind::Network, "b").await.unwrap(), None);
    known_places::trim(&mut tx, ada.id, Kind::Device, 2).await.unwrap();
    assert_eq!(known_places::find(&mut tx, ada.id, Kind::Device, "b").await.unwrap(), None);
    assert_eq!(known_places::purge(&mut tx, at(3)).await.unwrap(), 1, "the network");
    assert_eq!(known_places::of_user(&mut tx, ada.id).await.unwrap().len(), 2);
    users::unlock(&mut tx, ada.id, at(7)).await.unwrap();
    assert_eq!(users::find(&mut tx, ada.id).await.unwrap().unwrap().unlocked_at, at(7));
    assert!(users::delete(&mut tx, ada.id, ada.status).await.unwrap());
    assert_eq!(known_places::of_user(&mut tx, ada.id).await.unwrap(), vec![]);
    tx.commit().await.unwrap();
    db.close().await;
}

async fn signing_keys_are_kept_in_their_order_and_forgotten(stack: Stack) {
    let db = database(&stack).await;
    let key = |number: i64, kid: &str| Stored {
        number,
        kid: kid.to_owned(),
        sealed: format!("sealed {kid}"),
        made_at: at(number),
        signs_from: at(number + 5),
    };
    let mut tx = db.write().await.unwrap();
    let before = signing_keys::version(&mut tx).await.unwrap();
    signing_keys::changed(&mut tx).await.unwrap();
    assert_eq!(signing_keys::version(&mut tx).await.unwrap(), before + 1);
    for (number, kid) in [(10, "ten"), (9, "nine")] {
        signing_keys::insert(&mut tx, &key(number, kid)).await.unwrap();
    }
    assert_eq!(signing_keys::all(&mut tx).await.unwrap(), [key(9, "nine"), key(10, "ten")]);
    signing_keys::delete_before(&mut tx, 10).await.unwrap();
    assert_eq!(signing_keys::all(&mut tx).await.unwrap(), [key(10, "ten")]);
    tx.commit().await.unwrap();
    for (number, kid) in [(10, "other"), (11, "ten")] {
        let mut tx = db.write().await.unwrap();
        assert!(signing_keys::insert(&mut tx, &key(number, kid)).await.is_err(), "{kid} is there already");
    }
    db.close().await;
}

/// A session that corp vouched for, in the session `sid` there, and that is asked about at 100.
async fn vouched(db: &Db, user: &User, sid: Option<&str>) -> Session {
    let begin =
        Session::begin(&SessionToken::generate(), user, Some(("corp", sid)), &Origin::default(), at(1));
    let new = NewVouching {
        session: &begin,
        provider: "corp",
        id_token: Some("sealed hint"),
        renewal: Some("sealed renewal"),
        ask_at: at(100),
    };
    let mut tx = db.write().await.unwrap();
    provider_sessions::insert(&mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
    begin
}

async fn what_a_provider_left_for_a_session_goes_with_it(stack: Stack) {
    let db = database(&stack).await;
    let ada = make(&db, New::default()).await;
    let bob = make(&db, New { name: "bob", ..New::default() }).await;
    let (one, two) = (vouched(&db, &ada, Some("one")).await, vouched(&db, &ada, None).await);
    let three = vouched(&db, &bob, Some("one")).await;
    let mut tx = db.write().await.unwrap();
    let names = |rows: Vec<provider_sessions::Row>| {
        let names = rows.into_iter().map(|row| row.session);
        names.collect::<BTreeSet<_>>()
    };
    let of_sid = provider_sessions::of_sid(&mut tx, "corp", "one").await.unwrap();
    assert_eq!(names(of_sid), [one.revocation(), three.revocation()].into());
    assert_eq!(names(provider_sessions::of_sid(&mut tx, "other", "one").await.unwrap()), [].into());
    let of_ada = provider_sessions::of_user(&mut tx, "corp", ada.id).await.unwrap();
    assert_eq!(names(of_ada), [one.revocation(), two.revocation()].into());
    assert_eq!(names(provider_sessions::of_user(&mut tx, "other", ada.id).await.unwrap()), [].into());
    let hint = provider_sessions::id_token(&mut tx, &one.revocation()).await.unwrap();
    assert_eq!(hint.as_deref(), Some("sealed hint"));
    assert_eq!(provider_sessions::id_token(&mut tx, "s:nobody").await.unwrap(), None);
    // One that has ended leaves its hint for a while, and is nobody's session any more.
    provider_sessions::leave(&mut tx, &one.revocation(), at(50)).await.unwrap();
    let left = provider_sessions::of_sid(&mut tx, "corp", "one").await.unwrap();
    assert_eq!(names(left), [three.revocation()].into());
    assert!(provider_sessions::id_token(&mut tx, &one.revocation()).await.unwrap().is_some());
    assert_eq!(provider_sessions::purge(&mut tx, at(0), at(50)).await.unwrap(), 0);
    assert_eq!(provider_sessions::purge(&mut tx, at(0), at(51)).await.unwrap(), 1);
    // Another epoch ends it, unless it goes on there.
    users::end_sessions(&mut tx, ada.id).await.unwrap();
    provider_sessions::renew(&mut tx, &two.revocation(), ada.session_epoch + 1).await.unwrap();
    assert_eq!(provider_sessions::purge(&mut tx, at(0), at(51)).await.unwrap(), 0);
    users::end_sessions(&mut tx, ada.id).await.unwrap();
    assert_eq!(provider_sessions::purge(&mut tx, at(0), at(51)).await.unwrap(), 1);
    let gone = provider_sessions::find(&mut tx, &three.revocation()).await.unwrap().unwrap();
    provider_sessions::remove(&mut tx, &three.revocation()).await.unwrap();
    assert_eq!((gone.user_id, gone.provider.as_str(), gone.began_at), (bob.id, "corp", at(1)));
    assert_eq!(provider_sessions::find(&mut tx, &three.revocation()).await.unwrap(), None);
    tx.commit().await.unwrap();
    let four = vouched(&db, &bob, None).await;
    let mut tx = db.write().await.unwrap();
    assert_eq!(provider_sessions::purge(&mut tx, at(1), at(51)).await.unwrap(), 0);
    assert!(users::delete(&mut tx, bob.id, bob.status).await.unwrap());
    let gone = provider_sessions::find(&mut tx, &four.revocation()).await.unwrap();
    assert_eq!(gone, None, "with the account");
    tx.commit().await.unwrap();
    db.close().await;
}

async fn a_question_to_a_provider_is_one_persons_to_ask(stack: Stack) {
    let db = database(&stack).await;
    let ada = make(&db, New::default()).await;
    let session = vouched(&db, &ada, None).await;
    let name = session.revocation();
    let known = async || {
        let mut read = db.read().await.unwrap();
        let found = principals::behind(&mut read, &[Arc::new(session.clone())]).await.unwrap();
        found.vouched(&session)
    };
    assert_eq!(known().await, Some(Vouched { ask_at: at(100), ends_at: None }));
    let mut tx = db.write().await.unwrap();
    assert!(provider_sessions::claim(&mut tx, &name, at(140), at(99)).await.unwrap().is_none());
    let claimed = provider_sessions::claim(&mut tx, &name, at(140), at(100)).await.unwrap();
    let Some(Claimed { renewal, ends_at, asked }) = claimed else { panic!("it is due") };
    assert_eq!((renewal.as_str(), ends_at), ("sealed renewal", Time::NEVER));
    assert!(provider_sessions::claim(&mut tx, &name, at(140), at(100)).await.unwrap().is_none());
    assert_eq!(provider_sessions::standing(&mut tx, &name).await.unwrap(), Some((session.epoch, asked)));
    assert!(provider_sessions::rotate(&mut tx, &name, asked, "rotated").await.unwrap());
    provider_sessions::put_off(&mut tx, &name, asked, at(160), at(300)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(known().await, Some(Vouched { ask_at: at(160), ends_at: Some(at(300)) }));
    // Whoever asked before has nothing to say any more, and the time is that of the first question.
    let mut tx = db.write().await.unwrap();
    let claimed = provider_sessions::claim(&mut tx, &name, at(200), at(160)).await.unwrap().unwrap();
    assert_eq!((claimed.renewal.as_str(), claimed.ends_at, claimed.asked), ("rotated", at(300), asked + 1));
    assert!(!provider_sessions::rotate(&mut tx, &name, asked, "late").await.unwrap());
    provider_sessions::confirm(&mut tx, &name, asked, at(900)).await.unwrap();
    provider_sessions::put_off(&mut tx, &name, asked, at(900), Time::NEVER).await.unwrap();
    assert_eq!(provider_sessions::overdue(&mut tx, at(299), 10).await.unwrap(), Vec::<String>::new());
    assert_eq!(provider_sessions::overdue(&mut tx, at(300), 10).await.unwrap(), std::slice::from_ref(&name));
    for (now, overdue) in [(299, false), (300, true)] {
        assert_eq!(provider_sessions::is_overdue(&mut tx, &name, at(now)).await.unwrap(), overdue);
    }
    tx.commit().await.unwrap();
    assert_eq!(known().await, Some(Vouched { ask_at: at(200), ends_at: Some(at(300)) }));
    let mut tx = db.write().await.unwrap();
    provider_sessions::confirm(&mut tx, &name, asked + 1, at(400)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(known().await, Some(Vouched { ask_at: at(400), ends_at: None }));
    let mut tx = db.write().await.unwrap();
    provider_sessions::ask_no_more(&mut tx, &name).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(known().await, None);
    db.close().await;
}

async fn every_public_function_of_the_store_is_called_here(_stack: Stack) {
    let tests = include_str!("stores.rs");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let mut missing = vec![];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for part in code.split("pub async fn ").skip(1) {
            let name: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !tests.contains(&format!("{name}(")) {
                missing.push(format!("{}: {name}", path.file_name().unwrap().display()));
            }
        }
    }
    assert!(missing.is_empty(), "not called on both databases: {missing:?}");
}
