//! Passwords: what they must be like.
