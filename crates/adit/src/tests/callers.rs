//! Every kind of caller that the table of authority has a column for.

use adit_tenancy::{tenants, tokens, users};
use adit_testing::TestApp;
use serde_json::json;

use super::setting::{user, user_in};

/// One kind of caller.
pub(super) struct Caller {
    /// The column's title.
    pub(super) title: &'static str,
    /// What the caller is.
    pub(super) description: &'static str,
    /// The value of the header `Authorization`, if there is one.
    pub(super) authorization: Option<String>,
    /// Before the path: names the tenant.
    pub(super) prefix: &'static str,
    /// Nothing may ever be open to this caller.
    pub(super) is_outside: bool,
}

impl Caller {
    fn outside(title: &'static str, description: &'static str, token: Option<&str>) -> Self {
        Self { is_outside: true, ..Self::inside(title, description, token.unwrap_or_default()) }.with(token)
    }

    fn inside(title: &'static str, description: &'static str, token: &str) -> Self {
        let authorization = Some(format!("Bearer {token}"));
        Self { title, description, authorization, prefix: "", is_outside: false }
    }

    fn with(mut self, token: Option<&str>) -> Self {
        self.authorization = token.map(|token| format!("Bearer {token}"));
        self
    }
}

/// A token of a user who holds `role` in the project `acme`.
async fn holder(app: &TestApp, name: &str, role: &str) -> String {
    user(&app.env, name, &[], &[("acme", role)]).await
}

/// All callers, in the order of the columns. The project `acme` must exist.
pub(super) async fn all(app: &TestApp) -> Vec<Caller> {
    let expired = expired(app).await;
    let revoked = holder(app, "renewed", "role-cm-project-admin").await;
    renew(app, "renewed").await;
    let disabled = holder(app, "disabled", "role-cm-project-admin").await;
    disable(app, "disabled").await;
    let root = user(&app.env, "root", &["root"], &[]).await;
    let (closed, foreign) = elsewhere(app, &root).await;
    let applications = applications(app).await;
    let none = "someone of the tenant without any permission but those that everybody has in the default project";
    let mut callers = vec![
        Caller::outside("nobody", "no token", None),
        Caller::outside("malformed", "something that is not a token", Some("not-a-token")),
        Caller::outside("expired", "a project administrator's token that has ended", Some(&expired)),
        Caller::outside("revoked", "a project administrator's token before the one in force", Some(&revoked)),
        Caller::outside("disabled", "a project administrator who was disabled", Some(&disabled)),
        Caller {
            prefix: "/o/closed/reinfer_",
            ..Caller::outside("closed", "the administrator of a disabled tenant, there", Some(&closed))
        },
        Caller::outside("foreign", "the administrator of another tenant, here", Some(&foreign)),
        Caller::inside("member", none, &user(&app.env, "member", &[], &[]).await),
    ];
    let roles = [
        ("viewer", "a viewer of the project", "role-cm-viewer"),
        ("analyst", "an analyst of the project", "role-cm-analyst"),
        ("trainer", "a model trainer of the project", "role-cm-model-trainer"),
        ("developer", "a developer of the project", "role-cm-developer"),
        ("project admin", "an administrator of the project", "role-cm-project-admin"),
    ];
    for (title, description, role) in roles {
        callers.push(Caller::inside(title, description, &holder(app, title, role).await));
    }
    callers.push(Caller::inside("service admin", "an administrator of the tenant", &app.token));
    callers.push(Caller::inside("root", "an administrator of the deployment", &root));
    let [unscoped, roleless, ready] = applications;
    callers.push(Caller::outside(
        "app, no scope",
        "an application with a role, without the scope `Ixp.ApiAccess`",
        Some(&unscoped),
    ));
    callers.push(Caller::outside("app, no role", "an application with the scope, without a role", Some(&roleless)));
    callers.push(Caller::inside("app", "an application with the scope, a viewer of the project", &ready));
    callers
}

async fn expired(app: &TestApp) -> String {
    holder(app, "expired", "role-cm-project-admin").await;
    let mut tx = app.env.begin().await.unwrap();
    let tenant = tenants::named_or_default(&mut tx, None).await.unwrap().id;
    let row = users::by_username(&mut tx, tenant, "expired").await.unwrap().unwrap();
    let end = adit_kernel::Timestamp::from_micros(app.env.now().micros() + 1_000);
    let token = tokens::regenerate_until(&mut tx, row.id, app.env.random.as_ref(), app.env.now(), Some(end)).await.unwrap();
    tx.commit().await.unwrap();
    app.clock.advance_ms(2);
    token
}

async fn renew(app: &TestApp, name: &str) {
    let mut tx = app.env.begin().await.unwrap();
    let tenant = tenants::named_or_default(&mut tx, None).await.unwrap().id;
    let row = users::by_username(&mut tx, tenant, name).await.unwrap().unwrap();
    tokens::regenerate(&mut tx, row.id, app.env.random.as_ref(), app.env.now()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn disable(app: &TestApp, name: &str) {
    let mut tx = app.env.begin().await.unwrap();
    tx.execute("UPDATE users SET is_disabled = 1 WHERE username = $1", adit_store::args![name]).await.unwrap();
    tx.commit().await.unwrap();
}

/// Tokens of the administrators of two more tenants; the first is disabled afterwards.
async fn elsewhere(app: &TestApp, root: &str) -> (String, String) {
    let header = format!("Bearer {root}");
    let auth = [("authorization", header.as_str())];
    for name in ["closed", "foreign"] {
        let body = json!({"tenant": {"title": name}}).to_string().into_bytes();
        let path = format!("/api/_private/tenants/{name}");
        let made = app.send_raw("PUT", &path, &auth, body).await;
        assert_eq!(made.status, 200, "{}", made.body);
    }
    let closed = user_in(&app.env, Some("closed"), "closed", &["tenant-admin"], &[]).await;
    let foreign = user_in(&app.env, Some("foreign"), "foreign", &["tenant-admin"], &[]).await;
    let body = json!({"enabled": false}).to_string().into_bytes();
    let set = app.send_raw("POST", "/api/_private/tenants/closed/state", &auth, body).await;
    assert_eq!(set.status, 200, "{}", set.body);
    (closed, foreign)
}

/// Access tokens of applications: with a role but no scope for the API, with the scope but no role, with both.
async fn applications(app: &TestApp) -> [String; 3] {
    let mut made = Vec::new();
    for (name, scope, has_role) in
        [("unscoped", "PM.User", true), ("roleless", "Ixp.ApiAccess", false), ("ready", "Ixp.ApiAccess", true)]
    {
        let body = json!({"name": name, "scopes": ["Ixp.ApiAccess", "PM.User"]});
        let application = app.ok("POST", "/identity_/api/applications", body).await;
        if has_role {
            let mut tx = app.env.begin().await.unwrap();
            let tenant = tenants::named_or_default(&mut tx, None).await.unwrap().id;
            let row = users::by_username(&mut tx, tenant, name).await.unwrap().unwrap();
            users::grant(&mut tx, tenant, row.id, "acme", &["role-cm-viewer"]).await.unwrap();
            tx.commit().await.unwrap();
        }
        let (id, secret) = (application["client_id"].as_str().unwrap(), application["client_secret"].as_str().unwrap());
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&scope={scope}");
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        let reply = app.send_raw("POST", "/identity_/connect/token", &kind, form.into_bytes()).await;
        made.push(reply.body["access_token"].as_str().unwrap().to_owned());
    }
    made.try_into().unwrap()
}
