//! Whether each check is needed: with it switched off, the tricks that it is there for succeed. A check that nothing
//! would miss, or a row that something else refuses as well, fails here.
use super::{Check, Hostile, NOW, OFF, honest, hostile, login, provider};

const GROUPS: [&str; 8] =
    ["id token", "signature", "response", "browser", "userinfo", "discovery", "transport", "slow"];

/// What concerns no sign-in: `sign_outs` switches these off, and the last one `refreshes`.
const ELSEWHERE: [Check; 7] = [
    Check::LogoutTime,
    Check::LogoutEvent,
    Check::LogoutNonce,
    Check::LogoutSubject,
    Check::LogoutNames,
    Check::LogoutId,
    Check::RefreshedPerson,
];

#[tokio::test]
async fn without_any_one_check_its_tricks_succeed() {
    let hostile = Hostile::start().await;
    let rows: Vec<_> = GROUPS.into_iter().flat_map(hostile::group).collect();
    let mut faults = vec![];
    for check in Check::ALL.iter().filter(|check| !ELSEWHERE.contains(check)) {
        let name = format!("{check:?}");
        let mut guarded = 0;
        for row in rows.iter().filter(|row| row.guard == name) {
            guarded += 1;
            OFF.set(Some(*check));
            let provider = provider(&hostile);
            let mut tricks = honest(&hostile);
            (row.spoil)(&mut tricks);
            if let Err(error) = login(&hostile, &provider, tricks, NOW).await {
                faults.push(format!("without {name}, `{}` is still refused: {error}", row.name));
            }
            OFF.set(None);
        }
        if guarded == 0 {
            faults.push(format!("no row shows what {name} is for"));
        }
    }
    let unknown =
        |guard: &str| !guard.is_empty() && !Check::ALL.iter().any(|check| format!("{check:?}") == guard);
    faults.extend(
        rows.iter().filter(|row| unknown(row.guard)).map(|row| format!("no check is called {}", row.guard)),
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
