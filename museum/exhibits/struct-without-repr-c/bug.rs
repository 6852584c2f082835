//! The total of an order. Without `repr(C)` the compiler lays the fields out as it likes, the widest
//! first.
#![no_main]

#[cfg_attr(fixed, repr(C))]
struct Order {
    item: u16,
    count: u16,
    cents: u32,
}

#[unsafe(no_mangle)]
extern "C" fn order_total(order: &Order) -> u32 {
    if order.item == 0 { 0 } else { u32::from(order.count) * order.cents }
}
