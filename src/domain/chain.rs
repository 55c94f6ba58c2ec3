//! The chain that binds each audit event to the one before it, and the walk along it that finds what somebody
//! has changed, removed, inserted or moved.
use std::{collections::VecDeque, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    secret::{MacKey, base64url, from_base64url, same},
    time::Time,
    user::UserId,
};

/// HMAC-SHA-256 over the mac before and an event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Mac(pub [u8; 32]);

impl Mac {
    /// 32 bytes; nothing else is a mac.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url(&self.0))
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A place in the chain: whoever keeps it elsewhere can tell later whether all up to there is still the same.
/// Written `position:mac`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The position, from 1.
    pub position: i64,
    /// The mac there.
    pub mac: Mac,
}

impl Head {
    /// Before the first event.
    pub const START: Self = Self { position: 0, mac: Mac([0; 32]) };
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.position, self.mac)
    }
}

impl FromStr for Head {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = |text: &str| {
            let (position, mac) = text.trim().split_once(':')?;
            let position = position.parse().ok().filter(|position| *position >= 0)?;
            Some(Self { position, mac: Mac::read(&from_base64url(mac)?)? })
        };
        read(text).ok_or("a head of the chain is written position:mac, as `narthex audit head` prints it")
    }
}

/// The key of one installation's chain.
#[derive(Debug)]
pub struct ChainKey(MacKey);

impl ChainKey {
    /// The key from its 32 bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(MacKey::from_bytes(bytes))
    }

    /// The mac of the event that follows `previous`. All parts but the last have a fixed length, and the last
    /// says its own.
    pub fn link(&self, previous: Mac, event_id: Uuid, entry: &str) -> Mac {
        let length = (entry.len() as u64).to_be_bytes();
        Mac(self.0.mac(&[b"event", &previous.0, event_id.as_bytes(), &length, entry.as_bytes()]))
    }

    /// A text that says that the chain was pruned up to `head`, and that nobody without the key can write.
    pub fn certify(&self, head: Head) -> String {
        format!("{head}:{}", self.certificate(head))
    }

    /// What [`ChainKey::certify`] wrote; nothing when it was not that.
    pub fn certified(&self, text: &str) -> Option<Head> {
        let (head, certificate) = text.rsplit_once(':')?;
        let head = head.parse().ok()?;
        same(certificate.as_bytes(), self.certificate(head).as_bytes()).then_some(head)
    }

    fn certificate(&self, head: Head) -> String {
        base64url(&self.0.mac(&[b"checkpoint", &head.position.to_be_bytes(), &head.mac.0]))
    }
}

/// One row of the chain, with the event that it names, as the database has them now.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its place.
    pub position: i64,
    /// The event's id.
    pub event_id: Uuid,
    /// The mac before.
    pub previous: Vec<u8>,
    /// The mac.
    pub mac: Vec<u8>,
    /// The event's text; none when the event is gone.
    pub entry: Option<String>,
    /// The columns beside the text, which must say the same.
    pub at: Option<Time>,
    /// The event's name.
    pub event: Option<String>,
    /// Who acted.
    pub actor_id: Option<UserId>,
    /// Whom it happened to.
    pub target_id: Option<UserId>,
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The place in the chain, where one is known.
    pub position: Option<i64>,
    /// The event, where one is known.
    pub event_id: Option<Uuid>,
    /// What is wrong.
    pub what: Wrong,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrong {
    /// The event's text or its row in the chain is not what was sealed.
    Changed,
    /// Columns beside the text say something else than the text.
    Columns(Vec<String>),
    /// The event is gone, its row in the chain is not.
    EventGone,
    /// The rows of the chain from here up to this position are gone.
    RowsGone(i64),
    /// Genuine, but it was sealed behind another one than it stands behind.
    Displaced,
    /// The row stands where everything was pruned.
    Pruned,
    /// The event has an id, a time, a name or a text of a kind that narthex never writes.
    Misshapen,
    /// The event is neither in the chain nor does it wait for it.
    Unsealed,
    /// The event waited for its place in the chain and is gone.
    LostWaiting,
    /// The record of what was pruned is not genuine.
    Checkpoint,
    /// The key of the chain is gone, or another stands in its place: nothing can be proven.
    Key,
    /// The chain ends before the head that was kept.
    EndGone(i64),
    /// At the kept head's place stands something else.
    HeadDiffers,
    /// The kept head lies before this position, up to where everything was pruned: it vouches for nothing.
    HeadPruned(i64),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.position, self.event_id) {
            (Some(position), Some(id)) => write!(f, "entry {position}, event {id}: {}", self.what),
            (Some(position), None) => write!(f, "entry {position}: {}", self.what),
            (None, Some(id)) => write!(f, "event {id}: {}", self.what),
            (None, None) => write!(f, "{}", self.what),
        }
    }
}

