//! Ports on which something other than HTTP usually answers.
//!
//! A webhook never goes to a mail server or a database, but a port scanner that sends webhooks does.

/// The ports below this belong to the system's own services.
const SYSTEM_PORTS_END: u16 = 1024;

/// The system ports on which web servers listen.
const WEB_PORTS: &[u16] = &[80, 443];

/// Ports above the system's that speak something else, in ascending order.
const OTHER_PROTOCOLS: &[u16] = &[
    1080, 1433, 1434, 1521, 2049, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 4369, 5432, 5433, 5671, 5672, 5900, 5984,
    6379, 6380, 6660, 6661, 6662, 6663, 6664, 6665, 6666, 6667, 6668, 6669, 9042, 9092, 9200, 9300, 10250, 11211,
    26257, 27017, 27018, 27019,
];

/// Whether a port is denied unless the operator allows the address behind it.
pub(crate) fn is_denied(port: u16) -> bool {
    (port < SYSTEM_PORTS_END && !WEB_PORTS.contains(&port)) || OTHER_PROTOCOLS.binary_search(&port).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_the_order_that_the_search_needs() {
        assert!(OTHER_PROTOCOLS.is_sorted());
    }

    #[test]
    fn mail_shells_and_databases_are_denied_and_web_servers_are_not() {
        for port in [0, 1, 21, 22, 23, 25, 53, 110, 111, 389, 445, 465, 587, 993, 1023, 3306, 5432, 6379, 11211, 27017]
        {
            assert!(is_denied(port), "{port}");
        }
        for port in [80, 443, 1024, 3000, 8000, 8080, 8443, 9000, 40_000, 65_535] {
            assert!(!is_denied(port), "{port}");
        }
    }
}
