//! `/admin/users`: who waits, and everybody.
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use templates::{
    Href,
    admin::{
        Filter, Sort as SortView, SortKey, SourceFilter,
        users::{Applicant, Queue, Row, Table, Totals, Users, page},
    },
};

use super::{frame, view};
use crate::{
    accounts::dormant,
    domain::{
        permission::{Effective, Grants, Right, RoleName, Roles},
        principal::Principal,
        settings::Settings,
        time::Time,
        user::{Source, Status, Tier, User},
    },
    http::{
        Error, Visit,
        extract::{Admin, Query},
        flash::Flash,
        with_cookies,
    },
    state::App,
    store::{
        self, Tx, applications, grants, roles,
        user_list::{self, From, Sort, UserList},
    },
};

const PAGE: usize = 25;
const QUEUE: usize = 50;
const SEARCH_MAX: usize = 200;

/// What the address asks for; words that are not known ask for nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    status: String,
    tier: String,
    source: String,
    role: String,
    sort: String,
    after: String,
    before: String,
    select: String,
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Admin(actor): Admin,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let list = asked.list();
    let filter = filter(&list);
    let can_decide = actor.may.may(Right::UserApprove);
    let settings = app.settings();
    // First, because it reads from a connection of its own: whoever holds one must not wait for another.
    let admin = frame(&app, &visit, &actor).await?;
    let mut tx = app.db.read().await?;
    let all = roles::all(&mut tx).await?;
    let view = Users {
        totals: totals(&mut tx, &settings, visit.now).await?,
        queue: queue(&mut tx, &visit, &list, asked.select == "all", can_decide).await?,
        table: table(&mut tx, &visit, &actor, &list, &filter, &all).await?,
        roles: all.0.iter().map(|(name, role)| (name.to_string(), role.display_name.clone())).collect(),
        export: Some(export_link(&filter)),
        filter,
        flash: Flash::take(&app, &headers, visit.now),
        admin,
    };
    drop(tx);
    let told = view.flash.is_some().then(|| app.cookies.clear_flash());
    Ok(with_cookies(page(&view).into_response(), told))
}

impl Asked {
    pub(super) fn list(&self) -> UserList {
        let (descending, column) = match self.sort.strip_prefix('-') {
            Some(column) => (true, column),
            None => (self.sort.is_empty(), self.sort.as_str()),
        };
        let sort = Sort::ALL.into_iter().find(|(_, word)| *word == column);
        let number = |text: &str| text.parse::<i64>().ok().filter(|number| *number > 0);
        let q: String = self.q.trim().chars().filter(|c| *c != '\0').take(SEARCH_MAX).collect();
        UserList {
            search: q,
            status: Status::parse(&self.status),
            tier: Tier::parse(&self.tier),
            source: Source::parse(&self.source),
            role: RoleName::parse(&self.role),
            sort: sort.map_or(Sort::Number, |(sort, _)| sort),
            descending: descending || sort.is_none(),
            from: number(&self.after).map(From::After).or_else(|| number(&self.before).map(From::Before)),
        }
    }
}

/// The table in its present filter as a file.
fn export_link(filter: &Filter) -> Href {
    let list = filter.href([]);
    let query = list.as_str().split_once('?').map_or("", |(_, query)| query);
    Href::local(format!("/admin/users/export?{}", query.split('#').next().unwrap_or_default()))
}

/// The list as the page knows it.
fn filter(list: &UserList) -> Filter {
    let key = match list.sort {
        Sort::Number => SortKey::Id,
        Sort::Username => SortKey::Username,
        Sort::Email => SortKey::Email,
        Sort::Status => SortKey::Status,
        Sort::Tier => SortKey::Tier,
        Sort::LastLogin => SortKey::LastLogin,
        Sort::LastLoginAddress => SortKey::LastLoginIp,
        Sort::Registered => SortKey::Registered,
    };
    Filter {
        q: list.search.clone(),
        status: list.status.map(view::status),
        tier: list.tier.map(view::tier),
        source: list.source.map(|source| match source {
            Source::Local => SourceFilter::Local,
            Source::Sso => SourceFilter::Sso,
        }),
        role: list.role.as_ref().map(ToString::to_string),
        sort: SortView { key, descending: list.descending },
    }
}

