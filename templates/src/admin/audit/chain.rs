//! How far the log is proven, and what is wrong with it.

use maud::{Markup, html};

use crate::components::{Tone, note};
use crate::messages::Words;
use crate::when::count;
use crate::{Href, When};

/// How far the log is proven.
pub struct Chain {
    /// How many entries are in the chain.
    pub entries: u64,
    /// When the last one of them was written.
    pub until: Option<When>,
    /// What the last check found; none when there was none yet.
    pub check: Option<Check>,
    /// A check is at work.
    pub running: bool,
    /// Since when events wait to be sealed, if it is too long.
    pub waiting: Option<When>,
}

/// A check of the whole chain.
pub struct Check {
    /// When.
    pub at: When,
    /// Whether the end of the chain was compared with one that was kept before.
    pub compared: bool,
    /// It was so long ago that the next one must have failed.
    pub stale: bool,
    /// What is wrong, if anything is.
    pub broken: Option<Broken>,
}

/// What is wrong.
pub struct Broken {
    /// The first faults; those with a place first, in order.
    pub faults: Vec<Fault>,
    /// How many more there are.
    pub more: u64,
}

/// One thing that is wrong.
pub struct Fault {
    /// Where in the chain.
    pub position: Option<u64>,
    /// Which event.
    pub event: Option<String>,
    /// What.
    pub what: Wrong,
    /// The entry, if it is still there.
    pub entry: Option<Href>,
}

impl Fault {
    /// The first place that it is about.
    fn first(&self) -> Option<u64> {
        match self.what {
            Wrong::EndGone(end) => Some(end + 1),
            _ => self.position,
        }
    }
}

/// What can be wrong with an entry.
pub enum Wrong {
    /// It was changed.
    Changed,
    /// Columns do not agree with its text.
    Columns(String),
    /// It was removed from the log, but not from the chain.
    EventGone,
    /// It and all up to this place were removed.
    RowsGone(u64),
    /// It was moved, or what stood before it was removed.
    Displaced,
    /// It stands where everything was too old to be kept.
    Pruned,
    /// It is of a kind that is never written.
    Misshapen,
    /// It is not in the chain.
    Unsealed,
    /// It was removed before it came into the chain.
    LostWaiting,
    /// What tells where the chain begins is forged.
    Checkpoint,
    /// Nothing can be proven without the key.
    Key,
    /// The chain ends at this place and has ended later.
    EndGone(u64),
    /// Something else stood there.
    HeadDiffers,
    /// The end that was kept lies before this place, up to where everything was too old.
    HeadPruned(u64),
}

pub(super) fn draw(all: &Words, chain: &Chain) -> Markup {
    let words = &all.audit.chain;
    let broken = chain.check.as_ref().and_then(|check| check.broken.as_ref());
    html! {
        @if let Some(broken) = broken { (notice(all, broken)) }
        div.strip role="status" {
            @match (&chain.check, broken) {
                (_, Some(_)) => span.tag.dot.no { (words.broken) },
                (Some(check), None) if check.stale || chain.waiting.is_some() => {
                    span.tag.dot.off { (words.stale) }
                }
                (Some(_), None) => span.tag.dot.on { (words.verified) },
                (None, None) => span.tag.dot.off { (words.unchecked) },
            }
            p {
                ((words.sealed)(chain.entries, &count(chain.entries)))
                @if let Some(until) = &chain.until { " " ((words.until)(until)) }
                @if let Some(check) = &chain.check {
                    " " (words.last_check) " " time datetime=(check.at.iso) { (check.at.date) ", " (check.at.time) } "."
                    @if !check.compared { " " (words.not_compared) }
                }
                @if let Some(since) = &chain.waiting { " " strong { ((words.waiting)(since)) } }
                @if chain.running { " " strong { (words.running) } }
            }
            form method="post" action="/admin/audit/verify" {
                button.btn.small type="submit" { (words.verify_now) }
            }
        }
    }
}

fn notice(all: &Words, broken: &Broken) -> Markup {
    let words = &all.audit.chain;
    let position = broken.faults.iter().filter_map(Fault::first).min();
    let first = position.map(count);
    // What a head contradicts may be anything up to its place.
    let doubtful = |fault: &Fault| {
        matches!(fault.what, Wrong::HeadDiffers | Wrong::HeadPruned(_) | Wrong::Pruned | Wrong::Key)
    };
    let intact = position > Some(1) && !broken.faults.iter().any(doubtful);
    let content = html! {
        h2 {
            @match &first {
                Some(first) => ((words.broken_at)(first)),
                None => (words.broken_somewhere),
            }
        }
        ul { @for fault in &broken.faults { li { (sentence(all, fault)) } } }
        @if broken.more > 0 { p { ((words.more)(broken.more, &count(broken.more))) } }
        p {
            @if let Some(first) = first.filter(|_| intact) { ((words.intact_before)(&first)) " " }
            (words.what_to_do)
        }
    };
    html! { div role="alert" { (note(Tone::Bad, &content)) } }
}

fn sentence(all: &Words, fault: &Fault) -> Markup {
    let words = &all.audit.chain;
    let what = match &fault.what {
        Wrong::Changed => words.changed.to_owned(),
        Wrong::Columns(names) => (words.columns)(names),
        Wrong::EventGone => words.event_gone.to_owned(),
        Wrong::RowsGone(last) => (words.rows_gone)(&count(*last)),
        Wrong::Displaced => words.displaced.to_owned(),
        Wrong::Pruned => words.pruned.to_owned(),
        Wrong::Misshapen => words.misshapen.to_owned(),
        Wrong::Unsealed => words.unsealed.to_owned(),
        Wrong::LostWaiting => words.lost_waiting.to_owned(),
        Wrong::Checkpoint => words.checkpoint.to_owned(),
        Wrong::Key => words.key.to_owned(),
        Wrong::EndGone(end) => (words.end_gone)(&count(*end)),
        Wrong::HeadDiffers => words.head_differs.to_owned(),
        Wrong::HeadPruned(end) => (words.head_pruned)(&count(*end)),
    };
    let place = fault.position.map(|position| (words.at_entry)(&count(position)));
    let event = fault.event.as_ref().map(|event| (words.event)(event));
    let subject: Vec<_> = place.into_iter().chain(event).collect();
    html! {
        @if !subject.is_empty() { (subject.join(", ")) ": " }
        (what) "."
        @if let Some(entry) = &fault.entry {
            " "
            a href=(entry) {
                @match fault.position {
                    Some(position) => ((words.show)(&count(position))),
                    None => (words.show_event),
                }
            }
        }
    }
}
