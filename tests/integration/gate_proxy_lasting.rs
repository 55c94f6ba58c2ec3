//! For how long what our own proxy lets through may last, and what counts as a use of the session.
use std::time::Duration;

use narthex::{
    domain::permission::{GrantSource, RoleName},
    store::{grants, roles},
};
use tokio::time::{sleep, timeout};

use crate::{
    gate_proxy_streams::{Door, upgrade},
    harness::{
        PASSWORD, Person, Stack, both_stacks,
        gateway::{Setup, standing_clock},
    },
};

both_stacks!(
    a_77_what_was_told_of_somebody_is_so_for_as_long_as_it_streams,
    f_03_who_waits_is_told_why,
    an_open_page_does_not_keep_a_session_alive,
    an_application_does_not_keep_a_session_alive,
    the_end_waits_for_what_ends_by_itself_only,
    f_03_a_database_that_hangs_does_not_hold_up_the_end,
    whoever_is_gone_without_a_word_is_noticed,
);

async fn a_77_what_was_told_of_somebody_is_so_for_as_long_as_it_streams(stack: Stack) {
    let door = Door::start(&stack).await;
    let mut hers = door.websocket("/public/ws").await;
    hers.until("welcome.").await;
    let mut nobodys = door.stranger("GET /public/ws", &upgrade("")).await;
    nobodys.until("welcome.").await;
    let mut waiting = door.ask("GET /waits", "").await;
    assert!(hers.is_silent_for(Duration::from_millis(1500)).await);

    let mut tx = door.gateway.running.app.db.write().await.unwrap();
    let id = door.gateway.by_email("carol@people.example").await.unwrap().id;
    let editor = RoleName::parse("editor").unwrap();
    roles::insert(&mut tx, &editor, "Editor", "").await.unwrap();
    grants::add_role(&mut tx, id, &editor, &GrantSource::Manual, door.gateway.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(hers.rest().await, "", "the application knows another carol");
    let answer = waiting.head().await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(nobodys.is_silent_for(Duration::from_millis(1500)).await);
    let mut again = door.websocket("/public/ws").await;
    again.until("welcome.").await;
    let told = door.wiki.log().pop().unwrap();
    assert!(told.contains("\r\nremote-groups: editor\r\n"), "{told}");
    assert!(again.is_silent_for(Duration::from_millis(2500)).await);
    door.gateway.stop().await;
}

async fn f_03_who_waits_is_told_why(stack: Stack) {
    let mut door = Door::start(&stack).await;
    let mut waiting = door.ask("GET /waits", "").await;
    sleep(Duration::from_millis(100)).await;
    door.sign_out().await;
    let gone = waiting.head().await;
    assert!(gone.starts_with("HTTP/1.1 401 "), "{gone}");

    let carol = door.gateway.by_email("carol@people.example").await.unwrap();
    let person = Person { user: carol, password: format!("{PASSWORD}-5") };
    door.carol = door.gateway.signed_in(&person).await;
    let mut waiting = door.ask("GET /waits", "").await;
    sleep(Duration::from_millis(100)).await;
    door.gateway.running.app.db.close().await;
    let undecided = waiting.head().await.to_lowercase();
    assert!(undecided.starts_with("http/1.1 503 ") && undecided.contains("\r\nretry-after: "), "{undecided}");
    door.gateway.stop().await;
}

async fn an_open_page_does_not_keep_a_session_alive(stack: Stack) {
    let door = Door::of(Setup::on(&stack).clock(standing_clock()), "").await;
    let judged = || sleep(Duration::from_millis(2100));
    let mut websocket = door.websocket("/ws").await;
    websocket.until("welcome.").await;
    for _ in 0..2 {
        // Something is said, so that the session is used.
        door.gateway.later(Duration::from_secs(40 * 60));
        websocket.send("ping.").await;
        assert_eq!(websocket.until(".").await, "PING.");
        judged().await;
    }
    door.gateway.later(Duration::from_secs(40 * 60));
    judged().await;
    websocket.send("ping.").await;
    assert_eq!(websocket.until(".").await, "PING.");
    door.gateway.later(Duration::from_secs(61 * 60));
    assert_eq!(websocket.rest().await, "");
    door.gateway.stop().await;
}

async fn an_application_does_not_keep_a_session_alive(stack: Stack) {
    let door = Door::of(Setup::on(&stack).clock(standing_clock()), "").await;
    let mut websocket = door.websocket("/pings").await;
    websocket.until("welcome.").await;
    // As browsers do, without anybody's doing.
    let pong = [0x8a, 0x80, 1, 2, 3, 4];
    for minutes in [0, 40] {
        door.gateway.later(Duration::from_secs(minutes * 60));
        for _ in 0..5 {
            assert_eq!(websocket.flood(&pong, pong.len()).await, pong.len());
            sleep(Duration::from_millis(500)).await;
        }
    }
    door.gateway.later(Duration::from_secs(21 * 60));
    websocket.rest().await;
    door.gateway.stop().await;
}

async fn the_end_waits_for_what_ends_by_itself_only(stack: Stack) {
    let door = Door::start(&stack).await;
    let mut websocket = door.websocket("/ws").await;
    websocket.until("welcome.").await;
    let mut events = door.ask("GET /events", "").await;
    events.until("data: 1").await;
    let mut slow = door.ask("GET /slow", "").await;
    slow.until("hello").await;
    let began = std::time::Instant::now();
    let end = tokio::spawn(door.gateway.stop());
    websocket.rest().await;
    events.rest().await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    slow.until("world").await;
    end.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

async fn f_03_a_database_that_hangs_does_not_hold_up_the_end(stack: Stack) {
    let door = Door::start(&stack).await;
    let held = door.gateway.running.app.db.read().await.unwrap();
    let end = timeout(Duration::from_secs(10), door.gateway.running.stop()).await;
    assert!(end.is_ok(), "it waits for a connection that nobody gives back");
    drop(held);
}

async fn whoever_is_gone_without_a_word_is_noticed(stack: Stack) {
    let door = Door::start(&stack).await;
    let mut websocket = door.websocket("/ws").await;
    websocket.until("welcome.").await;
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let ours = |port: u16, column: usize| {
        let port = format!(":{port:04X}");
        // Established, and the timer is that of keepalive.
        table
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .any(|line| line[column].ends_with(&port) && line[3] == "01" && line[5].starts_with("02:"))
    };
    assert!(ours(door.gateway.address.port(), 1), "the client: {table}");
    assert!(ours(door.wiki.address.port(), 2), "the application: {table}");
    door.gateway.stop().await;
}
