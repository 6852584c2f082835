// report.cpp - what is in use, as text: for people, when a program has come to its end.
#include "os.hpp"
#include "stats.hpp"
#include "thread.hpp"

#include <csignal>
#include <ctime>
#include <string_view>
#include <unistd.h>

namespace diptych::cpp::allocator {

namespace {

// ---- Text ---------------------------------------------------------------------------------------

/// A line of the table has so many characters at most, its newline among them.
constexpr std::size_t line_bytes = 80;
/// Lines of their own, besides those of size classes and threads.
constexpr std::size_t other_lines = 16;
/// Where numbers end.
constexpr std::size_t columns[] = {32, 48, 64};

/// Text in memory that nobody had to allocate; what it has no room for is left out.
struct Text {
    char* bytes;
    std::size_t room;
    std::size_t length = 0;
    std::size_t line = 0; // where the last one begins

    // Nobody waits for it, and a copy of these two wherever they are called would be as large as
    // all that malloc needs.

    [[gnu::noinline]] void add(std::string_view text) {
        for (const char c : text) {
            if (length < room) {
                bytes[length++] = c;
            }
        }
    }

    /// A number, moved to the right until it ends in this column, if it began before.
    [[gnu::noinline]] void add_number(std::size_t value, unsigned base, std::size_t column) {
        char digits[20];
        std::size_t first = sizeof digits;
        do {
            digits[--first] = "0123456789abcdef"[value % base];
            value /= base;
        } while (value != 0);
        const std::string_view number(digits + first, sizeof digits - first);
        while (length - line + number.size() < column && length < room) {
            add(" ");
        }
        add(number);
    }

    void end_line() {
        add("\n");
        line = length;
    }

    void add_total(std::string_view name, std::size_t value) {
        add(name);
        add_number(value, 10, columns[0]);
        end_line();
    }

    /// The rest of a line that has a name.
    void add_row(std::size_t pages, std::size_t live_blocks, std::size_t live_bytes) {
        add_number(pages, 10, columns[0]);
        add_number(live_blocks, 10, columns[1]);
        add_number(live_bytes, 10, columns[2]);
        end_line();
    }
};

// ---- The report ---------------------------------------------------------------------------------

[[gnu::cold]] void describe(Text& text) {
    HugeCount huge;
    const Stats stats = count(huge);
    text.add("diptych: statistics of process ");
    text.add_number(static_cast<std::size_t>(::getpid()), 10, 0);
    text.end_line();
    text.add_total("live_bytes", stats.live_bytes);
    text.add_total("live_blocks", stats.live_blocks);
    text.add_total("committed_bytes", stats.committed_bytes);
    text.add_total("peak_committed_bytes", stats.peak_committed_bytes);
    text.add_total("reserved_bytes", stats.reserved_bytes);
    text.add_total("pages", stats.pages);
    text.add_total("threads", stats.threads);
    text.add("                           pages     live_blocks      live_bytes");
    text.end_line();
    ThreadStats apart{.pages = huge.blocks, .live_blocks = huge.blocks, .live_bytes = huge.bytes};
    for (const ClassStats& cls : stats.classes) {
        if (cls.pages != 0) {
            const std::size_t live_bytes = cls.live_blocks * (cls.block_bytes - Page::word_bytes);
            text.add("class ");
            text.add_number(cls.block_bytes, 10, 0);
            text.add_row(cls.pages, cls.live_blocks, live_bytes);
            apart.pages += cls.pages;
            apart.live_blocks += cls.live_blocks;
            apart.live_bytes += live_bytes;
        }
    }
    text.add("runs");
    text.add_row(stats.pages - apart.pages, stats.live_blocks - apart.live_blocks,
                 stats.live_bytes - apart.live_bytes);
    text.add("huge");
    text.add_row(huge.blocks, huge.blocks, huge.bytes);
    visit_threads([&](std::uintptr_t thread, const ThreadStats& of_thread) {
        if (thread == Page::nobody) {
            text.add("no thread");
        } else {
            text.add("thread ");
            text.add_number(thread, 16, 0);
        }
        text.add_row(of_thread.pages, of_thread.live_blocks, of_thread.live_bytes);
    });
}

// ---- Output -------------------------------------------------------------------------------------

/// Writes to standard error, in one call, so that lines of several processes do not mix. If it
/// fails nobody can be told; and nobody is killed by it because the reader of a pipe has gone.
void write_whole(const Text& text) {
    sigset_t broken_pipe;
    sigset_t before;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
    if (::write(STDERR_FILENO, text.bytes, text.length) < 0) {
        const timespec at_once{};
        ::sigtimedwait(&broken_pipe, nullptr, &at_once);
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

} // namespace

void print_stats() noexcept {
    const std::size_t lines = classes + other_lines + thread_count();
    const std::size_t bytes = (lines * line_bytes + os_page_bytes - 1) & ~(os_page_bytes - 1);
    void* memory = os::map(bytes, os_page_bytes);
    if (memory == nullptr) {
        return;
    }
    Text text{.bytes = static_cast<char*>(memory), .room = bytes};
    describe(text);
    write_whole(text);
    os::unmap(memory, bytes);
}

} // namespace diptych::cpp::allocator
