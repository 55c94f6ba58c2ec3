//! The gate behind real proxies, which run the shipped configurations: one set of stories for all of them.
//! Behind nginx they are told on both stacks, behind the others on the embedded one: the question is the same.
use crate::harness::{
    Ask, Browser, Gateway, Person, Stack, Upstream,
    front::{Kind, Proxy},
    gateway::Setup,
};

mod answers;
mod headers;
mod requests;
mod trailers;
mod websockets;

/// Makes each story one test for each proxy, and for nginx one on each stack.
macro_rules! behind_every_proxy {
    ($($story:ident),+ $(,)?) => {
        mod nginx {
            use crate::{fronts::Front, harness::front::Kind::Nginx};

            mod embedded {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $story() {
                    let stack = crate::harness::Stack::embedded();
                    super::super::$story(super::Front::start(super::Nginx, &stack).await).await;
                })+
            }
            mod servers {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $story() {
                    let stack = crate::harness::Stack::servers().await;
                    super::super::$story(super::Front::start(super::Nginx, &stack).await).await;
                })+
            }
        }
        mod caddy {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                let stack = crate::harness::Stack::embedded();
                let kind = crate::harness::front::Kind::Caddy;
                super::$story(crate::fronts::Front::start(kind, &stack).await).await;
            })+
        }
        mod haproxy {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                let stack = crate::harness::Stack::embedded();
                let kind = crate::harness::front::Kind::Haproxy;
                super::$story(crate::fronts::Front::start(kind, &stack).await).await;
            })+
        }
    };
}
use behind_every_proxy;

const WIKI: &str = "https://wiki.example.test";

const SETTINGS: &str = "public_url = 'https://auth.example.test'\ntrusted_proxies = ['127.0.0.1']\n\
    [sessions]\ncookie_domain = 'example.test'\n\
    [[upstream]]\nname = 'wiki'\nhost = 'wiki.example.test'\n\
    [[upstream.rule]]\npath = '/public/'\npublic = true\n\
    [[upstream.rule]]\npath = '/secret/'\ntier = 'superuser'\n\
    [[upstream.rule]]\npath = '/'\ntier = 'any'\n\
    [[upstream]]\nname = 'open'\nhost = 'open.example.test'\n\
    [[upstream.rule]]\npath = '/'\npublic = true\n";

/// The gateway, an application, and a proxy in front of both.
struct Front {
    gateway: Gateway,
    wiki: Upstream,
    proxy: Proxy,
    carol: Person,
}

impl Front {
    async fn start(kind: Kind, stack: &Stack) -> Self {
        let gateway = Setup::on(stack).with(SETTINGS).start().await;
        let wiki = Upstream::start().await;
        let proxy = Proxy::start(kind, stack.folder(), gateway.address, wiki.address).await;
        let carol = gateway.standard("carol").await;
        Self { gateway, wiki, proxy, carol }
    }

    fn stranger(&self) -> Browser {
        Browser::new(&self.gateway.public, self.proxy.address)
    }

    async fn signed_in(&self, person: &Person) -> Browser {
        let mut browser = self.stranger();
        crate::harness::gateway::sign_in(&mut browser, person.username(), &person.password).await.is(303);
        browser
    }

    /// The cookie that opens the gate for this browser, as its value.
    fn wide(browser: &Browser) -> String {
        browser.cookies().find("__Secure-narthex").unwrap().value.clone()
    }

    async fn stop(self) {
        drop(self.proxy);
        self.gateway.stop().await;
    }
}

fn page(path: &str) -> Ask {
    Ask::get(&format!("{WIKI}{path}"))
}

/// What a script asks.
fn data(path: &str) -> Ask {
    page(path).bare().header("accept", "application/json")
}
