use maud::{Markup, Render, html};

use crate::Lang;

/// A moment in UTC as a page prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// `2026-11-21T13:58:40Z`, for `<time datetime>`.
    pub iso: String,
    /// `21 Nov 2026` or `2026. 11. 21.`
    pub date: String,
    /// `13:58:40`, to the second in every language.
    pub time: String,
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl When {
    /// A moment in the language of the page; months and days count from 1.
    pub fn new(lang: Lang, year: i32, month: u32, day: u32, hour: u32, minute: u32, second: u32) -> Self {
        let date = match lang {
            Lang::En => {
                let name = MONTHS.get((month as usize).wrapping_sub(1)).copied().unwrap_or("?");
                format!("{day} {name} {year}")
            }
            Lang::Ko => format!("{year}. {month}. {day}."),
        };
        let time = format!("{hour:02}:{minute:02}:{second:02}");
        Self { iso: format!("{year:04}-{month:02}-{day:02}T{time}Z"), date, time }
    }

    /// `13:58`
    pub fn minute(&self) -> &str {
        self.time.rsplit_once(':').map_or(&self.time, |(minute, _)| minute)
    }
}

impl Render for When {
    fn render(&self) -> Markup {
        html! { time datetime=(self.iso) { (self.date) } }
    }
}

/// A figure with its thousands apart: `1,284`. Both languages write it so.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        let written: Vec<_> = [0, 999, 1284, 1_000_000].into_iter().map(count).collect();
        assert_eq!(written, ["0", "999", "1,284", "1,000,000"]);
    }

    #[test]
    fn both_languages_have_their_own_dates() {
        let en = When::new(Lang::En, 2026, 11, 3, 9, 5, 0);
        assert_eq!(
            (en.date.as_str(), en.minute(), en.iso.as_str()),
            ("3 Nov 2026", "09:05", "2026-11-03T09:05:00Z")
        );
        assert_eq!(When::new(Lang::Ko, 2026, 11, 21, 0, 0, 0).date, "2026. 11. 21.");
    }

    #[test]
    fn a_month_that_does_not_exist_does_not_panic() {
        assert_eq!(When::new(Lang::En, 2026, 0, 1, 0, 0, 0).date, "1 ? 2026");
    }
}
