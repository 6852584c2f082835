// From a failure to a status and a sentence; used by the C functions only.
#pragma once

#include <diptych.h>

#include "diptych/vector/erased/error.hpp"

namespace diptych::cpp::capi {

/// DPT_ERR_NULL: the argument of this name is null.
dpt_status null(const char* name) noexcept;

/// DPT_ERR_NULL: the argument of this name is all zero.
dpt_status zeroed(const char* name) noexcept;

/// DPT_ERR_ARGUMENT: the argument of this name is the object that the function is called for.
dpt_status same_object(const char* name) noexcept;

/// DPT_ERR_ALLOC: threads could not be had, or not as they were wanted.
dpt_status no_threads(const char* why) noexcept;

/// DPT_ERR_ARGUMENT: a thread of the pool would wait for itself.
dpt_status inside() noexcept;

/// DPT_ERR_ARGUMENT: a priority that is none.
dpt_status no_priority() noexcept;

/// DPT_ERR_CANCELLED: the work was dropped before it began.
dpt_status cancelled() noexcept;

/// The status of a failure; its sentence becomes the thread's latest.
dpt_status failed(const ErasedError& error) noexcept;

/// The status of what an operation answered.
inline dpt_status answer(const ErasedError& error) noexcept {
    return error ? failed(error) : DPT_OK;
}

} // namespace diptych::cpp::capi
