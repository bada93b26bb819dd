//! Why a delivery exists, as far as its message and its own row tell.

use super::server::DeliveryCause;
use hookreel_contract::views::{DeliveryRow, MessageDetail};

/// Why there is this delivery of the message. A replay says so of what it makes; what went out neither with the message nor
/// by a replay was asked for by hand, whatever the endpoint's filters say.
pub fn cause_of(delivery: &DeliveryRow, message: &MessageDetail) -> DeliveryCause {
    if let Some(replay) = delivery.replay_id {
        return DeliveryCause::Replay(replay);
    }
    if !message.matched.contains(&delivery.endpoint_id) {
        return DeliveryCause::ByHand;
    }
    if message.only_endpoint_id.is_some() { DeliveryCause::ForItAlone } else { DeliveryCause::Matched }
}

#[cfg(test)]
mod tests {
    use super::super::story::tests::row;
    use super::*;
    use crate::pages::messages::story::tests::message;
    use hookreel_contract::views::DeliveryState;
    use hookreel_kernel::{EndpointId, ReplayId};

    fn delivery() -> DeliveryRow {
        row(DeliveryState::Pending, 0, None)
    }

    #[test]
    fn an_endpoint_that_the_message_matched_got_it_for_that() {
        let delivery = delivery();
        let matched = vec![EndpointId::generate(), delivery.endpoint_id];
        let message = MessageDetail { matched, ..message() };
        assert_eq!(cause_of(&delivery, &message), DeliveryCause::Matched);
    }

    #[test]
    fn what_is_for_one_endpoint_alone_was_not_matched_by_filters() {
        let delivery = delivery();
        let only_endpoint_id = Some(delivery.endpoint_id);
        let message = MessageDetail { only_endpoint_id, matched: vec![delivery.endpoint_id], ..message() };
        assert_eq!(cause_of(&delivery, &message), DeliveryCause::ForItAlone);
    }

    #[test]
    fn an_endpoint_that_the_message_passed_over_got_it_by_hand() {
        let message = MessageDetail { matched: vec![EndpointId::generate()], ..message() };
        assert_eq!(cause_of(&delivery(), &message), DeliveryCause::ByHand);
    }

    #[test]
    fn what_a_replay_made_is_the_replays_also_where_the_message_matched_or_is_a_test() {
        let replay = ReplayId::generate();
        let delivery = DeliveryRow { replay_id: Some(replay), ..delivery() };
        for only_endpoint_id in [None, Some(delivery.endpoint_id)] {
            let message = MessageDetail { only_endpoint_id, matched: vec![delivery.endpoint_id], ..message() };
            assert_eq!(cause_of(&delivery, &message), DeliveryCause::Replay(replay));
        }
    }
}
