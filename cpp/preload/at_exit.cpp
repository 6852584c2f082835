// at_exit.cpp - what the allocator holds when the program ends, for whoever asked to be told.
#include "diptych/allocator.hpp"

#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace {

bool wanted = false;

/// Before main: a program may use the room of its environment for something else.
[[gnu::constructor]] void read_environment() {
    const char* value = std::getenv("DIPTYCH_MALLOC_STATS");
    // A file that the program opens must not be taken for a standard error that is closed.
    wanted = value != nullptr && *value != '\0' && std::strcmp(value, "0") != 0 &&
             ::fcntl(STDERR_FILENO, F_GETFD) != -1;
}

/// After the program's own handlers; not when it ends by _exit or a signal.
[[gnu::destructor]] void at_exit() {
    if (wanted) {
        diptych::cpp::allocator::print_stats();
    }
}

} // namespace
