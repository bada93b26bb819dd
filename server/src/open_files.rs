//! How many files, and so how many connections, the system lets this process have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files that are open beside clients' connections: the database's, those to endpoints, logs.
const OTHERS: u64 = 1_000;

/// Raises the limit to the highest that may be, and warns when fewer connections fit into it than were configured.
pub(crate) fn allow_as_many_as_possible(connections_max: usize) {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::debug!(%error, "the limit of open files could not be raised");
            limit.current
        }
    };
    if let Some(files_max) = current
        && !fits(connections_max, files_max)
    {
        tracing::warn!(
            connections_max,
            files_max,
            "the system lets this process have fewer files open than connections_max needs: raise its limit \
             (LimitNOFILE, ulimit -Hn) or lower connections_max"
        );
    }
}

const fn fits(connections_max: usize, files_max: u64) -> bool {
    (connections_max as u64).saturating_add(OTHERS) <= files_max
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_fit_if_other_files_do_too() {
        assert!(fits(10_000, 11_000) && !fits(10_000, 10_999) && !fits(10_000, 1_024));
    }

    #[test]
    fn the_limit_is_the_highest_that_may_be_afterwards() {
        allow_as_many_as_possible(1);
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }
}
