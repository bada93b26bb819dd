//! A received request that a test can bend.

use hookreel_ingest::{Inbound, Keyring, Provider, Refusal, RuleInput, SourceRule, Verified, verify};
use hookreel_kernel::{Secret, Timestamp};

/// A vector: a genuine request, the secret it was signed with and when that was.
#[derive(Clone)]
pub(crate) struct Received {
    pub(crate) rule: SourceRule,
    pub(crate) secrets: Vec<String>,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    pub(crate) now: i64,
}

impl Received {
    pub(crate) fn verify(&self) -> Result<Verified, Refusal> {
        let secrets: Vec<_> = self.secrets.iter().cloned().map(Secret::new).collect();
        let request = inbound(&self.headers, &self.body);
        verify(&self.rule, &Keyring::of(&secrets), &request, Timestamp::from_unix_timestamp(self.now).unwrap())
    }

    pub(crate) fn with_header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    pub(crate) fn with_another(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }

    pub(crate) fn with_secrets(mut self, secrets: &[&str]) -> Self {
        self.secrets = secrets.iter().map(|secret| (*secret).to_owned()).collect();
        self
    }

    pub(crate) fn at(mut self, now: i64) -> Self {
        self.now = now;
        self
    }

    /// The refusal's code, which is how most tests put it.
    pub(crate) fn refusal(&self) -> &'static str {
        match self.verify() {
            Err(refusal) => {
                let text = refusal.to_string();
                assert!(!text.contains('\n'), "{text}");
                assert!(self.secrets.iter().all(|secret| !text.contains(secret.as_str())), "{text}");
                refusal.code()
            }
            Ok(verified) => panic!("{verified:?}"),
        }
    }

    /// What holds for every provider: a good request passes, and nothing else does.
    pub(crate) fn check_common(&self, another_secret: &str) {
        assert_eq!(self.verify().map(|verified| verified.secret_index), Ok(Some(0)));

        for index in 0..self.body.len() {
            let mut changed = self.clone();
            changed.body[index] ^= 1;
            assert_eq!(changed.refusal(), "signature_mismatch", "octet {index} changed");
        }
        let mut longer = self.clone();
        longer.body.push(b' ');
        assert_eq!(longer.refusal(), "signature_mismatch");

        assert_eq!(self.clone().with_secrets(&[another_secret]).refusal(), "signature_mismatch");
        assert_eq!(self.clone().with_secrets(&[]).refusal(), "no_secret");

        let own = self.secrets[0].clone();
        let rotated = self.clone().with_secrets(&[another_secret, &own]).verify();
        assert_eq!(rotated.map(|verified| verified.secret_index), Ok(Some(1)));
    }

    /// What holds for every provider that signs the time.
    pub(crate) fn check_times(&self, sent_at: i64) {
        for near in [sent_at - 300, sent_at, sent_at + 300] {
            assert!(self.clone().at(near).verify().is_ok(), "{near}");
        }
        let stale = self.clone().at(sent_at + 301).verify();
        assert_eq!(stale, Err(Refusal::StaleTimestamp { age_seconds: 301, tolerance_seconds: 300 }));
        let future = self.clone().at(sent_at - 301).verify();
        assert_eq!(future, Err(Refusal::FutureTimestamp { ahead_seconds: 301, tolerance_seconds: 300 }));
    }
}

/// A request to an address that does not matter.
pub(crate) fn inbound<'r>(headers: &'r [(String, Vec<u8>)], body: &'r [u8]) -> Inbound<'r> {
    Inbound { method: "POST", public_url: "https://hooks.example.com/in/abc", headers, body }
}

pub(crate) fn provider(name: &str) -> Provider {
    Provider::parse(name).unwrap()
}

pub(crate) fn rule(provider: Provider) -> SourceRule {
    SourceRule::new(provider, &RuleInput::default()).unwrap()
}

pub(crate) fn headers(pairs: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect()
}
