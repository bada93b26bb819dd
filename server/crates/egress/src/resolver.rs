//! Names become addresses here, and only addresses that were judged leave.

use crate::policy::{EgressPolicy, LOCALHOST, is_localhost};
use crate::refusal::ForbiddenAddress;
use hickory_resolver::config::{LookupIpStrategy, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::{Resolver, TokioResolver};
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// All the time a name may take.
pub(crate) const DNS_BUDGET: Duration = Duration::from_secs(5);
/// How long one name server may take, so that there is time to ask again.
const QUERY_TIMEOUT: Duration = Duration::from_secs(2);
/// How often a name server is asked again.
const QUERY_RETRIES: usize = 1;
/// Answers past this many are not looked at, and not dialled.
const ANSWERS_MAX: usize = 16;
/// How long an answer may be remembered, whatever its record says.
const ANSWER_TTL_MAX: Duration = Duration::from_mins(5);
/// How long a failure may be remembered: a person who corrects a record expects it to count.
const FAILURE_TTL_MAX: Duration = Duration::from_secs(10);
/// How many answers are remembered.
const ANSWERS_REMEMBERED: u64 = 4096;

/// What a name resolves to, some time later.
pub type Resolution = Pin<Box<dyn Future<Output = Result<Vec<IpAddr>, LookupFailure>> + Send>>;

/// Where addresses come from. Its answers are not trusted: each is judged by the policy.
pub trait ResolveName: fmt::Debug + Send + Sync {
    /// All addresses of a name. The name is lower case and carries no trailing dot.
    fn resolve(&self, name: &str) -> Resolution;
}

/// A name that could not be resolved. The text is for the operator.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct LookupFailure(pub String);

/// The machine's name servers, and its hosts file. Search domains are not applied: a name means
/// the same on every machine.
pub(crate) struct SystemResolver(TokioResolver);

impl SystemResolver {
    /// Reads the machine's configuration.
    pub(crate) fn new() -> Result<Self, LookupFailure> {
        let (config, options) = match hickory_resolver::system_conf::read_system_conf() {
            Ok((config, options)) => {
                (ResolverConfig::from_parts(None, Vec::new(), config.name_servers().to_vec()), options)
            }
            Err(error) => {
                tracing::warn!(%error, "no name servers are configured: only the hosts file is used");
                (ResolverConfig::from_parts(None, Vec::new(), Vec::new()), ResolverOpts::default())
            }
        };
        let resolver = Resolver::builder_with_config(config, TokioRuntimeProvider::default())
            .with_options(tuned(options))
            .build()
            .map_err(|error| LookupFailure(error.to_string()))?;
        Ok(Self(resolver))
    }
}

fn tuned(mut options: ResolverOpts) -> ResolverOpts {
    options.timeout = QUERY_TIMEOUT;
    options.attempts = QUERY_RETRIES;
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.use_hosts_file = ResolveHosts::Always;
    options.positive_max_ttl = Some(ANSWER_TTL_MAX);
    options.negative_max_ttl = Some(FAILURE_TTL_MAX);
    options.cache_size = ANSWERS_REMEMBERED;
    options
}

impl fmt::Debug for SystemResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SystemResolver")
    }
}

impl ResolveName for SystemResolver {
    fn resolve(&self, name: &str) -> Resolution {
        let resolver = self.0.clone();
        let absolute = format!("{name}.");
        Box::pin(async move {
            let answers = resolver.lookup_ip(absolute).await.map_err(|error| LookupFailure(error.to_string()))?;
            Ok(answers.iter().collect())
        })
    }
}

/// Which addresses a name may lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Public ones, and what the operator lists.
    Permitted,
    /// What the operator lists. For ports on which the public is not called.
    Listed,
}

/// Resolves a name and judges every answer. One that is forbidden condemns them all: an honest name
/// does not mix.
#[derive(Debug)]
pub(crate) struct VettingResolver {
    pub(crate) names: Arc<dyn ResolveName>,
    pub(crate) policy: Arc<EgressPolicy>,
    pub(crate) reach: Reach,
}

impl reqwest::dns::Resolve for VettingResolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let name = name.as_str().trim_end_matches('.').to_owned();
        let (policy, reach) = (Arc::clone(&self.policy), self.reach);
        if is_localhost(&name) {
            let vetted = localhost(&policy, reach);
            return Box::pin(async move { dialled(vetted) });
        }
        let resolution = self.names.resolve(&name);
        Box::pin(async move {
            let answers = match tokio::time::timeout(DNS_BUDGET, resolution).await {
                Ok(Ok(answers)) => answers,
                Ok(Err(failure)) => return Err(failure.into()),
                Err(_) => return Err(LookupFailure("no name server answered in time".to_owned()).into()),
            };
            dialled(vet(answers, &policy, reach))
        })
    }
}

/// `localhost` is answered without asking anyone. Its two addresses are one machine, so here the
/// one that the operator did not list is left out instead of condemning the other.
fn localhost(policy: &EgressPolicy, reach: Reach) -> Result<Vec<IpAddr>, VettingError> {
    let (allowed, refused): (Vec<_>, Vec<_>) =
        LOCALHOST.into_iter().map(|address| judge(address, policy, reach)).partition(Result::is_ok);
    if let (true, Some(Err(refusal))) = (allowed.is_empty(), refused.into_iter().next()) {
        return Err(refusal.into());
    }
    Ok(allowed.into_iter().flatten().collect())
}

fn vet(answers: Vec<IpAddr>, policy: &EgressPolicy, reach: Reach) -> Result<Vec<IpAddr>, VettingError> {
    let vetted = answers.into_iter().map(|address| judge(address, policy, reach)).collect::<Result<Vec<_>, _>>()?;
    if vetted.is_empty() {
        return Err(LookupFailure("the name has no address".to_owned()).into());
    }
    Ok(vetted)
}

fn judge(address: IpAddr, policy: &EgressPolicy, reach: Reach) -> Result<IpAddr, ForbiddenAddress> {
    policy.check_address(address)?;
    if reach == Reach::Listed && !policy.lists(address) {
        return Err(ForbiddenAddress { address, purpose: "not open on this port" });
    }
    Ok(address)
}

/// Port 0 is replaced by the URL's.
fn dialled(vetted: Result<Vec<IpAddr>, VettingError>) -> Result<reqwest::dns::Addrs, Box<dyn Error + Send + Sync>> {
    match vetted {
        Ok(addresses) => {
            Ok(Box::new(addresses.into_iter().take(ANSWERS_MAX).map(|address| SocketAddr::new(address, 0))))
        }
        // Boxed as themselves, so that whoever finds them in a chain of errors can tell them apart.
        Err(VettingError::Forbidden(forbidden)) => Err(forbidden.into()),
        Err(VettingError::Lookup(failure)) => Err(failure.into()),
    }
}

#[derive(Debug)]
enum VettingError {
    Forbidden(ForbiddenAddress),
    Lookup(LookupFailure),
}

impl From<ForbiddenAddress> for VettingError {
    fn from(forbidden: ForbiddenAddress) -> Self {
        Self::Forbidden(forbidden)
    }
}

impl From<LookupFailure> for VettingError {
    fn from(failure: LookupFailure) -> Self {
        Self::Lookup(failure)
    }
}
