//! `POST /api/_private/users/{user_id}/welcome-email`
//!
//! Sends the user a mail that says where to sign in and as whom; without a mail server it waits in the queue.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Id, Permission, Result};
use http::Method;

use super::{store, view};
use crate::mail;

pub(super) static OPERATION: Operation = Operation {
    id: "send_welcome_email",
    method: Method::POST,
    path: "/api/_private/users/{user_id}/welcome-email",
    needs: Needs::Global(Permission::TENANT_ADMIN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let id: Id = call.param("user_id")?.parse()?;
    let outlet = call.env.service::<mail::Outlet>()?;
    let tenant = call.caller.tenant_id;
    let mut tx = call.env.begin().await?;
    // Support users have been welcomed at home.
    let user = store::by_id(&mut tx, tenant, id).await?.ok_or_else(|| view::no_user(&id.to_string()))?;
    let place = outlet.public_url.as_deref().unwrap_or("the address your administrator gives you");
    let letter = mail::Letter {
        recipient: user.email,
        subject: "Welcome to Adit".into(),
        body: format!(
            "Hello {name},\n\nan account has been made for you.\n\nSign in at: {place}\nUser name: {name}\n\n\
             If you did not expect this mail, you can ignore it.\n",
            name = user.username
        ),
    };
    mail::queue(&mut tx, &call.env, tenant, &letter).await?;
    tx.commit().await?;
    Reply::done()
}
