// From a failure to a status and a sentence: the border of `include/diptych/error.h`.
#include "error.hpp"

#include <cstdio>

namespace diptych::cpp::capi {

// ---- The latest message -------------------------------------------------------------------------

namespace {

/// Bytes of a message, with the NUL at its end.
constexpr std::size_t message_bytes = 256;

// A constant without a destructor: neither making nor reading it can fail or allocate.
constinit thread_local char message[message_bytes] = {};

using Cause = ErasedError::Cause;

dpt_status status_of(Cause cause) noexcept {
    switch (cause) {
    case Cause::none:
        return DPT_OK;
    case Cause::element_size_zero:
    case Cause::element_size:
    case Cause::element_align:
    case Cause::unlike_elements:
    case Cause::gap_overfilled:
    case Cause::gap_moved:
        return DPT_ERR_ARGUMENT;
    case Cause::gap_too_long:
    case Cause::index:
    case Cause::range:
    case Cause::room:
        return DPT_ERR_RANGE;
    case Cause::empty:
        return DPT_ERR_EMPTY;
    case Cause::capacity:
        return DPT_ERR_CAPACITY;
    case Cause::memory:
        return DPT_ERR_ALLOC;
    case Cause::copy:
    case Cause::copy_threw:
    case Cause::asked_threw:
        return DPT_ERR_ELEMENT;
    }
    return DPT_ERR_INTERNAL;
}

} // namespace

// ---- The border ---------------------------------------------------------------------------------

[[gnu::cold]] dpt_status null(const char* name) noexcept {
    std::snprintf(message, message_bytes, "%s is null", name);
    return DPT_ERR_NULL;
}

[[gnu::cold]] dpt_status zeroed(const char* name) noexcept {
    std::snprintf(message, message_bytes, "%s is zeroed: freed, or never made", name);
    return DPT_ERR_NULL;
}

[[gnu::cold]] dpt_status same_object(const char* name) noexcept {
    std::snprintf(message, message_bytes, "%s is the vector itself", name);
    return DPT_ERR_ARGUMENT;
}

[[gnu::cold]] dpt_status no_threads(const char* why) noexcept {
    std::snprintf(message, message_bytes, "no threads: %s", why);
    return DPT_ERR_ALLOC;
}

[[gnu::cold]] dpt_status inside() noexcept {
    std::snprintf(message, message_bytes, "a thread of the pool would wait for itself");
    return DPT_ERR_ARGUMENT;
}

[[gnu::cold]] dpt_status no_priority() noexcept {
    std::snprintf(message, message_bytes, "there is no such priority");
    return DPT_ERR_ARGUMENT;
}

[[gnu::cold]] dpt_status cancelled() noexcept {
    std::snprintf(message, message_bytes, "cancelled before it began");
    return DPT_ERR_CANCELLED;
}

[[gnu::cold]] dpt_status failed(const ErasedError& error) noexcept {
    error.describe(message);
    return status_of(error.cause());
}

} // namespace diptych::cpp::capi

const char* dpt_cpp_last_error(void) { return diptych::cpp::capi::message; }

// ---- Names --------------------------------------------------------------------------------------

const char* dpt_cpp_status_name(dpt_status status) {
    switch (static_cast<unsigned>(status)) {
    case DPT_OK:
        return "ok";
    case DPT_ERR_NULL:
        return "null pointer";
    case DPT_ERR_ARGUMENT:
        return "invalid argument";
    case DPT_ERR_RANGE:
        return "index out of range";
    case DPT_ERR_EMPTY:
        return "nothing to take";
    case DPT_ERR_CAPACITY:
        return "capacity overflow";
    case DPT_ERR_ALLOC:
        return "out of memory";
    case DPT_ERR_ELEMENT:
        return "element function failed";
    case DPT_ERR_INTERNAL:
        return "internal error";
    case DPT_ERR_CANCELLED:
        return "cancelled";
    default:
        return "unknown status";
    }
}
