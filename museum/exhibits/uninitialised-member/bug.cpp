// An account can be locked. That member came later: the constructor that restores an account from
// the books sets it, the one that opens a new account was forgotten.
#include <cstdio>

class Account {
public:
    Account(const char* owner, long cents, bool locked)
        : owner_(owner), cents_(cents), locked_(locked) {}
    explicit Account(const char* owner) : owner_(owner), cents_(0) {}

    void show() const { std::printf("%s: %ld%s\n", owner_, cents_, locked_ ? ", locked" : ""); }

private:
    const char* owner_;
    long cents_;
#ifndef FIXED
    bool locked_;
#else
    bool locked_ = false;
#endif
};

void restore() { Account("Ada", 4200, true).show(); }
void open() { Account("Bob").show(); }

int main() {
    restore();
    open();
}
