use super::*;

fn key() -> ChainKey {
    ChainKey::from_bytes(&[7; 32])
}

fn entry(id: Uuid, n: i64) -> String {
    format!(
        r#"{{"id":"{id}","at":{n},"event":"login.failed","actor":{{"kind":"stranger"}},"origin":{{"address":"","user_agent":"","request_id":""}}}}"#
    )
}

/// A chain of ten.
fn chain() -> Vec<Link> {
    let mut previous = Head::START.mac;
    let link = |n: i64| {
        let event_id = Uuid::from_u128(n.unsigned_abs().into());
        let entry = entry(event_id, n);
        let mac = key().link(previous, event_id, &entry);
        let link = Link {
            position: n,
            event_id,
            previous: previous.0.to_vec(),
            mac: mac.0.to_vec(),
            entry: Some(entry),
            at: Some(Time::from_micros(n)),
            event: Some("login.failed".to_owned()),
            actor_id: None,
            target_id: None,
        };
        previous = mac;
        link
    };
    (1..=10).map(link).collect()
}

/// What a walk names, by position.
fn named(rows: &[Link]) -> Vec<(i64, Wrong)> {
    let key = key();
    let mut faults = Faults::default();
    let mut walk = Walk::new(&key, Head::START, None, &mut faults);
    rows.iter().for_each(|row| walk.step(row, &mut faults));
    walk.end(&mut faults);
    faults.named.into_iter().map(|fault| (fault.position.unwrap(), fault.what)).collect()
}

fn renumbered(mut rows: Vec<Link>) -> Vec<Link> {
    rows.iter_mut().zip(1..).for_each(|(row, n)| row.position = n);
    rows
}

#[test]
fn a_chain_as_it_was_sealed_has_no_faults() {
    assert_eq!(named(&chain()), []);
    assert_eq!(named(&[]), []);
}

#[test]
fn only_the_guilty_ones_are_named() {
    let changed = |change: fn(&mut Link)| {
        let mut rows = chain();
        change(&mut rows[4]);
        named(&rows)
    };
    assert_eq!(changed(|row| row.entry = row.entry.take().map(|it| it + " ")), [(5, Wrong::Changed)]);
    assert_eq!(changed(|row| row.mac[0] ^= 1), [(5, Wrong::Changed)]);
    assert_eq!(changed(|row| row.previous[0] ^= 1), [(5, Wrong::Changed)]);
    assert_eq!(changed(|row| row.mac.clear()), [(5, Wrong::Changed)]);
    assert_eq!(changed(|row| row.event_id = Uuid::from_u128(99)), [(5, Wrong::Changed)]);
    assert_eq!(changed(|row| row.entry = None), [(5, Wrong::EventGone)]);
    let columns = |names: &[&str]| Wrong::Columns(names.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(changed(|row| row.at = Some(Time::NEVER)), [(5, columns(&["at"]))]);
    assert_eq!(
        changed(|row| {
            row.event = Some("login.succeeded".into());
            row.actor_id = Some(UserId(Uuid::nil()));
            row.target_id = row.actor_id;
        }),
        [(5, columns(&["event", "actor_id", "target_id"]))]
    );
    let both = changed(|row| {
        row.entry = row.entry.take().map(|it| it + " ");
        row.mac[0] ^= 1;
    });
    assert_eq!(both, [(5, Wrong::Changed), (6, Wrong::Displaced)], "it cannot be told what stood between");
}

#[test]
fn what_was_removed_is_told_by_its_place() {
    let mut rows = chain();
    rows.drain(3..6);
    assert_eq!(named(&rows), [(4, Wrong::RowsGone(6))]);
    assert_eq!(named(&renumbered(rows)), [(4, Wrong::Displaced)], "however the rest is numbered");
    assert_eq!(named(&chain()[2..]), [(1, Wrong::RowsGone(2))]);
    for spoil in [|row: &mut Link| row.entry = Some("forged".to_owned()), |row: &mut Link| row.entry = None] {
        let mut rows = chain();
        spoil(&mut rows[4]);
        rows.drain(5..8);
        let found = named(&renumbered(rows));
        assert_eq!((found.len(), &found[1]), (2, &(6, Wrong::Displaced)), "behind a bad one as well");
    }
}

#[test]
fn what_was_moved_is_told() {
    let mut far = chain();
    far.swap(2, 6);
    assert_eq!(named(&renumbered(far)), [3, 4, 7].map(|n| (n, Wrong::Displaced)));
    let mut near = chain();
    near.swap(2, 3);
    assert_eq!(named(&renumbered(near)), [(3, Wrong::Displaced)], "the one moved before the other");
}

#[test]
fn what_was_inserted_is_told() {
    let mut rows = chain();
    let mut forged = rows[4].clone();
    forged.event_id = Uuid::from_u128(77);
    forged.entry = Some(entry(forged.event_id, 5));
    rows.insert(5, forged);
    assert_eq!(named(&renumbered(rows)), [(6, Wrong::Changed)]);
    let mut rows = chain();
    rows.insert(0, Link { position: 0, ..rows[0].clone() });
    assert_eq!(named(&rows), [(0, Wrong::Pruned)]);
}

#[test]
fn a_kept_head_vouches_for_the_end() {
    let (key, rows) = (key(), chain());
    let kept = |n: usize| Head { position: rows[n].position, mac: Mac::read(&rows[n].mac).unwrap() };
    let walk = |rows: &[Link], kept: Option<Head>| {
        let mut faults = Faults::default();
        let mut walk = Walk::new(&key, Head::START, kept, &mut faults);
        rows.iter().for_each(|row| walk.step(row, &mut faults));
        let compared = walk.end(&mut faults);
        (compared, faults.named.into_iter().map(|fault| (fault.position, fault.what)).collect::<Vec<_>>())
    };
    assert_eq!(walk(&rows, Some(kept(9))), (true, vec![]));
    assert_eq!(walk(&rows, Some(kept(4))), (true, vec![]));
    assert_eq!(walk(&rows[..8], Some(kept(9))), (true, vec![(Some(10), Wrong::EndGone(8))]));
    assert_eq!(walk(&rows[..8], None), (false, vec![]), "nobody can tell");
    let other = Head { position: 8, ..kept(9) };
    assert_eq!(walk(&rows, Some(other)), (true, vec![(Some(8), Wrong::HeadDiffers)]));
    assert_eq!(walk(&rows, Some(Head::START)), (true, vec![]));
    let mut faults = Faults::default();
    let walk = Walk::new(&key, kept(4), Some(kept(2)), &mut faults);
    assert!(!walk.end(&mut faults), "what was kept before all that is left vouches for nothing");
    assert_eq!((faults.named[0].position, &faults.named[0].what), (Some(3), &Wrong::HeadPruned(5)));
}

#[test]
fn a_head_and_a_checkpoint_are_read_as_they_are_written() {
    let head = Head { position: 42, mac: Mac([9; 32]) };
    assert_eq!(format!(" {head}\n").parse(), Ok(head));
    for wrong in ["", "42", "42:", "-1:CQkJ", "x:CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk", "42:CQkJ"] {
        assert!(wrong.parse::<Head>().is_err(), "{wrong}");
    }
    let text = key().certify(head);
    assert_eq!(key().certified(&text), Some(head));
    assert_eq!(key().certified(&text.replacen("42", "43", 1)), None);
    assert_eq!(ChainKey::from_bytes(&[8; 32]).certified(&text), None);
    assert_eq!(key().certified("nonsense"), None);
}
