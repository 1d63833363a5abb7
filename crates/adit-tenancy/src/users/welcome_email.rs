//! `POST /api/_private/users/{user_id}/welcome-email`
//!
//! Sends the user a mail that says where to sign in and as whom, with a link to set the first password; without a mail
//! server it waits in the queue.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Error, Id, Permission, Result};
use adit_store::{Env, Tx};
use futures_util::future::BoxFuture;
use http::Method;

use super::{UserKind, store, view};
use crate::{mail, tenants};

pub(super) static OPERATION: Operation = Operation {
    id: "send_welcome_email",
    method: Method::POST,
    path: "/api/_private/users/{user_id}/welcome-email",
    needs: Needs::Global(Permission::TENANT_ADMIN),
    serve: |call| Box::pin(handle(call)),
};

/// Makes a link with which somebody who has no password yet sets the first one: environment, address of the server,
/// tenant, user. `None` for who has one. The area above provides it.
pub type FirstLink = for<'a> fn(&'a mut Tx, &'a Env, &'a str, Id, Id) -> BoxFuture<'a, Result<Option<String>>>;

/// How first links are made. A service of the environment.
#[derive(Clone, Copy)]
pub struct FirstLinks(pub FirstLink);

async fn handle(call: Call) -> Result<Reply> {
    let id: Id = call.param("user_id")?.parse()?;
    let outlet = call.env.service::<mail::Outlet>()?;
    let tenant = call.caller.tenant_id;
    let mut tx = call.env.begin().await?;
    // Support users have been welcomed at home.
    let user = store::by_id(&mut tx, tenant, id).await?.ok_or_else(|| view::no_user(&id.to_string()))?;
    if store::sso_permissions(&mut tx, tenant, id).await?.kind == UserKind::Application {
        return Err(Error::unprocessable("This is an application: it has no mailbox and no password."));
    }
    let (place, link) = match &outlet.link_base {
        Some(base) => {
            let make = call.env.service::<FirstLinks>()?.0;
            (format!("{base}{}", tenants::prefix(&mut tx, tenant).await?), make(&mut tx, &call.env, base, tenant, id).await?)
        }
        None => ("the address your administrator gives you".to_owned(), None),
    };
    let link = link.map_or_else(String::new, |link| format!("To set your password, open within a day:\n\n{link}\n\n"));
    let letter = mail::Letter {
        recipient: user.email,
        subject: "Welcome to Adit".into(),
        body: format!(
            "Hello {name},\n\nan account has been made for you.\n\nSign in at: {place}\nUser name: {name}\n\n\
             {link}If you did not expect this mail, you can ignore it.\n",
            name = user.username
        ),
    };
    mail::queue(&mut tx, &call.env, tenant, &letter).await?;
    tx.commit().await?;
    Reply::done()
}
