// What C++ promises of `operator new` and `operator delete` in all their forms, and of what stands
// on them: for any allocator that is preloaded.
#include <dlfcn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <memory_resource>
#include <new>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "expect.hpp"

namespace {

// ---- The forms ----------------------------------------------------------------------------------

using std::align_val_t;
using std::nothrow;
using std::size_t;

/// A form of new, whether it throws, and what alignment it was asked for (0: none).
struct New {
    const char* symbol;
    void* (*make)(size_t bytes, size_t align);
    bool throws;
    bool aligned;
};

constexpr std::array news{
    New{"_Znwm", [](size_t n, size_t) { return ::operator new(n); }, true, false},
    New{"_Znam", [](size_t n, size_t) { return ::operator new[](n); }, true, false},
    New{"_ZnwmRKSt9nothrow_t", [](size_t n, size_t) { return ::operator new(n, nothrow); }, false,
        false},
    New{"_ZnamRKSt9nothrow_t", [](size_t n, size_t) { return ::operator new[](n, nothrow); }, false,
        false},
    New{"_ZnwmSt11align_val_t",
        [](size_t n, size_t a) { return ::operator new(n, align_val_t{a}); }, true, true},
    New{"_ZnamSt11align_val_t",
        [](size_t n, size_t a) { return ::operator new[](n, align_val_t{a}); }, true, true},
    New{"_ZnwmSt11align_val_tRKSt9nothrow_t",
        [](size_t n, size_t a) { return ::operator new(n, align_val_t{a}, nothrow); }, false, true},
    New{"_ZnamSt11align_val_tRKSt9nothrow_t",
        [](size_t n, size_t a) { return ::operator new[](n, align_val_t{a}, nothrow); }, false,
        true},
};

/// A form of delete that fits what the forms of new of the same kind made.
struct Delete {
    const char* symbol;
    void (*free)(void* block, size_t bytes, size_t align);
    bool array;
    bool aligned;
};

constexpr std::array deletes{
    Delete{"_ZdlPv", [](void* p, size_t, size_t) { ::operator delete(p); }, false, false},
    Delete{"_ZdaPv", [](void* p, size_t, size_t) { ::operator delete[](p); }, true, false},
    Delete{"_ZdlPvm", [](void* p, size_t n, size_t) { ::operator delete(p, n); }, false, false},
    Delete{"_ZdaPvm", [](void* p, size_t n, size_t) { ::operator delete[](p, n); }, true, false},
    Delete{"_ZdlPvRKSt9nothrow_t", [](void* p, size_t, size_t) { ::operator delete(p, nothrow); },
           false, false},
    Delete{"_ZdaPvRKSt9nothrow_t", [](void* p, size_t, size_t) { ::operator delete[](p, nothrow); },
           true, false},
    Delete{"_ZdlPvSt11align_val_t",
           [](void* p, size_t, size_t a) { ::operator delete(p, align_val_t{a}); }, false, true},
    Delete{"_ZdaPvSt11align_val_t",
           [](void* p, size_t, size_t a) { ::operator delete[](p, align_val_t{a}); }, true, true},
    Delete{"_ZdlPvmSt11align_val_t",
           [](void* p, size_t n, size_t a) { ::operator delete(p, n, align_val_t{a}); }, false,
           true},
    Delete{"_ZdaPvmSt11align_val_t",
           [](void* p, size_t n, size_t a) { ::operator delete[](p, n, align_val_t{a}); }, true,
           true},
    Delete{"_ZdlPvSt11align_val_tRKSt9nothrow_t",
           [](void* p, size_t, size_t a) { ::operator delete(p, align_val_t{a}, nothrow); }, false,
           true},
    Delete{"_ZdaPvSt11align_val_tRKSt9nothrow_t",
           [](void* p, size_t, size_t a) { ::operator delete[](p, align_val_t{a}, nothrow); }, true,
           true},
};

bool is_array(const New& form) { return std::string_view(form.symbol).starts_with("_Zna"); }

void release(const New& made_by, void* block, size_t bytes, size_t align) {
    for (const auto& free : deletes) {
        if (free.array == is_array(made_by) && free.aligned == made_by.aligned) {
            return free.free(block, bytes, align);
        }
    }
}

size_t hidden(size_t bytes) {
    volatile size_t seen = bytes;
    return seen;
}

bool is_aligned(const void* block, size_t align) {
    return reinterpret_cast<std::uintptr_t>(block) % align == 0;
}

// ---- Blocks -------------------------------------------------------------------------------------

const char* library = nullptr;

/// Where a function comes from.
std::string served_by(const char* symbol) {
    Dl_info info{};
    void* entry = dlsym(RTLD_DEFAULT, symbol);
    EXPECT(entry != nullptr && dladdr(entry, &info) != 0);
    return info.dli_fname == nullptr ? "nowhere" : info.dli_fname;
}

void all_operators_are_served_by_the_library_under_test() {
    std::set<std::string> served;
    for (const auto& form : news) {
        served.insert(served_by(form.symbol));
    }
    for (const auto& form : deletes) {
        served.insert(served_by(form.symbol));
    }
    EXPECT(served.size() == 1);
    if (library != nullptr) {
        EXPECT(std::filesystem::equivalent(library, served_by("malloc")));
        EXPECT(std::filesystem::equivalent(library, *served.begin()));
    }
}

void every_form_of_new_goes_with_every_form_of_delete_of_its_kind() {
    for (size_t bytes = 0; bytes <= (size_t{64} << 20); bytes += bytes / 2 + 1) {
        for (const auto& make : news) {
            for (const auto& free : deletes) {
                if (is_array(make) != free.array || make.aligned != free.aligned) {
                    continue;
                }
                const size_t align = make.aligned ? size_t{8} << bytes % 13 : 16;
                void* block = make.make(hidden(bytes), align);
                EXPECT(block != nullptr && is_aligned(block, bytes < 16 ? 8 : align));
                EXPECT(!make.aligned || is_aligned(block, align));
                if (bytes < (size_t{1} << 20)) {
                    std::memset(block, 0x5a, bytes);
                }
                free.free(block, bytes, align);
            }
        }
    }
}

void deleting_null_does_nothing() {
    for (const auto& free : deletes) {
        free.free(nullptr, 8, 64);
    }
}

void blocks_of_no_bytes_are_unique() {
    std::array<void*, 64> blocks{};
    for (size_t i = 0; i < blocks.size(); ++i) {
        blocks[i] = news[i % news.size()].make(hidden(0), 32);
        EXPECT(blocks[i] != nullptr);
    }
    auto sorted = blocks;
    std::sort(sorted.begin(), sorted.end());
    EXPECT(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
    for (size_t i = 0; i < blocks.size(); ++i) {
        release(news[i % news.size()], blocks[i], 0, 32);
    }
}

// ---- Failure ------------------------------------------------------------------------------------

constexpr std::array<size_t, 5> too_much{
    size_t{1} << 50, size_t{std::numeric_limits<std::ptrdiff_t>::max()},
    size_t{std::numeric_limits<std::ptrdiff_t>::max()} + 1,
    std::numeric_limits<size_t>::max() - 4096, std::numeric_limits<size_t>::max()};

/// Whether a form says no in its own way: by bad_alloc, or by null.
bool refuses(const New& form, size_t bytes, size_t align) {
    try {
        return form.make(hidden(bytes), align) == nullptr && !form.throws;
    } catch (const std::bad_alloc&) {
        return form.throws;
    }
}

void what_cannot_be_had_throws_or_is_null() {
    // The C++ library's own aligned forms round up to the alignment without a look at the overflow.
    const bool ours = served_by("_ZnwmSt11align_val_t") == served_by("malloc");
    for (const auto& form : news) {
        for (const size_t bytes : too_much) {
            if (bytes > too_much[2] && form.aligned && !ours) {
                continue;
            }
            for (size_t align = 16; align <= (size_t{1} << 20); align *= 16) {
                EXPECT(refuses(form, bytes, align));
            }
        }
    }
    const auto elements = hidden(std::numeric_limits<size_t>::max() / 4);
    try {
        auto* array = new std::uint64_t[elements];
        EXPECT(array == nullptr);
    } catch (const std::bad_array_new_length&) {
    }
}

int handled = 0;

void the_handler_is_called_until_it_gives_up() {
    for (const auto& form : news) {
        handled = 0;
        std::set_new_handler([] {
            if (++handled == 3) {
                std::set_new_handler(nullptr);
            }
        });
        EXPECT(refuses(form, too_much[0], 64));
        EXPECT(handled == 3);
    }
}

struct Enough : std::bad_alloc {};

void what_the_handler_throws_comes_through_or_becomes_null() {
    std::set_new_handler([] { throw Enough(); });
    for (const auto& form : news) {
        try {
            EXPECT(form.make(hidden(too_much[0]), 64) == nullptr);
            EXPECT(!form.throws);
        } catch (const Enough&) {
            EXPECT(form.throws);
        }
    }
    std::set_new_handler(nullptr);
}

/// In a process of its own, in which memory is short until the handler is called.
void succeeds_when_the_handler_has_helped() {
    rlimit limit{};
    EXPECT(getrlimit(RLIMIT_AS, &limit) == 0);
    for (const auto& form : news) {
        handled = 0;
        limit.rlim_cur = rlim_t{512} << 20;
        EXPECT(setrlimit(RLIMIT_AS, &limit) == 0);
        std::set_new_handler([] {
            rlimit more{};
            ++handled;
            getrlimit(RLIMIT_AS, &more);
            more.rlim_cur = handled < 2 ? more.rlim_cur : more.rlim_max;
            setrlimit(RLIMIT_AS, &more);
        });
        void* block = form.make(hidden(size_t{1} << 30), 128);
        EXPECT(block != nullptr && handled == 2);
        std::memset(block, 1, 1000);
        release(form, block, size_t{1} << 30, 128);
    }
}

void new_tries_again_after_the_handler() {
    const pid_t child = fork();
    if (child == 0) {
        alarm(60);
        failures = 0;
        succeeds_when_the_handler_has_helped();
        _exit(failures != 0);
    }
    int status = 0;
    EXPECT(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

// ---- What stands on them ------------------------------------------------------------------------

/// Begins before main, ends after it.
const std::vector<std::string>
    from_before_main(1000, std::string("longer than what fits into the string itself"));

struct alignas(256) Wide {
    std::array<unsigned char, 300> bytes{};
    explicit Wide(int value) {
        if (value < 0) {
            throw value;
        }
        bytes.fill(static_cast<unsigned char>(value));
    }
};

void over_aligned_types_are_aligned_however_they_are_made() {
    EXPECT(from_before_main.back().size() == 44);
    for (int i = 0; i < 100; ++i) {
        const auto one = std::make_unique<Wide>(i);
        const auto shared = std::make_shared<Wide>(i);
        std::vector<Wide> several;
        for (int j = 0; j < 20; ++j) {
            several.emplace_back(j);
        }
        EXPECT(is_aligned(one.get(), 256) && is_aligned(shared.get(), 256));
        EXPECT(is_aligned(&several.back(), 256) && several.back().bytes[299] == 19);
    }
}

void what_a_throwing_constructor_had_is_given_back() {
    for (int i = 0; i < 10000; ++i) {
        try {
            const auto never = std::make_unique<Wide>(-1 - i);
            EXPECT(never == nullptr);
        } catch (int value) {
            EXPECT(value == -1 - i);
        }
    }
}

/// Allocates when a thread begins and when it ends, after what the thread itself did.
struct Diary {
    std::map<int, std::string> pages;
    ~Diary() {
        for (int i = 0; i < 100; ++i) {
            pages[i] += std::string(static_cast<size_t>(i) * 10, 'z');
        }
        pages.clear();
    }
};

thread_local Diary diary;

void thread_local_destructors_may_allocate_and_free() {
    for (int round = 0; round < 50; ++round) {
        std::shared_ptr<std::string> passed;
        {
            const std::jthread thread([&passed] {
                for (int i = 0; i < 200; i += 2) {
                    diary.pages[i] = std::string(static_cast<size_t>(i), 'a');
                }
                passed = std::make_shared<std::string>(5000, 'p');
            });
        }
        EXPECT(passed->size() == 5000 && passed->back() == 'p');
    }
    diary.pages[1] = "main's own, which ends last";
}

void memory_resources_give_what_they_are_asked_for() {
    std::pmr::unsynchronized_pool_resource pool(std::pmr::new_delete_resource());
    std::pmr::vector<std::pmr::string> strings(&pool);
    for (int i = 0; i < 5000; ++i) {
        strings.emplace_back(static_cast<size_t>(i % 300), 'm');
    }
    EXPECT(strings[299].size() == 299);
    for (size_t align = 1; align <= (size_t{1} << 20); align *= 2) {
        void* block = std::pmr::new_delete_resource()->allocate(1000, align);
        EXPECT(is_aligned(block, align));
        std::pmr::new_delete_resource()->deallocate(block, 1000, align);
    }
}

struct Test {
    const char* name;
    void (*body)();
};

#define TEST(function)                                                                             \
    Test { #function, function }

constexpr std::array tests{
    TEST(all_operators_are_served_by_the_library_under_test),
    TEST(every_form_of_new_goes_with_every_form_of_delete_of_its_kind),
    TEST(deleting_null_does_nothing),
    TEST(blocks_of_no_bytes_are_unique),
    TEST(what_cannot_be_had_throws_or_is_null),
    TEST(the_handler_is_called_until_it_gives_up),
    TEST(what_the_handler_throws_comes_through_or_becomes_null),
    TEST(new_tries_again_after_the_handler),
    TEST(over_aligned_types_are_aligned_however_they_are_made),
    TEST(what_a_throwing_constructor_had_is_given_back),
    TEST(thread_local_destructors_may_allocate_and_free),
    TEST(memory_resources_give_what_they_are_asked_for),
};

} // namespace

int main(int argc, char** argv) {
    if (argc == 3 && std::string_view(argv[1]) == "--library") {
        library = argv[2];
    }
    for (const auto& test : tests) {
        test_name = test.name;
        test.body();
    }
    return failures != 0;
}
