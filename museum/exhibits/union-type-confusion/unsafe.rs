//! Adds up a column of a table whose values are integers or reals. The sum reads the integer of the
//! union and never looks at the tag.

union Number {
    integer: i64,
    real: f64,
}

struct Value {
    is_real: bool,
    number: Number,
}

fn integer(integer: i64) -> Value {
    Value { is_real: false, number: Number { integer } }
}

fn real(real: f64) -> Value {
    Value { is_real: true, number: Number { real } }
}

fn number_of(value: &Value) -> f64 {
    if cfg!(fixed) && value.is_real {
        // SAFETY: is_real says that the real was stored.
        return unsafe { value.number.real };
    }
    // SAFETY: fixed: is_real says that the integer was stored. Bug: none, the tag was not asked.
    let integer = unsafe { value.number.integer };
    integer as f64
}

fn main() {
    let prices = [integer(3), real(1.5), integer(4)];
    let sum: f64 = prices.iter().map(number_of).sum();
    println!("{sum:.2}");
}
