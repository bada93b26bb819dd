use crate::support::{EMAIL, PASSWORD, World, client, secret};
use hookreel_auth::{AuthError, Passwords, SignUpCheck, set_password};
use hookreel_kernel::Email;
use std::time::{Duration, Instant};

const ELSEWHERE: &str = "198.51.100.7";

#[tokio::test]
async fn the_right_password_signs_in_in_any_case_of_the_address() {
    let (world, tenant_id, member_id) = World::with_ada().await;
    let identity = world.credentials.sign_in(" Ada@Example.COM ", secret(PASSWORD), &client(ELSEWHERE)).await.unwrap();
    assert_eq!((identity.tenant_id(), identity.member_id()), (tenant_id, member_id));
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_get_the_same_answer() {
    let (world, _, _) = World::with_ada().await;
    let wrong = world.credentials.sign_in(EMAIL, secret("not the password"), &client(ELSEWHERE)).await;
    let unknown = world.credentials.sign_in("nobody@example.com", secret("not the password"), &client(ELSEWHERE)).await;
    let nonsense = world.credentials.sign_in("no address", secret("not the password"), &client(ELSEWHERE)).await;
    for answer in [wrong, unknown, nonsense] {
        assert!(matches!(answer, Err(AuthError::WrongCredentials)), "{answer:?}");
    }
}

#[tokio::test]
async fn an_unknown_address_takes_as_much_work_as_a_wrong_password() {
    let (world, _, _) = World::with_ada().await;
    let mut took = [Duration::MAX; 2];
    let are_alike = |[unknown, known]: [Duration; 2]| unknown > known / 2 && unknown < known * 2;
    // The best of some, and of more while the machine is busy: noise only ever adds. The first round also makes the
    // dummy hash.
    for round in 0..60 {
        if round >= 8 && are_alike(took) {
            break;
        }
        for (arm, email) in ["nobody@example.com", EMAIL].into_iter().enumerate() {
            world.clock.advance(Duration::from_hours(1));
            let begun = Instant::now();
            assert!(world.credentials.sign_in(email, secret("not the password"), &client("::1")).await.is_err());
            took[arm] = took[arm].min(begun.elapsed());
        }
    }
    let [unknown, known] = took;
    assert!(are_alike(took), "unknown {unknown:?}, known {known:?}");
}

#[tokio::test]
async fn after_five_failures_each_further_one_doubles_the_wait() {
    let (world, _, _) = World::with_ada().await;
    for _ in 0..6 {
        assert_eq!(world.sign_in("not the password", ELSEWHERE).await, Err("WrongCredentials".into()));
    }
    // Also the right password is refused during the wait, and from any address.
    assert_eq!(world.sign_in(PASSWORD, ELSEWHERE).await, Err("TooManyAttempts { retry_after_s: 1 }".into()));
    assert_eq!(world.sign_in(PASSWORD, "192.0.2.1").await, Err("TooManyAttempts { retry_after_s: 1 }".into()));
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.sign_in("not the password", ELSEWHERE).await, Err("WrongCredentials".into()));
    assert_eq!(world.sign_in(PASSWORD, ELSEWHERE).await, Err("TooManyAttempts { retry_after_s: 2 }".into()));
    world.clock.advance(Duration::from_secs(2));
    assert!(world.sign_in(PASSWORD, ELSEWHERE).await.is_ok());
    // Success forgets the account's failures.
    for _ in 0..5 {
        assert_eq!(world.sign_in("not the password", ELSEWHERE).await, Err("WrongCredentials".into()));
    }
    assert!(world.sign_in(PASSWORD, ELSEWHERE).await.is_ok());
}

#[tokio::test]
async fn at_most_thirty_guesses_an_hour_are_judged() {
    let (world, _, _) = World::with_ada().await;
    let mut judged = 0;
    // A guess every two seconds for an hour.
    for _ in 0..1800 {
        world.clock.advance(Duration::from_secs(2));
        judged += usize::from(world.sign_in("not the password", ELSEWHERE).await == Err("WrongCredentials".into()));
    }
    assert!(judged <= 30, "{judged}");
}

#[tokio::test]
async fn parallel_guesses_are_counted_one_by_one() {
    let (world, _, _) = World::with_ada().await;
    let guesses: Vec<_> = (0..40)
        .map(|_| {
            let credentials = world.credentials.clone();
            tokio::spawn(
                async move { credentials.sign_in(EMAIL, secret("not the password"), &client(ELSEWHERE)).await },
            )
        })
        .collect();
    let mut judged = 0;
    for guess in guesses {
        judged += usize::from(matches!(guess.await.unwrap(), Err(AuthError::WrongCredentials)));
    }
    assert_eq!(judged, 6, "five free ones, and the one that starts the wait");
}

