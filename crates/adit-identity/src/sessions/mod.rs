//! Sessions of people who signed in with a browser: a cookie, and a token against forged requests.

mod current;
mod end;
mod list;
mod sign_out;
mod store;

use adit_http::{HOST_COOKIE, PLAIN_COOKIE, SessionCredentials};
use adit_kernel::{Id, Result, Timestamp};
use adit_store::Tx;
use http::HeaderValue;

pub(crate) use store::{SessionRow, end_all, touch};

use crate::secret;
use crate::site::{Answer, Route, Visit};

/// A session ends after so much time without a request.
const IDLE_MICROS: i64 = 12 * 3_600_000_000;
/// A session ends after so much time in any case.
const LIFE_MICROS: i64 = 7 * 24 * 3_600_000_000;
/// The time of the last request is written at most this often.
const SEEN_RESOLUTION_MICROS: i64 = 300_000_000;

/// The routes on sessions.
pub(crate) fn routes() -> Vec<&'static Route> {
    vec![&current::ROUTE, &list::ROUTE, &end::ROUTE, &sign_out::ROUTE]
}

/// A new session: its cookie and its token against forged requests.
pub(crate) struct Opened {
    pub(crate) cookie: HeaderValue,
    pub(crate) csrf: String,
}

/// Opens a session for a user whose identity is proven.
pub(crate) async fn open(tx: &mut Tx, visit: &Visit, user: Id) -> Result<Opened> {
    let now = visit.env.now();
    let secret = secret::fresh(visit.env.random.as_ref());
    let agent = visit.head.headers.get("user-agent").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let row = SessionRow {
        id: visit.env.random.id(),
        user_id: user,
        is_host_bound: visit.settings.is_https,
        created: now,
        seen: now,
        expires: Timestamp::from_micros(now.micros() + LIFE_MICROS),
        address: visit.client.map(|address| address.to_string()).unwrap_or_default(),
        agent: agent.chars().take(200).collect(),
    };
    store::delete_ended(tx, now, Timestamp::from_micros(now.micros() - IDLE_MICROS)).await?;
    store::insert(tx, &row, &secret::kept(&secret)).await?;
    Ok(Opened { cookie: cookie(&secret, row.is_host_bound, LIFE_MICROS / 1_000_000)?, csrf: csrf_of(&secret) })
}

/// The cookie of a session; with no life left it takes the cookie away.
fn cookie(secret: &str, is_host_bound: bool, life_seconds: i64) -> Result<HeaderValue> {
    let (name, secure) = if is_host_bound { (HOST_COOKIE, "; Secure") } else { (PLAIN_COOKIE, "") };
    let text = format!("{name}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={life_seconds}{secure}");
    HeaderValue::from_str(&text).map_err(|e| adit_kernel::Error::wrap("a cookie", e))
}

/// The token that our pages repeat in a header. It follows from the cookie, which other sites cannot read.
pub(crate) fn csrf_of(secret: &str) -> String {
    secret::derived("adit csrf", secret)
}

/// Adds the cookie that takes a session's cookie away.
fn forget(mut answer: Answer, session: &SessionRow) -> Result<Answer> {
    answer.headers_mut().insert(http::header::SET_COOKIE, cookie("", session.is_host_bound, 0)?);
    Ok(answer)
}

/// What a cookie is worth.
pub(crate) enum Standing {
    /// It is that of a session.
    Live(SessionRow),
    /// It was that of a session of this user.
    Ended(Id),
    /// It is that of a session of this user, but the write does not prove to come from a page of this host.
    Forged(Id),
    /// It is nobody's.
    Unknown,
}

/// What a session cookie is worth.
pub(crate) async fn standing(tx: &mut Tx, credentials: &SessionCredentials<'_>, now: Timestamp) -> Result<Standing> {
    let kept = secret::kept(credentials.secret);
    let Some((row, digest)) = store::by_lookup(tx, &kept.lookup).await? else { return Ok(Standing::Unknown) };
    // A cookie set over plain HTTP, perhaps by another host of the domain, is not one that was set over HTTPS.
    if row.is_host_bound != credentials.is_host_bound || !secret::is_same(&digest, &kept.digest) {
        return Ok(Standing::Unknown);
    }
    let is_live = now < row.expires && now.micros() - row.seen.micros() < IDLE_MICROS;
    if !is_live {
        return Ok(Standing::Ended(row.user_id));
    }
    if credentials.is_write {
        let expected = csrf_of(credentials.secret);
        let is_ours = credentials.csrf.is_some_and(|sent| secret::is_same(sent.as_bytes(), expected.as_bytes()));
        if !is_ours || !credentials.is_same_origin {
            return Ok(Standing::Forged(row.user_id));
        }
    }
    Ok(Standing::Live(row))
}

impl SessionRow {
    /// Whether the time of the last request should be written again.
    pub(crate) fn is_stale(&self, now: Timestamp) -> bool {
        now.micros() - self.seen.micros() >= SEEN_RESOLUTION_MICROS
    }
}
