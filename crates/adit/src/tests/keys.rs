//! Keys that seal, changed while others go on sealing.

use std::path::Path;
use std::time::Duration;

use adit_kernel::{Id, Kind, Result};
use adit_store::Env;
use adit_store::seal::Keyring;
use adit_tenancy::{mail, tenants};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::setting::apps;
use crate::wiring;

/// The environment of another process with the same database and key file.
fn process(env: &Env, file: &Path) -> Env {
    env.clone().with_service(Keyring::in_file(file, env.random.as_ref()).unwrap())
}

/// Changes the keys and drops the old ones, as the command does.
fn rotate(env: Env) -> JoinHandle<Result<usize>> {
    tokio::spawn(async move {
        let keyring = env.service::<Keyring>()?;
        keyring.rotate(&env.db, env.random.as_ref(), &wiring::all_sealed_columns(), true).await
    })
}

fn letter(n: usize) -> mail::Letter {
    mail::Letter { recipient: format!("p{n}@acme.example"), subject: "Hello".into(), body: format!("secret {n}") }
}

async fn queue(env: &Env, n: usize) -> Result<()> {
    let mut tx = env.begin().await?;
    let tenant: Id = tenants::named_or_default(&mut tx, None).await?.id;
    mail::queue(&mut tx, env, tenant, &letter(n)).await?;
    tx.commit().await
}

/// The texts that open with what the file holds now, and nothing else.
async fn texts(env: &Env, file: &Path) -> Vec<String> {
    let fresh = process(env, file);
    let mut tx = fresh.read().await.unwrap();
    let mut texts: Vec<String> = mail::waiting(&mut tx, &fresh).await.unwrap().into_iter().map(|mail| mail.letter.body).collect();
    texts.sort();
    texts
}

#[tokio::test]
async fn a_secret_sealed_before_a_rotation_and_committed_after_is_not_lost() {
    for (engine, app) in apps().await {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        let server = process(&app.env, &file);
        let tenant = tenants::named_or_default(&mut server.read().await.unwrap(), None).await.unwrap().id;
        let mut open = server.begin().await.unwrap();
        mail::queue(&mut open, &server, tenant, &letter(1)).await.unwrap();
        // Sealed with the old key, not committed: whoever rotates must wait for it.
        let mut rotation = rotate(process(&app.env, &file));
        assert!(timeout(Duration::from_millis(300), &mut rotation).await.is_err(), "{engine}: nobody waited");
        open.commit().await.unwrap();
        assert_eq!(rotation.await.unwrap().unwrap(), 1, "{engine}");
        assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 1, "{engine}");
        assert_eq!(texts(&app.env, &file).await, ["secret 1"], "{engine}");
        // What the server seals from now on opens as well.
        queue(&server, 2).await.unwrap();
        assert_eq!(texts(&app.env, &file).await, ["secret 1", "secret 2"], "{engine}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_by_many_who_seal_while_keys_change_and_change_again() {
    for (engine, app) in apps().await {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        let sealing: Vec<JoinHandle<()>> = (0..4)
            .map(|writer| {
                let server = process(&app.env, &file);
                tokio::spawn(async move {
                    for n in 0..12 {
                        queue(&server, 100 + writer * 12 + n).await.unwrap();
                    }
                })
            })
            .collect();
        for _ in 0..5 {
            rotate(process(&app.env, &file)).await.unwrap().unwrap();
        }
        for writer in sealing {
            writer.await.unwrap();
        }
        rotate(process(&app.env, &file)).await.unwrap().unwrap();
        let expected: Vec<String> = (100..148).map(|n| format!("secret {n}")).collect();
        assert_eq!(texts(&app.env, &file).await, expected, "{engine}");
    }
}

#[tokio::test]
async fn old_keys_stay_when_somebody_else_would_need_them() {
    for (engine, app) in apps().await {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        let env = process(&app.env, &file);
        queue(&env, 1).await.unwrap();
        // A value that nobody can open, sealed with a key of another file, keeps everything as it is.
        queue(&process(&app.env, &folder.path().join("other.key")), 2).await.unwrap();
        let before = std::fs::read_to_string(&file).unwrap();
        assert_eq!(rotate(env).await.unwrap().unwrap_err().kind(), Kind::Internal, "{engine}");
        let after = std::fs::read_to_string(&file).unwrap();
        assert!(after.ends_with(&before), "{engine}: the key before is dropped");
        // Keys from the environment are dropped there, not here, and nothing is changed before that is said.
        let fixed = app.env.clone().with_service(Keyring::parse(&"5a".repeat(32)).unwrap());
        assert_eq!(rotate(fixed).await.unwrap().unwrap_err().kind(), Kind::Invalid, "{engine}");
    }
}
