use crate::{Href, Status, Tier};

/// What the list of users is narrowed to and how it is sorted: all that stands in its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Parameter `q`.
    pub q: String,
    /// Parameter `status`: `pending`, `active`, `inactive`.
    pub status: Option<Status>,
    /// Parameter `tier`: `standard`, `superuser`.
    pub tier: Option<Tier>,
    /// Parameter `role`: the name of a role.
    pub role: Option<String>,
    /// Parameter `source`: `sso`, `local`.
    pub source: Option<SourceFilter>,
    /// Parameter `sort`.
    pub sort: Sort,
}

/// Which accounts by their way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceFilter {
    /// With an identity at a provider.
    Sso,
    /// With a password.
    Local,
}

/// How the list is sorted: `-registered` in the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By which column.
    pub key: SortKey,
    /// Highest first.
    pub descending: bool,
}

/// A column that the list can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey {
    /// `id`: the running number
    Id,
    /// `username`
    Username,
    /// `email`
    Email,
    /// `status`
    Status,
    /// `tier`
    Tier,
    /// `last_login`
    LastLogin,
    /// `last_login_ip`
    LastLoginIp,
    /// `registered`
    Registered,
}

impl SortKey {
    /// Every column, in the order of the table.
    pub const ALL: [Self; 8] = [
        Self::Id,
        Self::Username,
        Self::Email,
        Self::Status,
        Self::Tier,
        Self::LastLogin,
        Self::LastLoginIp,
        Self::Registered,
    ];

    /// The name in the address.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Username => "username",
            Self::Email => "email",
            Self::Status => "status",
            Self::Tier => "tier",
            Self::LastLogin => "last_login",
            Self::LastLoginIp => "last_login_ip",
            Self::Registered => "registered",
        }
    }

    /// Numbers and dates are first sorted from the highest, texts from the lowest.
    const fn descends_first(self) -> bool {
        matches!(self, Self::Id | Self::LastLogin | Self::Registered)
    }
}

impl Sort {
    /// What an address without `sort` means: the newest first.
    pub const DEFAULT: Self = Self { key: SortKey::Id, descending: true };

    /// Reads the parameter.
    pub fn parse(parameter: &str) -> Option<Self> {
        let (descending, name) = parameter.strip_prefix('-').map_or((false, parameter), |name| (true, name));
        SortKey::ALL.into_iter().find(|key| key.name() == name).map(|key| Self { key, descending })
    }

    /// The parameter.
    pub fn parameter(self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.key.name())
    }

    /// What a click on the header of `key` asks for.
    pub(crate) fn clicked(self, key: SortKey) -> Self {
        let descending = if self.key == key { !self.descending } else { key.descends_first() };
        Self { key, descending }
    }
}

impl Filter {
    /// Nothing asked for.
    pub const fn none() -> Self {
        Self { q: String::new(), status: None, tier: None, role: None, source: None, sort: Sort::DEFAULT }
    }

    /// The address of the list so narrowed, with more parameters such as `after`.
    pub fn href<'a>(&'a self, more: impl IntoIterator<Item = (&'a str, &'a str)>) -> Href {
        let sort = if self.sort == Sort::DEFAULT { String::new() } else { self.sort.parameter() };
        let own = [
            ("q", self.q.as_str()),
            ("status", self.status.map_or("", status)),
            ("tier", self.tier.map_or("", tier)),
            ("role", self.role.as_deref().unwrap_or_default()),
            ("source", self.source.map_or("", source)),
            ("sort", sort.as_str()),
        ];
        Href::query(Href::query("/admin/users", own).as_str(), more)
    }

    /// Whether anything but the order was asked for.
    pub fn narrows(&self) -> bool {
        !self.q.is_empty()
            || self.status.is_some()
            || self.tier.is_some()
            || self.role.is_some()
            || self.source.is_some()
    }
}

pub(crate) const fn status(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Active => "active",
        Status::Inactive => "inactive",
    }
}

pub(crate) const fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Standard => "standard",
        Tier::Superuser => "superuser",
    }
}

pub(crate) const fn source(source: SourceFilter) -> &'static str {
    match source {
        SourceFilter::Sso => "sso",
        SourceFilter::Local => "local",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_click_turns_the_order_round() {
        let by_name = Sort::DEFAULT.clicked(SortKey::Username);
        assert_eq!(by_name.parameter(), "username");
        assert_eq!(by_name.clicked(SortKey::Username).parameter(), "-username");
        assert_eq!(by_name.clicked(SortKey::LastLogin).parameter(), "-last_login");
    }

    #[test]
    fn sort_parameters_are_read_back() {
        for key in SortKey::ALL {
            for descending in [true, false] {
                let sort = Sort { key, descending };
                assert_eq!(Sort::parse(&sort.parameter()), Some(sort));
            }
        }
        assert_eq!(Sort::parse("-password"), None);
    }

    #[test]
    fn everything_asked_for_stands_in_the_address() {
        let filter = Filter { q: "a b".into(), tier: Some(Tier::Superuser), ..Filter::none() };
        assert_eq!(filter.href([("after", "9")]).as_str(), "/admin/users?q=a%20b&tier=superuser&after=9");
        assert_eq!(Filter::none().href([]).as_str(), "/admin/users");
    }
}