async fn totals(tx: &mut Tx, settings: &Settings, now: Time) -> Result<Totals, Error> {
    let idle_before = dormant::idle_before(settings, now);
    let mut totals = Totals {
        dormant: Some(view::figure(store::dormant::count(tx, idle_before, now).await?)),
        dormant_days: u64::from(settings.dormant_days),
        ..Totals::default()
    };
    for (status, source, n) in user_list::totals(tx).await? {
        let n = view::figure(n);
        totals.total += n;
        *match source {
            Source::Local => &mut totals.local,
            Source::Sso => &mut totals.sso,
        } += n;
        *match status {
            Status::Pending => &mut totals.pending,
            Status::Active => &mut totals.active,
            Status::Inactive => &mut totals.inactive,
        } += n;
    }
    let oldest = UserList { status: Some(Status::Pending), ..UserList::default() };
    let oldest = user_list::page(tx, &oldest, 1).await?.users;
    totals.oldest_days = oldest.first().map(|user| now.since(user.registered_at).as_secs() / 86_400);
    Ok(totals)
}

/// The queue answers to the search only; while the search matches no application it is not there.
async fn queue(
    tx: &mut Tx,
    visit: &Visit,
    list: &UserList,
    selected: bool,
    can_decide: bool,
) -> Result<Option<Queue>, Error> {
    let waiting = UserList {
        search: list.search.clone(),
        status: Some(Status::Pending),
        descending: true,
        ..UserList::default()
    };
    let users = user_list::page(tx, &waiting, QUEUE).await?.users;
    if users.is_empty() && !list.search.is_empty() {
        return Ok(None);
    }
    let total = view::figure(user_list::count(tx, &waiting).await?);
    let emails: Vec<_> = users.iter().map(|user| user.email.key()).collect();
    let mut rejected = applications::rejections(tx, &emails).await?;
    let applicant = |user: User| Applicant {
        id: user.id.to_string(),
        number: view::figure(user.number),
        username: user.username.to_string(),
        email: user.email.to_string(),
        display_name: user.display_name.to_string(),
        registered: view::when(visit.lang, user.registered_at),
        reason: user.reason,
        rejected: rejected
            .remove(&user.email.key())
            .map(|before| (view::when(visit.lang, before.at), before.message)),
        selected,
    };
    Ok(Some(Queue { rows: users.into_iter().map(applicant).collect(), total, can_decide }))
}

async fn table(
    tx: &mut Tx,
    visit: &Visit,
    actor: &Principal,
    list: &UserList,
    filter: &Filter,
    all: &Roles,
) -> Result<Table, Error> {
    let page = user_list::page(tx, list, PAGE).await?;
    let link =
        |name, user: Option<&User>| user.map(|user| filter.href([(name, user.number.to_string().as_str())]));
    let next: Option<Href> = if page.has_next { link("after", page.users.last()) } else { None };
    let previous = if page.has_previous { link("before", page.users.first()) } else { None };
    let in_other_statuses = match (page.users.is_empty(), list.status) {
        (true, Some(_)) => {
            let any = UserList { status: None, from: None, ..list.clone() };
            Some(view::figure(user_list::count(tx, &any).await?))
        }
        _ => None,
    };
    let total = view::figure(user_list::count(tx, list).await?);
    let ids: Vec<_> = page.users.iter().map(|user| user.id).collect();
    let mut held = grants::of_users(tx, &ids).await?;
    let row = |user: User| {
        let held = held.remove(&user.id).unwrap_or_default();
        row(visit, actor, user, &held, all)
    };
    let rows = page.users.into_iter().map(row).collect();
    Ok(Table { rows, total, previous, next, in_other_statuses })
}

fn row(visit: &Visit, actor: &Principal, user: User, held: &Grants, all: &Roles) -> Row {
    let is_you = user.id == actor.user.id;
    let theirs = Effective::of(user.tier, held, all);
    let can_edit = actor.may.may(Right::UserManage)
        && (actor.may.superuser || (!is_you && actor.may.may_change(&theirs)));
    let decides = user.status != Status::Pending || actor.may.may(Right::UserApprove);
    Row {
        id: user.id.to_string(),
        number: view::figure(user.number),
        username: user.username.to_string(),
        display_name: user.display_name.to_string(),
        email: user.email.to_string(),
        status: view::status(user.status),
        tier: view::tier(user.tier),
        source: view::source(&user),
        last_login: user.last_login_at.happened().map(|at| view::when(visit.lang, at)),
        last_login_ip: user.last_login_address,
        registered: view::when(visit.lang, user.registered_at),
        is_you,
        can_edit,
        can_view: true,
        can_delete: can_edit && !is_you && decides,
        roles: theirs.roles.iter().map(|name| view::role(all, name)).collect(),
    }
}
