//! One module per screen; a folder when it has parts. Server functions stand in a sibling `server.rs`.

pub mod accept_invitation;
pub mod api_keys;
pub mod deliveries;
pub mod dev_components;
pub mod endpoints;
pub mod event_log;
pub mod event_types;
pub mod found;
pub mod landing;
pub mod live_rows;
pub mod members;
pub mod messages;
pub mod not_found;
pub mod operational_webhooks;
pub mod operator;
pub mod overview;
pub mod password_reset;
pub mod recoveries;
pub mod replays;
pub mod settings;
pub mod sign_in;
pub mod sign_up;
pub mod source_guides;
pub mod sources;
pub mod time_range;
pub mod verify_address;
