use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Letter, Parts};
use crate::Href;

/// Mail programs know no more than tables and inline style; those that know `@media` get a dark version.
const STYLE: &str = "@media (prefers-color-scheme: dark) { \
    .desk { background: #0e1116 !important } \
    .sheet { background: #161a21 !important; border-color: #272d38 !important } \
    .ink { color: #e9ecf2 !important } .soft { color: #b9c1ce !important } .a { color: #a5b9ff !important } \
    .line { border-color: #272d38 !important } .go { background: #8ea8ff !important; color: #0c1330 !important } } \
    @media (max-width: 480px) { .room { padding: 24px 20px !important } }";
const FONT: &str = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Apple SD Gothic Neo','Malgun Gothic','Noto Sans KR','Noto Sans',sans-serif;font-size:16px;line-height:1.5";
const SOFT: &str = "margin:0 0 16px;color:#475061";
const SMALL: &str = "margin:0 0 16px;color:#475061;font-size:14px;overflow-wrap:anywhere";
const LINK: &str = "color:#2a49b4;overflow-wrap:anywhere";

/// The mail as a document.
pub(super) fn html(letter: &Letter, parts: &Parts) -> Markup {
    let preview = parts.said.text.first().map_or("", String::as_str);
    html! {
        (DOCTYPE)
        html lang=(letter.lang.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="supported-color-schemes" content="light dark";
                title { (parts.said.subject) }
                style { (PreEscaped(STYLE)) }
            }
            body.desk style="margin:0;padding:0;background:#f5f6f8" {
                // What a list of mails shows beside the subject.
                div style="display:none;max-height:0;overflow:hidden" { (preview) }
                main {
                    table.desk role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f5f6f8" {
                        tr { td align="center" style="padding:32px 16px" { (sheet(letter, parts)) } }
                    }
                }
            }
        }
    }
}

fn sheet(letter: &Letter, parts: &Parts) -> Markup {
    html! {
        table.sheet role="presentation" width="100%" cellpadding="0" cellspacing="0"
            style="max-width:520px;background:#ffffff;border:1px solid #e1e4ea;border-radius:12px" {
            tr {
                td.room align="left" style={ "padding:32px 36px;" (FONT) } {
                    p.soft style="margin:0 0 20px;color:#475061;font-size:14px;font-weight:600" { (letter.organisation) }
                    h1.ink style="margin:0 0 12px;color:#171b23;font-size:22px;line-height:1.25" { (parts.said.title) }
                    (body(letter, parts))
                    (foot(letter, parts))
                }
            }
        }
    }
}

fn body(letter: &Letter, parts: &Parts) -> Markup {
    let words = &letter.lang.words().letters;
    html! {
        @if let Some(greeting) = &parts.greeting { p.soft style=(SOFT) { (greeting) } }
        @for paragraph in &parts.said.text { p.soft style=(SOFT) { (paragraph) } }
        @if let Some(quote) = &parts.quote {
            p.soft style=(SMALL) { (words.message) br; strong.ink style="color:#171b23" { (quote) } }
        }
        @if !parts.list.is_empty() {
            ul.soft style="margin:0 0 16px;padding-left:20px;color:#475061;overflow-wrap:anywhere" {
                @for item in &parts.list { li { (item) } }
            }
        }
        @if !parts.facts.is_empty() {
            p.soft style=(SMALL) {
                @for (at, (label, value)) in parts.facts.iter().enumerate() {
                    @if at > 0 { br; }
                    (label) ": " strong.ink style="color:#171b23" { (value) }
                }
            }
        }
        @if let Some((label, link)) = &parts.act {
            table role="presentation" cellpadding="0" cellspacing="0" style="margin:8px 0 24px" {
                tr {
                    td.go style="background:#3152c4;border-radius:9px" {
                        a.go href=(link)
                            style="display:inline-block;padding:12px 22px;color:#ffffff;font-weight:600;text-decoration:none;border-radius:9px" {
                            (label)
                        }
                    }
                }
            }
            p.soft style=(SMALL) { (words.no_button) " " a.a href=(link) style=(LINK) { (link) } }
        }
        @if let Some((label, link)) = &parts.also {
            p.soft style=(SMALL) { (label) ": " a.a href=(link) style=(LINK) { (link) } }
        }
    }
}

fn foot(letter: &Letter, parts: &Parts) -> Markup {
    let words = &letter.lang.words().letters;
    html! {
        div.soft.line style="margin:0;padding-top:16px;border-top:1px solid #e1e4ea;color:#5d6677;font-size:13px" {
            @if !parts.said.not_you.is_empty() { p style="margin:0 0 8px" { (parts.said.not_you) } }
            p style="margin:0 0 8px;overflow-wrap:anywhere" { (parts.to) }
            p style="margin:0" {
                (words.never_asks)
                @if let Some(help) = &letter.help { " " (sentence_with(help, words.help)) }
            }
        }
    }
}

/// The sentence about help, in which an address can be written to. A URL stays text: links are ours only.
fn sentence_with(help: &str, sentence: fn(&str) -> String) -> Markup {
    const MARK: &str = "\u{0}";
    let whole = sentence(MARK);
    let (before, after) = whole.split_once(MARK).unwrap_or((&whole, ""));
    let is_address = help.contains('@') && !help.contains("://");
    html! {
        (before)
        @if is_address { a.a href=(Href::mail(help)) style=(LINK) { (help) } } @else { (help) }
        (after)
    }
}
