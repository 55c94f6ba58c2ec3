//! Identity Providers: what administrators see of them, and the guides to them.
use std::fs;

use narthex::config::Config;
use serde_json::json;

use crate::harness::{
    Gateway, Issuer, Page, Stack, both_stacks,
    front::shipped,
    gateway::{Setup, sign_in},
};

both_stacks!(
    administrators_see_how_each_provider_is_and_test_it,
    a_provider_that_comes_up_later_is_in_use_after_a_test,
    whoever_may_only_look_tests_nothing,
);

const NOBODY: &str = "client_id = 'narthex'\nclient_secret = 'secret'\n";

async fn start(stack: &Stack) -> (Gateway, Issuer) {
    let issuer = Issuer::start().await;
    let down = format!(
        "[[provider]]\nname = 'down'\nlabel = 'Continue with Partner'\nissuer = 'http://127.0.0.1:{}'\n\
         provision = 'pending'\n{NOBODY}",
        crate::harness::free_port()
    );
    let setup = Setup::on(stack).with(&issuer.config("corp", "")).with(&down).provider_port(issuer.port);
    (setup.start().await, issuer)
}

/// The card of a provider.
fn card<'a>(page: &'a Page, name: &str) -> &'a str {
    let (_, rest) = page.body.split_once(&format!("id=\"provider-{name}\"")).expect("it has a card");
    rest.split("</section>").next().unwrap()
}

async fn administrators_see_how_each_provider_is_and_test_it(stack: Stack) {
    let (gateway, issuer) = start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let mut browser = gateway.signed_in(&boss).await;
    let page = browser.visit("/admin/providers").await.is(200);
    assert!(card(&page, "corp").contains(">0</dd>"), "nobody is linked");
    assert!(card(&page, "down").contains("need approval"));
    let there = gateway.public.join("/oidc/corp/callback").unwrap();
    assert!(card(&page, "corp").contains(there.as_str()));

    let page = browser.submit(&page.form("/admin/providers/corp/test")).await.is(200);
    let corp = card(&page, "corp");
    for told in ["corp answers", "token_endpoint", "EdDSA", ">Ready<"] {
        assert!(corp.contains(told), "{told}: {corp}");
    }
    assert!(!card(&page, "down").contains("answers"));
    let page = browser.submit(&page.form("/admin/providers/down/test")).await.is(502);
    let down = card(&page, "down");
    assert!(down.contains("Partner cannot be used") && down.contains("role=\"alert\""), "{down}");
    browser.post("/admin/providers/nobody/test", &[]).await.is(404);

    issuer.is_employee("emma");
    let mut emma = gateway.browser();
    let login = emma.visit("/account").await.is(200);
    emma.visit(&login.link("/oidc/corp")).await.is(200);
    let page = browser.visit("/admin/providers").await.is(200);
    let corp = card(&page, "corp");
    assert!(corp.contains(">1</dd>") && !corp.contains("None since the start"), "{corp}");

    // What is not right is told, too.
    issuer.is(json!({ "sub": "subject-of-emma" }));
    let login = gateway.browser().visit("/account").await.is(200);
    assert!(login.says("Continue with corp"));
    gateway.stop().await;
}

async fn a_provider_that_comes_up_later_is_in_use_after_a_test(stack: Stack) {
    let port = crate::harness::free_port();
    let section = format!(
        "[[provider]]\nname = 'late'\nissuer = 'http://127.0.0.1:{port}'\nalgorithms = ['EdDSA']\n{NOBODY}"
    );
    let gateway = Setup::on(&stack).with(&section).provider_port(port).start().await;
    let boss = gateway.superuser("boss").await;
    let mut browser = gateway.signed_in(&boss).await;
    let page = browser.visit("/admin/providers").await.is(200);
    let page = browser.submit(&page.form("/admin/providers/late/test")).await.is(502);
    assert!(!card(&page, "late").contains(">Ready<"));
    let _issuer = Issuer::start_at(port).await;
    // Between a failure and the next attempt of its own the gateway waits a moment.
    let mut page = browser.submit(&page.form("/admin/providers/late/test")).await.is(200);
    for _ in 0..100 {
        if card(&page, "late").contains(">Ready<") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        page = browser.submit(&page.form("/admin/providers/late/test")).await.is(200);
    }
    assert!(card(&page, "late").contains(">Ready<"), "{}", card(&page, "late"));
    gateway.stop().await;
}

async fn whoever_may_only_look_tests_nothing(stack: Stack) {
    let (gateway, _issuer) = start(&stack).await;
    let carol = gateway.standard("carol").await;
    let boss = gateway.superuser("boss").await;
    let mut browser = gateway.signed_in(&boss).await;
    let new = browser.visit("/admin/roles/new").await.is(200);
    let new = new.form("/admin/roles/new").with("name", "looker").with("display_name", "Looker");
    browser.submit(&new.tick("permission", "admin.settings:read")).await.is(303);
    browser.post("/admin/roles/looker/people", &[("people", "carol")]).await.is(303);
    let mut carols = gateway.browser();
    sign_in(&mut carols, "carol", &carol.password).await.is(303);
    let page = carols.visit("/admin/providers").await.is(200);
    assert!(page.forms().iter().all(|form| !form.action.contains("/test")));
    carols.post("/admin/providers/corp/test", &[]).await.is(404);
    gateway.stop().await;
}

#[test]
fn each_guides_section_is_one_that_can_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "secret").unwrap();
    let mut guides = 0;
    for entry in fs::read_dir(shipped("providers")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let listed = fs::read_to_string(shipped("providers/README.md")).unwrap();
        assert!(name == "README" || listed.contains(&format!("({name}.md)")), "{name} is not listed");
        let Some((_, rest)) = text.split_once("```toml\n") else { continue };
        let section = rest.split("```").next().unwrap();
        let files: Vec<_> = section.split('"').filter(|word| word.starts_with("/etc/narthex/")).collect();
        let section =
            files.iter().fold(section.to_owned(), |text, file| text.replace(file, secret.to_str().unwrap()));
        let config = format!("public_url = \"https://auth.example.com\"\n[permissions]\n{section}");
        let config = Config::from_text(&config).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
        let [provider] = &config.providers[..] else { panic!("{name}: one provider") };
        let callback = format!("https://auth.example.com/oidc/{}/callback", provider.name);
        assert!(text.contains(&callback), "{name} does not say {callback}");
        guides += 1;
    }
    assert_eq!(guides, 5);
}