#[tokio::test]
async fn one_address_that_tries_many_accounts_is_slowed_down_too() {
    let world = World::empty().await;
    let mut refused = 0;
    for n in 0..60 {
        // A password that is too long to be hashed is no attempt at all, so a short one it is.
        let email = format!("person{n}@example.com");
        let answer = world.credentials.sign_in(&email, secret("guess"), &client("2001:db8:1:2::1")).await;
        refused += usize::from(matches!(answer, Err(AuthError::TooManyAttempts { .. })));
    }
    assert_eq!(refused, 9, "fifty free ones, and the one that starts the wait");
    let neighbour = world.credentials.sign_in("x@example.com", secret("guess"), &client("2001:db8:1:3::1")).await;
    assert!(matches!(neighbour, Err(AuthError::WrongCredentials)));
}

#[tokio::test]
async fn an_endless_password_is_refused_without_hashing_it() {
    let (world, _, _) = World::with_ada().await;
    // The best of some, against one that is hashed.
    let mut endless = Duration::MAX;
    for _ in 0..20 {
        let password = "x".repeat(1 << 20);
        let begun = Instant::now();
        assert_eq!(world.sign_in(&password, ELSEWHERE).await, Err("WrongCredentials".into()));
        endless = endless.min(begun.elapsed());
    }
    let begun = Instant::now();
    assert_eq!(world.sign_in("not the password", ELSEWHERE).await, Err("WrongCredentials".into()));
    let hashed = begun.elapsed();
    assert!(endless < hashed / 2, "{endless:?}, and {hashed:?} with a hash");
}

#[tokio::test]
async fn signing_up_with_a_taken_address_is_signing_in() {
    let (world, tenant_id, _) = World::with_ada().await;
    let ada = Email::parse(EMAIL).unwrap();
    let wrong = world.credentials.check_sign_up(&ada, secret("not the password"), &client(ELSEWHERE)).await;
    assert!(matches!(wrong, Err(AuthError::WrongCredentials)));
    let right = world.credentials.check_sign_up(&ada, secret(PASSWORD), &client(ELSEWHERE)).await.unwrap();
    assert!(matches!(right, SignUpCheck::Member(identity) if identity.tenant_id() == tenant_id));
}

#[tokio::test]
async fn sign_ups_from_one_address_are_limited() {
    let world = World::empty().await;
    let mut refused = 0;
    for n in 0..25 {
        let email = Email::parse(&format!("person{n}@example.com")).unwrap();
        let answer = world.credentials.check_sign_up(&email, secret(PASSWORD), &client(ELSEWHERE)).await;
        refused += usize::from(matches!(answer, Err(AuthError::TooManyAttempts { .. })));
    }
    assert_eq!(refused, 4, "twenty free ones, and the one that starts the wait");
}

#[tokio::test]
async fn a_hash_with_weaker_parameters_is_replaced_at_sign_in() {
    let (world, tenant_id, member_id) = World::with_ada().await;
    let weak = Passwords::with_params(argon2::Params::new(8 * 1024, 1, 1, None).unwrap());
    let stored = weak.hash(secret(PASSWORD)).await.unwrap();
    let mut tx = world.database.database().tenant(tenant_id).await.unwrap();
    let email = Email::parse(EMAIL).unwrap();
    assert!(set_password(tx.connection(), tenant_id, member_id, &email, &stored).await.unwrap());
    tx.commit().await.unwrap();
    assert!(world.sign_in(PASSWORD, ELSEWHERE).await.is_ok());
    let dump = world.dump().await;
    assert!(!dump.contains(&stored) && dump.contains("$argon2id$v=19$m=19456,t=2,p=1$"), "{dump}");
    assert!(world.sign_in(PASSWORD, ELSEWHERE).await.is_ok());
}

#[tokio::test]
async fn the_application_role_cannot_read_password_hashes() {
    let (world, tenant_id, _) = World::with_ada().await;
    let mut tx = world.database.database().tenant(tenant_id).await.unwrap();
    let refused = sqlx::query("select password_hash from iam.members").fetch_all(tx.connection()).await.unwrap_err();
    assert_eq!(refused.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref(), Some("42501"));
}