impl Wrong {
    /// Whether it shows only against a head that was kept.
    pub const fn is_about_head(&self) -> bool {
        matches!(self, Self::EndGone(_) | Self::HeadDiffers | Self::HeadPruned(_))
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed => f.write_str("was changed after it was sealed"),
            Self::Columns(names) => {
                write!(f, "was changed after it was sealed: {} does not agree with its text", names.join(", "))
            }
            Self::EventGone => f.write_str("was removed, its place in the chain was not"),
            Self::RowsGone(last) => write!(f, "was removed, with everything up to entry {last}"),
            Self::Displaced => f.write_str(
                "does not follow the entry that it was sealed behind: it was moved, or what stood between was removed",
            ),
            Self::Pruned => f.write_str("was inserted where everything was pruned"),
            Self::Misshapen => f.write_str(
                "an event has an id, a time, a name or a text of a kind that narthex never writes",
            ),
            Self::Unsealed => f.write_str(
                "is neither in the chain nor waits for it: it was inserted, or its place in the chain was removed",
            ),
            Self::LostWaiting => f.write_str("was removed before it was sealed"),
            Self::Checkpoint => f.write_str("the record of what was pruned is not genuine"),
            Self::Key => f.write_str(
                "the key of the chain is gone from the database, or is not this installation's: nothing can be proven",
            ),
            Self::EndGone(end) => write!(f, "was sealed, and everything behind entry {end} was removed"),
            Self::HeadDiffers => f.write_str("is not what stood there when the head was kept"),
            Self::HeadPruned(end) => write!(
                f,
                "the head that was kept is older than what was pruned, which is everything up to entry {end}: it \
                 cannot be compared with anything"
            ),
        }
    }
}

/// Faults, of which the first are named and the others counted, so that there is room for any number.
#[derive(Debug, Default)]
pub struct Faults {
    /// The first ones, as they were found.
    pub named: Vec<Fault>,
    /// How many more there are.
    pub more: u64,
}

impl Faults {
    const NAMED: usize = 10_000;

    /// Notes one.
    pub fn add(&mut self, position: Option<i64>, event_id: Option<Uuid>, what: Wrong) {
        if self.named.len() < Self::NAMED {
            self.named.push(Fault { position, event_id, what });
        } else {
            self.more += 1;
        }
    }
}

/// A walk along the chain. It judges each row by its own mac and by what it was sealed behind, and goes on
/// behind a bad one, so that only the guilty ones are named.
pub struct Walk<'k> {
    key: &'k ChainKey,
    start: i64,
    /// The last row, and the mac of the last good one.
    at: Head,
    /// Macs of bad rows: a good one may follow them.
    suspects: VecDeque<Mac>,
    /// What stands before is bad or gone, so that it cannot be told whether the next row follows it.
    excused: bool,
    kept: Option<Head>,
    compared: bool,
}

/// How many bad rows are remembered; a row that follows an older one is named with them.
const SUSPECTS: usize = 64;

impl<'k> Walk<'k> {
    /// A walk from `start` on, which notices when `kept` is passed.
    pub fn new(key: &'k ChainKey, start: Head, kept: Option<Head>, faults: &mut Faults) -> Self {
        let mut walk = Self {
            key,
            start: start.position,
            at: start,
            suspects: VecDeque::new(),
            excused: false,
            kept,
            compared: false,
        };
        walk.compare(start.position, &start.mac.0, None, faults);
        if let Some(kept) = kept.filter(|kept| kept.position < start.position) {
            faults.add(Some(kept.position), None, Wrong::HeadPruned(start.position));
        }
        walk
    }

