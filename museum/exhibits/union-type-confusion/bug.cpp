// Adds up a column of a table whose values are integers or reals, told apart by a tag. The sum
// reads the integer and never looks at the tag.
#include <cstdint>
#include <cstdio>
#include <span>
#include <variant>

#ifdef FIXED
using Value = std::variant<std::int64_t, double>;

Value integer(std::int64_t number) { return number; }
Value real(double number) { return number; }

double number_of(const Value& value) {
    return std::visit([](auto number) { return static_cast<double>(number); }, value);
}
#else
struct Value {
    enum class Type { integer, real } type;
    union {
        std::int64_t integer;
        double real;
    };
};

Value integer(std::int64_t number) { return {.type = Value::Type::integer, .integer = number}; }
Value real(double number) { return {.type = Value::Type::real, .real = number}; }

double number_of(const Value& value) { return static_cast<double>(value.integer); }
#endif

double sum(std::span<const Value> column) {
    double total = 0.0;
    for (const Value& value : column) {
        total += number_of(value);
    }
    return total;
}

int main() {
    const Value prices[] = {integer(3), real(1.5), integer(4)};
    std::printf("%.2f\n", sum(prices));
}
