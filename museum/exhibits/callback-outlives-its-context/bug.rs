//! The feed. It calls whoever subscribed with the context that came along; to Rust that pointer has
//! no lifetime.
#![no_main]
use std::collections::BTreeMap;
use std::ffi::c_void;

type OnPrice = extern "C" fn(context: *mut c_void, price: f64);

#[derive(Default)]
struct Feed {
    next: u32,
    subscribers: BTreeMap<u32, (OnPrice, *mut c_void)>,
}

#[unsafe(no_mangle)]
extern "C" fn feed_new() -> Box<Feed> {
    Box::default()
}

#[unsafe(no_mangle)]
extern "C" fn feed_subscribe(feed: &mut Feed, on_price: OnPrice, context: *mut c_void) -> u32 {
    feed.next += 1;
    feed.subscribers.insert(feed.next, (on_price, context));
    feed.next
}

#[unsafe(no_mangle)]
extern "C" fn feed_unsubscribe(feed: &mut Feed, subscription: u32) {
    feed.subscribers.remove(&subscription);
}

#[unsafe(no_mangle)]
extern "C" fn feed_publish(feed: &Feed, price: f64) {
    for (on_price, context) in feed.subscribers.values() {
        on_price(*context, price);
    }
}

#[unsafe(no_mangle)]
extern "C" fn feed_free(_: Option<Box<Feed>>) {}
