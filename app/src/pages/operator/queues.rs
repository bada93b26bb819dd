//! Queues as rows: their jobs and their workers side by side.

use hookreel_contract::views::SystemView;

/// One queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct QueueRow {
    pub(super) queue: String,
    /// To be run now.
    pub(super) due: u64,
    /// To be run later.
    pub(super) later: u64,
    /// Taken by a worker.
    pub(super) taken: u64,
    pub(super) workers: u64,
    /// Seconds since a worker was heard of; `None`: none ever was.
    pub(super) silent_s: Option<u64>,
}

/// Every queue that has jobs or workers, by name.
pub(super) fn queues(system: &SystemView) -> Vec<QueueRow> {
    let mut names: Vec<&String> = system.jobs.iter().map(|jobs| &jobs.queue).collect();
    names.extend(system.workers.iter().map(|workers| &workers.queue));
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| row(system, name)).collect()
}

fn row(system: &SystemView, name: &str) -> QueueRow {
    let mut row = QueueRow { queue: name.to_owned(), ..QueueRow::default() };
    for jobs in system.jobs.iter().filter(|jobs| jobs.queue == name) {
        match jobs.state.as_str() {
            "Pending" => (row.due, row.later) = (jobs.due, jobs.count.saturating_sub(jobs.due)),
            _ => row.taken += jobs.count,
        }
    }
    if let Some(workers) = system.workers.iter().find(|workers| workers.queue == name) {
        (row.workers, row.silent_s) = (workers.count, Some(workers.silent_s));
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_contract::views::{JobsView, MailCounts, UnreadSubscriptions, WorkersView};

    #[test]
    fn jobs_and_workers_of_a_queue_stand_in_one_row() {
        let jobs = |queue: &str, state: &str, count, due| JobsView {
            queue: queue.to_owned(),
            state: state.to_owned(),
            count,
            due,
        };
        let system = SystemView {
            version: String::new(),
            database_version: String::new(),
            database_bytes: 0,
            connections: 0,
            connections_max: 0,
            pools: Vec::new(),
            in_flight: 0,
            head: 0,
            tenants: 0,
            messages: 0,
            deliveries: 0,
            jobs: vec![jobs("mail", "Pending", 5, 2), jobs("mail", "Queued", 3, 0)],
            workers: vec![WorkersView { queue: "deliver".to_owned(), count: 2, silent_s: 3 }],
            handlers: Vec::new(),
            mails: MailCounts::default(),
            subscriptions_unread: UnreadSubscriptions::default(),
            services_left_alone: Vec::new(),
        };
        let deliver = QueueRow { queue: "deliver".to_owned(), workers: 2, silent_s: Some(3), ..QueueRow::default() };
        let mail = QueueRow { queue: "mail".to_owned(), due: 2, later: 3, taken: 3, ..QueueRow::default() };
        assert_eq!(queues(&system), [deliver, mail]);
    }
}