    /// Where it is.
    pub fn head(&self) -> Head {
        self.at
    }

    /// Looks at the next row, in the order of positions.
    pub fn step(&mut self, row: &Link, faults: &mut Faults) {
        let (position, id) = (Some(row.position), Some(row.event_id));
        if row.position <= self.start {
            faults.add(position, id, Wrong::Pruned);
            return;
        }
        if row.position > self.at.position + 1 {
            faults.add(Some(self.at.position + 1), None, Wrong::RowsGone(row.position - 1));
            self.excused = true;
        }
        self.at.position = row.position;
        self.compare(row.position, &row.mac, id, faults);
        let macs = Mac::read(&row.previous).zip(Mac::read(&row.mac));
        let Some(entry) = &row.entry else {
            faults.add(position, id, Wrong::EventGone);
            return self.suspect(macs.map(|(_, mac)| mac));
        };
        let computed = macs.map(|(previous, _)| self.key.link(previous, row.event_id, entry));
        match macs.filter(|(_, mac)| computed.is_some_and(|computed| same(&computed.0, &mac.0))) {
            None => {
                faults.add(position, id, Wrong::Changed);
                self.suspect(macs.map(|(_, mac)| mac).into_iter().chain(computed));
            }
            Some((previous, mac)) => {
                let wrong = row.columns_that_differ(entry);
                if !wrong.is_empty() {
                    faults.add(position, id, Wrong::Columns(wrong));
                }
                if previous == self.at.mac || self.excused || self.suspects.contains(&previous) {
                    self.at.mac = mac;
                    self.excused = false;
                } else {
                    faults.add(position, id, Wrong::Displaced);
                    self.suspect([mac]);
                }
            }
        }
    }

    /// Ends the walk; whether a kept head vouches for all up to its place.
    pub fn end(self, faults: &mut Faults) -> bool {
        let beyond = self.kept.filter(|kept| kept.position > self.at.position);
        if let Some(kept) = beyond {
            faults.add(Some(kept.position), None, Wrong::EndGone(self.at.position));
        }
        let in_a_gap = |kept: Head| !self.compared && kept.position > self.start;
        if let Some(kept) = self.kept.filter(|kept| beyond.is_none() && in_a_gap(*kept)) {
            faults.add(Some(kept.position), None, Wrong::HeadDiffers);
        }
        self.compared || beyond.is_some()
    }

    fn suspect(&mut self, macs: impl IntoIterator<Item = Mac>) {
        let before = self.suspects.len();
        self.suspects.extend(macs);
        // Without any mac of the bad row it cannot be told whether the next one follows it.
        self.excused = self.suspects.len() == before;
        while self.suspects.len() > SUSPECTS {
            self.suspects.pop_front();
        }
    }

    fn compare(&mut self, position: i64, mac: &[u8], id: Option<Uuid>, faults: &mut Faults) {
        if let Some(kept) = self.kept.filter(|kept| kept.position == position) {
            self.compared = true;
            if !same(mac, &kept.mac.0) {
                faults.add(Some(position), id, Wrong::HeadDiffers);
            }
        }
    }
}

/// What columns repeat of an entry's text.
#[derive(Deserialize)]
struct Repeated {
    id: Uuid,
    at: Time,
    event: String,
    actor: Named,
    target: Option<Named>,
}

#[derive(Deserialize)]
struct Named {
    id: Option<UserId>,
}

impl Link {
    fn columns_that_differ(&self, entry: &str) -> Vec<String> {
        let Ok(text) = serde_json::from_str::<Repeated>(entry) else { return vec!["entry".to_owned()] };
        let columns = [
            ("id", text.id == self.event_id),
            ("at", Some(text.at) == self.at),
            ("event", Some(text.event) == self.event),
            ("actor_id", text.actor.id == self.actor_id),
            ("target_id", text.target.and_then(|target| target.id) == self.target_id),
        ];
        columns.into_iter().filter(|(_, same)| !same).map(|(name, _)| name.to_owned()).collect()
    }
}

#[cfg(test)]
mod tests;
