// Moves money between accounts. The payer is charged before the payee is looked up, and the lookup
// throws: the server goes on with the money gone.
#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

struct Account {
    std::string_view owner;
    int balance;
};

class Ledger {
public:
    explicit Ledger(std::vector<Account> accounts) : accounts_(std::move(accounts)) {}

    int& balance(std::string_view owner) {
        const auto owned = [owner](const Account& account) { return account.owner == owner; };
        const auto found = std::find_if(accounts_.begin(), accounts_.end(), owned);
        if (found == accounts_.end()) {
            throw std::out_of_range("no such account");
        }
        return found->balance;
    }

    void transfer(std::string_view from, std::string_view to, int amount) {
#ifdef FIXED
        int& payer = balance(from);
        int& payee = balance(to);
        payer -= amount;
        payee += amount;
#else
        balance(from) -= amount;
        balance(to) += amount;
#endif
    }

private:
    std::vector<Account> accounts_;
};

int main() {
    Ledger ledger({{"alice", 70}, {"bob", 30}});
    for (const char* payee : {"bob", "bbo"}) {
        try {
            ledger.transfer("alice", payee, 10);
        } catch (const std::out_of_range&) {
            std::printf("no account %s\n", payee);
        }
    }
    std::printf("total %d\n", ledger.balance("alice") + ledger.balance("bob"));
}
